import numpy as np
import pytest
import torch

from unrolled.arrays import NUMPY, Tree, map_state, map_tree
from unrolled.cells import CELLS, GRU, LSTM, run
from unrolled.errors import InputError
from unrolled.layers import Dilated, Recurrent
from unrolled.nn import TORCH
from unrolled.nn.elementary import ELEMENTARY

RNG = np.random.default_rng(0)
STACK = Dilated(LSTM, 3, (4, 4), (3, 5))


def params_of(layer, dtype=np.float32):
    """Parameters of which none is zero."""
    return map_tree(lambda value: (value + RNG.normal(0, 0.2, value.shape)).astype(dtype), layer.initial(RNG))


def numbers(*shape, dtype=np.float32):
    return RNG.normal(size=shape).astype(dtype)


def leaves(state):
    found = []
    map_state(found.append, state)
    return found


def equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(leaves(one), leaves(other), strict=True))


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_each_step_goes_on_from_the_one_d_before(cell):
    layer, x = Dilated(cell, 3, (4,), (3,)), numbers(2, 8, 3, dtype=np.float64)
    params, begin = (
        params_of(layer, np.float64),
        map_state(lambda zero: RNG.normal(size=zero.shape), layer.zero_state(NUMPY, 2, x)),
    )
    y, after = layer.forward(NUMPY, params, x, begin)
    memory = [cell.state(*(entry[:, j] for entry in begin[0])) for j in range(3)]
    for t in range(8):
        now, memory[t % 3] = cell.step(NUMPY, params["0"], x[:, t], memory[t % 3])
        np.testing.assert_allclose(y[:, t], now, atol=1e-12)
    for j in range(3):
        for found, expected in zip(after[0], memory[(8 + j) % 3], strict=True):
            np.testing.assert_allclose(found[:, j], expected, atol=1e-12)


@pytest.mark.parametrize("pieces", [(1,) * 17, (17,), (4, 0, 5, 8), (6, 11)], ids=str)
def test_any_pieces_give_the_same_bits(pieces):
    x, params = numbers(2, 17, 3), params_of(STACK)
    whole, last = STACK.forward(NUMPY, params, x)
    state, parts, at = None, [], 0
    for size in pieces:
        y, state = STACK.forward(NUMPY, params, x[:, at : at + size], state)
        parts.append(y)
        at += size
    np.testing.assert_array_equal(np.concatenate(parts, 1), whole)
    assert equal(state, last)


@pytest.mark.parametrize("residual", [False, True])
def test_rows_of_any_lengths(residual):
    layer, lengths = Dilated(GRU, 3, (4, 4), (3, 4), residual), np.array([0, 11, 1, 3, 7])
    x, params = numbers(5, 11, 3), params_of(layer)
    begin = map_state(lambda zero: numbers(*zero.shape), layer.zero_state(NUMPY, 5, x))
    x[np.arange(11)[None, :] >= lengths[:, None]] = np.nan
    y, after = layer.forward(NUMPY, params, x, begin, lengths)
    for b, n in enumerate(lengths):
        own = map_state(lambda entry, b=b: entry[b : b + 1], begin)
        alone, last = layer.forward(NUMPY, params, x[b : b + 1, :n], own)
        np.testing.assert_array_equal(y[b, :n], alone[0])
        assert not y[b, n:].any()
        assert equal(map_state(lambda entry, b=b: entry[b : b + 1], after), last)


def test_a_dilation_of_one_is_an_ordinary_layer():
    dilated, plain, x = Dilated(LSTM, 3, (4, 2), (1, 1)), Recurrent(LSTM, 3, (4, 2)), numbers(2, 6, 3)
    params = params_of(plain)
    assert dilated.shapes() == plain.shapes()
    np.testing.assert_array_equal(dilated.forward(NUMPY, params, x)[0], plain.forward(NUMPY, params, x)[0])


def test_a_residual_layer_adds_what_it_reads():
    plain, x = Dilated(GRU, 3, (4,), (2,)), numbers(2, 9, 3)
    both = Dilated(GRU, 3, (4, 4), (2, 3), residual=True)
    params = params_of(both)
    below, _ = plain.forward(NUMPY, Tree({"0": params["0"]}), x)
    above, _ = Dilated(GRU, 4, (4,), (3,)).forward(NUMPY, Tree({"0": params["1"]}), below)
    np.testing.assert_array_equal(both.forward(NUMPY, params, x)[0], below + above)


@pytest.mark.parametrize("lengths", [None, [7, 0, 2]], ids=["whole", "lengths"])
def test_torch_gives_the_same_and_its_gradients_are_those_of_the_steps(lengths):
    x, params = numbers(3, 7, 3), params_of(STACK)
    ends = None if lengths is None else np.array(lengths)
    expected, last = STACK.forward(NUMPY, params, x, lengths=ends)
    grads = []
    for xp in (TORCH, ELEMENTARY):
        tensors = map_tree(lambda value: torch.from_numpy(value).requires_grad_(), params)
        given = torch.from_numpy(x).requires_grad_()
        y, state = STACK.forward(xp, tensors, given, lengths=None if ends is None else torch.from_numpy(ends))
        np.testing.assert_allclose(y.detach().numpy(), expected, atol=1e-6)
        for found, right in zip(leaves(state), leaves(last), strict=True):
            np.testing.assert_allclose(found.detach().numpy(), right, atol=1e-6)
        (y.square().sum() + sum(leaf.square().sum() for leaf in leaves(state))).backward()
        grads.append([given.grad, *(leaf.grad for layer in tensors.values() for leaf in layer.values())])
    for by_kernel, by_steps in zip(*grads, strict=True):
        assert by_steps.abs().max() > 0
        torch.testing.assert_close(by_kernel, by_steps, atol=1e-5, rtol=1e-4)


def test_gradients_are_right():
    layer = Dilated(GRU, 2, (2, 2), (2, 3), residual=True)
    params = map_tree(torch.from_numpy, params_of(layer, np.float64))
    x = torch.from_numpy(numbers(2, 5, 2, dtype=np.float64)).requires_grad_()
    ends = torch.tensor([5, 3])
    assert torch.autograd.gradcheck(lambda x: layer.forward(ELEMENTARY, params, x, lengths=ends)[0], (x,))


@pytest.mark.parametrize("xp", [NUMPY, TORCH], ids=["numpy", "torch"])
def test_nothing_to_read(xp):
    x, params = np.zeros((2, 4, 3), np.float32), params_of(STACK)
    if xp is TORCH:
        x, params = torch.from_numpy(x), map_tree(torch.from_numpy, params)
    y, state = STACK.forward(xp, params, x[:, :0])
    assert tuple(y.shape) == (2, 0, 4)
    assert [tuple(entry.shape) for entry in leaves(state)] == [(2, 3, 4)] * 2 + [(2, 5, 4)] * 2
    y, state = STACK.forward(xp, params, x[:0])
    assert tuple(y.shape) == (0, 4, 4)
    assert [len(entry) for entry in leaves(state)] == [0] * 4


def test_what_does_not_fit_is_refused():
    x, params = numbers(2, 5, 3), params_of(STACK)
    with pytest.raises(InputError, match=r"expected .*\(2, 3, 4\)"):
        STACK.forward(NUMPY, params, x, STACK.zero_state(NUMPY, 3, x))
    with pytest.raises(InputError, match=r"expected .*\(2, 3, 4\)"):
        STACK.forward(NUMPY, params, x, Recurrent(LSTM, 3, (4, 4)).zero_state(NUMPY, 2, x))
    with pytest.raises(InputError, match="from 2 to 6; expected 0 to 5"):
        STACK.forward(NUMPY, params, x, lengths=np.array([2, 6]))
    with pytest.raises(InputError, match=r"dilations are \(1,\); expected 2"):
        Dilated(LSTM, 3, (4, 4), (1,))
    with pytest.raises(InputError, match=r"dilations are \(1, 0\)"):
        Dilated(LSTM, 3, (4, 4), (1, 0))
    with pytest.raises(InputError, match=r"widths are \(4, 5\); expected the same"):
        Dilated(LSTM, 3, (4, 5), (1, 2), residual=True)


def test_a_step_reads_one_row_a_series(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "unrolled.layers.dilated.run", lambda xp, cell, p, x, *rest: seen.append(x.shape) or run(xp, cell, p, x, *rest)
    )
    STACK.forward(NUMPY, params_of(STACK), numbers(2, 1, 3))
    assert seen == [(2, 1, 3), (2, 1, 4)]
