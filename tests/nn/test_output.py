import math

import pytest
import torch
from torch.nn.functional import cross_entropy as torchs

from unrolled import kernels
from unrolled.errors import InputError
from unrolled.nn.output import cross_entropy
from unrolled.nn.raw import CALLS

E, V = 5, 11
TOLERANCE = {torch.float64: 1e-11, torch.float32: 1e-5}


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def leaves(rows, dtype, scale=1.0):
    torch.manual_seed(rows)
    x, weights, bias = torch.randn(rows, E), torch.randn(V, E) * scale, torch.randn(V)
    return [leaf.to(dtype).requires_grad_() for leaf in (x, weights, bias)]


def expected(x, weights, bias, targets):
    return torchs(x @ weights.T + bias, targets, reduction="sum")


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 16, 50])
def test_equals_torch_in_value_and_gradients(rows, dtype):
    given, targets = leaves(rows, dtype), torch.randint(0, V, (rows,))
    close = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    ours, theirs = cross_entropy(*given, targets), expected(*given, targets)
    torch.testing.assert_close(ours, theirs, **close)
    torch.testing.assert_close(
        torch.autograd.grad(ours * 0.3, given), torch.autograd.grad(theirs * 0.3, given), **close
    )
    with torch.no_grad():
        torch.testing.assert_close(cross_entropy(*given, targets), theirs.detach(), **close)


# Shares by rows, by both, by columns; several blocks of rows; one column, one input, none; last vectors of every width.
SIZES = [(0, 3, 4), (1, 1, 1), (5, 7, 1), (3, 0, 6), (64, 33, 65), (1000, 20, 70), (700, 50, 1003), (650, 9, 2600)]


def exact(x, weights, bias, targets):
    """Loss and gradients in float64."""
    wide = [t.detach().double().requires_grad_() for t in (x, weights, bias)]
    loss = expected(*wide, targets)
    return loss.detach(), torch.autograd.grad(loss, wide)


def case(rows, inputs, vocabulary):
    generator = torch.Generator().manual_seed(rows + vocabulary)
    shapes = (rows, inputs), (vocabulary, inputs), (vocabulary,)
    given = [torch.randn(shape, generator=generator).requires_grad_() for shape in shapes]
    return given, torch.randint(0, vocabulary, (rows,), generator=generator)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_the_kernel_agrees_with_float64_and_is_the_same_on_any_threads(sizes, threads):
    given, targets = case(*sizes)
    before = CALLS["cross_entropy"]
    loss, gradients = exact(*given, targets)
    results = []
    for count in (1, 2, 1):
        threads(count)
        ours = cross_entropy(*given, targets)
        results.append((ours.detach(), *torch.autograd.grad(ours, given)))
        assert torch.equal(cross_entropy(*(t.detach() for t in given), targets), ours.detach())
    assert CALLS["cross_entropy"] == before + 6
    torch.testing.assert_close(results[0][0].double(), loss, rtol=1e-5, atol=1e-5)
    for mine, right in zip(results[0][1:], gradients, strict=True):
        torch.testing.assert_close(mine.double(), right.double(), rtol=1e-4, atol=1e-5 * max(1.0, sizes[0] ** 0.5))
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_rising_scores_move_the_shift_of_every_row():
    (x, weights, _), targets = case(300, 6, 900)
    given = [x, weights, torch.linspace(-300, 300, 900).requires_grad_()]
    loss, gradients = exact(*given, targets)
    ours = cross_entropy(*given, targets)
    torch.testing.assert_close(ours.double(), loss, rtol=1e-6, atol=0)
    for mine, right in zip(torch.autograd.grad(ours, given), gradients, strict=True):
        torch.testing.assert_close(mine.double(), right.double(), rtol=1e-4, atol=1e-4)


def test_many_blocks_of_rows_on_several_threads_give_the_same_bits_each_time(threads):
    given, targets = case(1500, 8, 700)
    results = []
    for count in (1, 2, 3, 2, 3):
        threads(count)
        results.append(torch.autograd.grad(cross_entropy(*given, targets), given))
    assert all(torch.equal(a, b) for other in results for a, b in zip(results[0], other, strict=True))


def test_numpy_evaluates_by_the_same_kernel():
    given, targets = case(300, 40, 500)
    plain = [t.detach() for t in given]
    before = kernels.CALLS["cross_entropy"]
    found = kernels.cross_entropy(*(t.numpy() for t in plain), targets.numpy())
    assert kernels.CALLS["cross_entropy"] == before + 1
    assert torch.tensor(found, dtype=torch.float32) == cross_entropy(*plain, targets)


def test_a_row_that_is_not_finite_spoils_only_what_it_touches():
    given, targets = case(5, 4, 600)
    x = given[0].detach().clone()
    x[1, 2] = float("nan")
    x.requires_grad_()
    loss = cross_entropy(x, *given[1:], targets)
    d_x, d_weights, _ = torch.autograd.grad(loss, [x, *given[1:]])
    assert loss.isnan()
    assert d_x.isnan().any(1).tolist() == [False, True, False, False, False]
    assert d_weights.isnan().all()


def test_a_word_that_cannot_come_has_no_share_and_makes_an_infinite_loss():
    (x, weights, _), targets = case(4, 3, 9)
    bias = torch.zeros(9)
    bias[2] = -float("inf")
    loss = cross_entropy(x, weights, bias, torch.full_like(targets, 3))
    torch.testing.assert_close(loss, expected(x, weights, bias, torch.full_like(targets, 3)), rtol=1e-5, atol=1e-5)
    assert torch.autograd.grad(loss, weights)[0][2].eq(0).all()
    assert cross_entropy(x, weights, bias, torch.full_like(targets, 2)).isposinf()
    assert cross_entropy(x, weights, torch.full((9,), -float("inf")), targets).isnan()


def test_denormal_numbers_count_as_zero():
    given, targets = case(20, 6, 40)
    tiny = [(t.detach() * 1e-40).requires_grad_() for t in given]
    loss = cross_entropy(*tiny, targets)
    torch.testing.assert_close(loss.item(), 20 * math.log(40), rtol=1e-6, atol=0)
    assert all(gradient.isfinite().all() for gradient in torch.autograd.grad(loss, tiny))


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


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
def test_the_backward_pass_may_be_asked_twice(dtype):
    given, targets = leaves(3, dtype), torch.tensor([0, 1, 2])
    loss = cross_entropy(*given, targets)
    first = torch.autograd.grad(loss, given, retain_graph=True)
    torch.testing.assert_close(torch.autograd.grad(loss * 2, given), tuple(2 * g for g in first))


@pytest.mark.parametrize("tied", [False, True])
def test_second_derivatives(tied):
    def second(function, dtype):
        x, weights, bias = leaves(3, dtype)
        loss = function(weights[:3] * 2 if tied else x, weights, bias, torch.tensor([0, 1, 2]))
        wanted = [weights, bias] if tied else [x, weights, bias]
        first = torch.autograd.grad(loss * loss, wanted, create_graph=True)
        return torch.autograd.grad(sum((g * g).sum() for g in first), wanted)

    ours, theirs = second(cross_entropy, torch.float32), second(expected, torch.float64)
    for mine, right in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.double(), right, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("target", [-1, -100, V, 2**40])
def test_a_target_outside_the_vocabulary_is_an_error(dtype, target):
    with pytest.raises(InputError, match="expected 0 to 10"):
        cross_entropy(*leaves(2, dtype), torch.tensor([0, target]))


def test_shapes_that_do_not_fit_are_an_error():
    (x, weights, bias), targets = leaves(2, torch.float32), torch.tensor([0, 1])
    for wrong in [
        (x[:, 1:], weights, bias, targets),
        (x, weights, bias[1:], targets),
        (x, weights, bias, targets[1:]),
        (x[0], weights, bias, targets),
        (x, weights, bias, targets[:, None]),
    ]:
        with pytest.raises(InputError, match="shapes"):
            cross_entropy(*wrong)
