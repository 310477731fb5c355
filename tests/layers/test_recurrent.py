import numpy as np
import pytest
import torch

from unrolled.arrays import NUMPY, Tree, flatten, map_state, map_tree
from unrolled.cells import CELLS, GRU, LSTM, RNN, RNN_RELU
from unrolled.cells.base import reverse_steps as reverse
from unrolled.errors import InputError
from unrolled.layers import Dense, Embedding, Recurrent
from unrolled.nn import TORCH

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("xp", [NUMPY, TORCH], ids=["numpy", "torch"])
def test_reverse(xp):
    x, lengths = np.arange(24.0).reshape(3, 4, 2), np.array([4, 0, 3])
    given, ends = (x, lengths) if xp is NUMPY else (torch.from_numpy(x), torch.from_numpy(lengths))
    np.testing.assert_array_equal(reverse(xp, given), x[:, ::-1])
    found = np.asarray(reverse(xp, given, ends))
    np.testing.assert_array_equal(found[0], x[0, ::-1])
    np.testing.assert_array_equal(found[1], x[1])
    np.testing.assert_array_equal(found[2], x[2, [2, 1, 0, 3]])
    np.testing.assert_array_equal(reverse(xp, reverse(xp, given, ends), ends), x)
    for empty in (given[:0], given[:, :0]):
        assert reverse(xp, empty).shape == empty.shape


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_lengths_of_any_whole_dtype(dtype):
    layer = Recurrent(GRU, 2, (3,), bidirectional=True)
    params = layer.initial(RNG)
    x, lengths = RNG.normal(size=(3, 4, 2)), np.array([4, 1, 2], dtype)
    y, _ = layer.forward(NUMPY, params, x, lengths=lengths)
    tensors = map_tree(torch.from_numpy, params)
    other, _ = layer.forward(TORCH, tensors, torch.from_numpy(x), lengths=torch.from_numpy(lengths))
    np.testing.assert_allclose(other, y, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_shapes_of_a_stack(cell, both):
    layer = Recurrent(cell, 5, (4, 3, 2), both)
    initial, ways = layer.initial(RNG), 2 if both else 1
    assert map_tree(lambda value: value.shape, initial) == layer.shapes()
    rows = cell.params["U"].split()[0]
    gates = int(rows[:-1] or 1)
    u = [layer.shapes()[str(i)].ahead.U if both else layer.shapes()[str(i)].U for i in range(3)]
    assert u == [(gates * 4, 5), (gates * 3, 4 * ways), (gates * 2, 3 * ways)]
    assert layer.outputs == 2 * ways
    y, state = layer.forward(NUMPY, initial, RNG.normal(size=(6, 7, 5)))
    assert y.shape == (6, 7, 2 * ways)
    shapes = map_state(lambda a: list(a.shape), state)
    entries = [cell.state(*([6, size] for size in cell.state_sizes(h))) for h in (4, 3, 2)]
    assert shapes == tuple((e, e) if both else e for e in entries)
    assert map_state(lambda a: not a.any(), layer.zero_state(NUMPY, 6, y)) == map_state(lambda _: True, state)


def test_how_parameters_start():
    bound = 16**-0.5
    params = LSTM.initial(np.random.default_rng(1), 8, 16)
    assert params.b.tolist() == [0.0] * 16 + [1.0] * 16 + [0.0] * 32, "the forget gate starts open"
    for weights in (params.U, params.W):
        assert 0.9 * bound < np.abs(weights).max() <= bound
    again = LSTM.initial(np.random.default_rng(1), 8, 16)
    assert all(np.array_equal(a, b) for a, b in zip(params.values(), again.values(), strict=True))


def test_embedding_and_dense():
    words, dense = Embedding(7, 3), Dense(3, 2)
    params = Tree(words=words.initial(RNG), dense=dense.initial(RNG))
    assert map_tree(lambda value: value.shape, params) == Tree(words=words.shapes(), dense=dense.shapes())
    params.dense["b"] = np.array([1.0, -2.0])
    ids = np.array([[0, 6, 3], [3, 3, 1]])
    one_hot = np.eye(7)[ids]
    vectors = words.forward(NUMPY, params.words, ids)
    np.testing.assert_array_equal(vectors, one_hot @ params.words.vectors)
    expected = np.einsum("btd,od->bto", vectors, params.dense.W) + params.dense.b
    np.testing.assert_allclose(dense.forward(params.dense, vectors), expected)


# A state that is not this stack's own is refused (in numpy and torch alike), not broadcast, cut off or passed on.

STACK = Recurrent(LSTM, 3, (4, 2))
BOTH = Recurrent(LSTM, 3, (4, 2), bidirectional=True)


def float32(layer):
    return map_tree(lambda value: value.astype(np.float32), layer.initial(RNG))


def zeros(layer, batch=2, dtype=np.float32):
    return layer.zero_state(NUMPY, batch, np.zeros(0, dtype))


MISUSED = {
    "batch": (STACK, zeros(STACK, 3), r"\(3, 4\) \S*float32.*expected .*\(2, 4\)"),
    "batch of one": (STACK, zeros(STACK, 1), r"\(1, 4\).*expected .*\(2, 4\)"),
    "dtype": (STACK, zeros(STACK, 2, np.float64), r"float64.*expected .*float32"),
    "width": (STACK, zeros(Recurrent(LSTM, 3, (5, 2))), r"\(2, 5\).*expected .*\(2, 4\)"),
    "too few layers": (STACK, zeros(STACK)[:1], "expected"),
    "too many layers": (STACK, zeros(STACK) * 2, "expected"),
    "no layers": (STACK, (), r"the state is \(\); expected"),
    "a layer's own state": (STACK, zeros(STACK)[0], "expected"),
    "a list": (STACK, list(zeros(STACK)), "list.*expected"),
    "another cell": (STACK, zeros(Recurrent(GRU, 3, (4, 2))), r"gru.State.*expected .*lstm.State"),
    "another cell of the same shapes": (
        Recurrent(RNN, 3, (4,)),
        zeros(Recurrent(GRU, 3, (4,))),
        r"gru.State.*expected .*rnn.State",
    ),
    "plain tuples": (STACK, tuple(tuple(layer) for layer in zeros(STACK)), "expected"),
    "one direction for two": (BOTH, zeros(STACK), "expected"),
    "two directions for one": (STACK, zeros(BOTH), "expected"),
    "nothing in a layer": (STACK, (None, None), "NoneType.*expected"),
}


@pytest.mark.parametrize("xp", [NUMPY, TORCH], ids=["numpy", "torch"])
@pytest.mark.parametrize(("layer", "state", "message"), MISUSED.values(), ids=MISUSED)
def test_a_misused_state_is_refused(layer, state, message, xp):
    x = np.zeros((2, 5, 3), np.float32)
    if xp is TORCH:
        x = torch.from_numpy(x)
        state = map_state(lambda a: torch.from_numpy(a) if isinstance(a, np.ndarray) else a, state)
    with pytest.raises(InputError, match=message):
        layer.forward(xp, Tree(), x, state)


def test_a_state_of_another_library_is_refused():
    with pytest.raises(InputError, match=r"expected .*torch\.float32"):
        STACK.forward(TORCH, Tree(), torch.zeros(2, 5, 3), zeros(STACK))


@pytest.mark.parametrize("layer", [STACK, BOTH], ids=["one direction", "two directions"])
def test_the_state_that_came_out_goes_in(layer):
    x, params = RNG.normal(size=(2, 5, 3)).astype(np.float32), float32(layer)
    _, state = layer.forward(NUMPY, params, x)
    again, _ = layer.forward(NUMPY, params, x, state)
    tensors = map_tree(torch.from_numpy, params)
    _, state = layer.forward(TORCH, tensors, torch.from_numpy(x))
    same, _ = layer.forward(TORCH, tensors, torch.from_numpy(x), map_state(lambda a: a.requires_grad_(), state))
    np.testing.assert_allclose(same.detach().numpy(), again, atol=1e-5)


def test_cells_of_one_state_may_follow_each_other():
    assert RNN.state is RNN_RELU.state
    assert set(flatten(RNN.shapes(2, 3))) == set(flatten(RNN_RELU.shapes(2, 3)))


@pytest.mark.parametrize("layer", [STACK, BOTH], ids=["one direction", "two directions"])
@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([5], r"shape \(1,\); expected \(2,\)"),
        ([[5], [5]], r"shape \(2, 1\); expected \(2,\)"),
        ([5, 5, 5], r"shape \(3,\); expected \(2,\)"),
        ([6, 2], r"from 2 to 6; expected 0 to 5"),
        ([5, -1], r"from -1 to 5; expected 0 to 5"),
    ],
    ids=str,
)
@pytest.mark.parametrize("xp", [NUMPY, TORCH], ids=["numpy", "torch"])
def test_misused_lengths_are_refused(xp, lengths, message, layer):
    x, lengths, params = np.zeros((2, 5, 3), np.float32), np.array(lengths), float32(layer)
    if xp is TORCH:
        x, lengths, params = torch.from_numpy(x), torch.from_numpy(lengths), map_tree(torch.from_numpy, params)
    with pytest.raises(InputError, match=message):
        layer.forward(xp, params, x, lengths=lengths)
