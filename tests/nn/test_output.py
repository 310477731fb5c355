import pytest
import torch
from torch.nn.functional import cross_entropy as torchs

from unrolled.nn import output
from unrolled.nn.output import cross_entropy

E, V = 5, 11
TOLERANCE = {torch.float64: 1e-11, torch.float32: 1e-5}


def leaves(rows, dtype, scale=1.0):
    torch.manual_seed(rows)
    x, weights, bias = torch.randn(rows, E), torch.randn(V, E) * scale, torch.randn(V)
    return [leaf.to(dtype).requires_grad_() for leaf in (x, weights, bias)]


def expected(x, weights, bias, targets):
    return torchs(x @ weights.T + bias, targets, reduction="sum")


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 16, 50])
def test_equals_torch_in_value_and_gradients(rows, dtype, monkeypatch):
    monkeypatch.setattr(output, "BLOCK_ROWS", 8)
    given, targets = leaves(rows, dtype), torch.randint(0, V, (rows,))
    close = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    ours, theirs = cross_entropy(*given, targets), expected(*given, targets)
    torch.testing.assert_close(ours, theirs, **close)
    torch.testing.assert_close(
        torch.autograd.grad(ours * 0.3, given), torch.autograd.grad(theirs * 0.3, given), **close
    )
    with torch.no_grad():
        torch.testing.assert_close(cross_entropy(*given, targets), theirs.detach(), **close)


def test_default_blocks_do_not_divide_the_rows():
    rows = 2 * output.BLOCK_ROWS + 1
    given, targets = leaves(rows, torch.float64), torch.full((rows,), 3)  # the same target in every row
    ours, theirs = cross_entropy(*given, targets), expected(*given, targets)
    torch.testing.assert_close(ours, theirs, rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(torch.autograd.grad(ours, given), torch.autograd.grad(theirs, given))


def test_finite_differences():
    given, targets = leaves(4, torch.float64), torch.tensor([0, V - 1, 3, 3])
    assert torch.autograd.gradcheck(lambda *args: cross_entropy(*args, targets), given)


def test_rows_and_weights_that_are_not_contiguous():
    x, weights, bias = leaves(6, torch.float64)
    targets = torch.arange(12)[::2] % V
    ours = cross_entropy(x.T.contiguous().T, weights.T.contiguous().T, bias, targets)
    theirs = expected(x, weights, bias, targets)
    torch.testing.assert_close(ours, theirs)
    every = [x, weights, bias]
    torch.testing.assert_close(torch.autograd.grad(ours, every), torch.autograd.grad(theirs, every))


@pytest.mark.parametrize("wanted", [(True, False, False), (False, True, False), (False, False, True)], ids=str)
def test_one_leaf_alone_may_ask_for_its_gradient(wanted):
    given, targets = [leaf.requires_grad_(on) for leaf, on in zip(leaves(5, torch.float64), wanted, strict=True)], None
    targets = torch.tensor([1, 1, 0, 5, 10])
    asking = [leaf for leaf in given if leaf.requires_grad]
    torch.testing.assert_close(
        torch.autograd.grad(cross_entropy(*given, targets), asking),
        torch.autograd.grad(expected(*given, targets), asking),
    )


def test_tied_weights_add_up_both_gradients():
    vectors = torch.randn(V, E, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(V, dtype=torch.float64)
    ids, targets = torch.tensor([1, 4, 4]), torch.tensor([4, 1, 0])
    (ours,) = torch.autograd.grad(cross_entropy(vectors[ids], vectors, bias, targets), vectors)
    (theirs,) = torch.autograd.grad(expected(vectors[ids], vectors, bias, targets), vectors)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
def test_huge_scores_stay_finite(dtype):
    given, targets = leaves(9, dtype, scale=1e4), torch.arange(9)
    loss = cross_entropy(*given, targets)
    assert loss.isfinite()
    torch.testing.assert_close(loss, expected(*given, targets), rtol=1e-5, atol=1e-5)
    assert all(gradient.isfinite().all() for gradient in torch.autograd.grad(loss, given))


def test_the_backward_pass_may_be_asked_twice_but_not_differentiated():
    given, targets = leaves(3, torch.float64), torch.tensor([0, 1, 2])
    loss = cross_entropy(*given, targets)
    first = torch.autograd.grad(loss, given, retain_graph=True)
    torch.testing.assert_close(torch.autograd.grad(loss * 2, given, retain_graph=True), tuple(2 * g for g in first))
    with pytest.raises(RuntimeError, match="first derivatives only"):
        torch.autograd.grad(loss, given, create_graph=True)


def test_a_target_outside_the_vocabulary_is_an_error():
    given = leaves(2, torch.float32)
    with pytest.raises((RuntimeError, IndexError)):
        cross_entropy(*given, torch.tensor([0, V]))
