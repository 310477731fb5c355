import math

import numpy as np
import pytest
import torch
from tests.models.networks import recurrent_network, window_network

from unrolled.arrays import NUMPY, flatten, map_state, map_tree
from unrolled.cells import CELLS
from unrolled.errors import InputError
from unrolled.models import RecurrentBody
from unrolled.nn import TORCH

V, E, B, T = 13, 6, 3, 9
MODELS = {
    **{cell: recurrent_network(V, E, (5, E), cell) for cell in CELLS},
    "untied": recurrent_network(V, E, (5, 4), tied=False),
    "dense": window_network(V, E, E, 4),
    "dense untied": window_network(V, E, 5, 4, tied=False),
    "dense, one word": window_network(V, E, E, 1),
}
DENSE = MODELS["dense"]
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
TOLERANCE = {np.float32: 1e-6, np.float64: 1e-12}


def parameters(model, dtype=np.float64):
    """Random everywhere, biases and word vectors too, as large as after training."""
    rng = np.random.default_rng(7)
    return map_tree(lambda shape: rng.uniform(-0.8, 0.8, shape).astype(dtype), model.shapes())


def text(batch=B, time=T, seed=0):
    return np.random.default_rng(seed).integers(0, V, (batch, time))


def leaves(state):
    entries = []
    map_state(entries.append, state)
    return entries


def probabilities(xp, model, params, features):
    return model.output.predicted(xp, model.output.scores(params, features))


@every_model
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_numpy_equals_torch(model, dtype):
    params, ids = parameters(model, dtype), text()
    tensors = map_tree(torch.from_numpy, params)
    y, state = model.forward(NUMPY, params, ids)
    for before in (None, state):
        y, after = model.forward(NUMPY, params, ids, before)
        theirs = None if before is None else map_state(torch.from_numpy, before)
        other, end = model.forward(TORCH, tensors, torch.from_numpy(ids), theirs)
        assert y.dtype == dtype
        np.testing.assert_allclose(other, y, rtol=0, atol=5 * TOLERANCE[dtype])
        for left, right in zip(leaves(end), leaves(after), strict=True):
            np.testing.assert_allclose(left, right, rtol=0, atol=5 * TOLERANCE[dtype])
        chances = probabilities(NUMPY, model, params, y)
        np.testing.assert_allclose(
            probabilities(TORCH, model, tensors, other), chances, rtol=0, atol=5 * TOLERANCE[dtype]
        )


@every_model
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_in_pieces_as_in_one(model, dtype):
    params, ids = parameters(model, dtype), text()
    whole, last = model.forward(NUMPY, params, ids)
    rng, bound = np.random.default_rng(1), TOLERANCE[dtype] * max(1, np.abs(whole).max())
    for cuts in ([0, T], range(T), *(sorted(rng.integers(0, T + 1, 3)) for _ in range(5))):
        state, pieces = None, []
        for start, end in zip([0, *cuts], [*cuts, T], strict=True):
            y, state = model.forward(NUMPY, params, ids[:, start:end], state)
            pieces.append(y)
        np.testing.assert_allclose(np.concatenate(pieces, 1), whole, rtol=0, atol=bound)
        for left, right in zip(leaves(state), leaves(last), strict=True):
            np.testing.assert_allclose(left, right, rtol=0, atol=bound)


@every_model
def test_no_state_is_zero_state(model):
    params, ids = parameters(model), text()
    zero = model.zero_state(NUMPY, B, params.words.vectors)
    np.testing.assert_array_equal(model.forward(NUMPY, params, ids)[0], model.forward(NUMPY, params, ids, zero)[0])
    _, other = model.forward(NUMPY, params, text(seed=1))
    if leaves(other)[0].size:  # the dense network over one word has no memory
        assert not np.allclose(model.forward(NUMPY, params, ids)[0], model.forward(NUMPY, params, ids, other)[0])


@every_model
def test_causal_and_row_by_row(model):
    params, ids = parameters(model), text()
    y, _ = model.forward(NUMPY, params, ids)
    for t in range(T):
        changed = ids.copy()
        changed[:, t:] = (changed[:, t:] + 1) % V
        other, _ = model.forward(NUMPY, params, changed)
        np.testing.assert_array_equal(other[:, :t], y[:, :t])
        assert (other[:, t] != y[:, t]).any(axis=-1).all()
    order = [2, 0, 1]
    permuted, _ = model.forward(NUMPY, params, ids[order])
    np.testing.assert_allclose(permuted, y[order], rtol=0, atol=1e-12)
    alone, _ = model.forward(NUMPY, params, ids[1:2])
    np.testing.assert_allclose(alone, y[1:2], rtol=0, atol=1e-12)


@every_model
def test_permuted_rows_carry_their_states(model):
    params, ids, order = parameters(model), text(), [2, 0, 1]
    _, state = model.forward(NUMPY, params, ids)
    y, _ = model.forward(NUMPY, params, ids, state)
    permuted, _ = model.forward(NUMPY, params, ids[order], map_state(lambda a: a[order], state))
    np.testing.assert_allclose(permuted, y[order], rtol=0, atol=1e-12)


@every_model
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_probabilities(model, dtype):
    params = parameters(model, dtype)
    y, _ = model.forward(NUMPY, params, text())
    chances = probabilities(NUMPY, model, params, y)
    assert chances.shape == (B, T, V)
    assert (chances > 0).all()
    np.testing.assert_allclose(chances.sum(-1), 1, rtol=0, atol=10 * TOLERANCE[dtype])
    weights, bias = model.output.matrix(params)
    scores = y @ weights.T + bias
    np.testing.assert_allclose(
        np.log(chances[0, 0, 1] / chances[0, 0, 0]), scores[0, 0, 1] - scores[0, 0, 0], rtol=1e-4
    )


@every_model
@pytest.mark.parametrize(("batch", "time"), [(0, 4), (3, 0), (0, 0)])
@pytest.mark.parametrize("xp", [NUMPY, TORCH], ids=["numpy", "torch"])
def test_nothing_to_read(model, batch, time, xp):
    params, ids = parameters(model), text(batch, time)
    if xp is TORCH:
        params, ids = map_tree(torch.from_numpy, params), torch.from_numpy(ids)
    zero = model.zero_state(xp, batch, params.words.vectors)
    y, state = model.forward(xp, params, ids)
    assert tuple(y.shape) == (batch, time, model.output.matrix(params)[0].shape[1])
    for left, right in zip(leaves(state), leaves(zero), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("xp", [NUMPY, TORCH], ids=["numpy", "torch"])
@every_model
def test_a_misused_state_is_refused(model, xp):
    params, ids = parameters(model), text()
    if xp is TORCH:
        params, ids = map_tree(torch.from_numpy, params), torch.from_numpy(ids)
    like = params.words.vectors
    other = DENSE if isinstance(model.body, RecurrentBody) else MODELS["lstm"]
    wrong_dtype = map_state(lambda a: a > 0, model.zero_state(xp, B, like))
    for state in (model.zero_state(xp, B + 1, like), model.zero_state(xp, 1, like), wrong_dtype):
        with pytest.raises(InputError, match=r"the state is .*; expected"):
            model.forward(xp, params, ids, state)
    with pytest.raises(InputError, match=r"the state is .*; expected"):
        model.forward(xp, params, ids, other.zero_state(xp, B, like))


def test_dense_sees_its_window_and_nothing_else():
    params, ids = parameters(DENSE), text()
    y, _ = DENSE.forward(NUMPY, params, ids)
    for t in range(T):
        changed = ids.copy()
        changed[:, t] = (changed[:, t] + 1) % V
        other, _ = DENSE.forward(NUMPY, params, changed)
        differs = (other != y).any(axis=(0, 2))
        assert np.flatnonzero(differs).tolist() == list(range(t, min(t + DENSE.body.window, T)))


def test_dense_is_its_equation_the_oldest_word_first():
    params, ids = parameters(DENSE), np.array([[1, 2, 3, 4]])
    y, _ = DENSE.forward(NUMPY, params, ids)
    expected = np.tanh(params.hidden.W @ params.words.vectors[ids[0]].reshape(-1) + params.hidden.b)
    np.testing.assert_allclose(y[0, -1], expected, rtol=0, atol=1e-12)


def test_dense_begins_after_its_beginning():
    model = window_network(V, E, E, 4, beginning=5)
    params, ids = parameters(model), text()
    y, _ = model.forward(NUMPY, params, ids)
    padded = np.concatenate([np.full((B, 3), 5), ids], 1)
    np.testing.assert_allclose(model.forward(NUMPY, params, padded)[0][:, 3:], y, rtol=0, atol=1e-12)


def test_recurrent_remembers_what_lies_outside_any_window():
    model = MODELS["lstm"]
    params, ids = parameters(model), text(time=12)
    changed = ids.copy()
    changed[:, 0] = (changed[:, 0] + 1) % V
    y, other = (model.forward(NUMPY, params, read)[0] for read in (ids, changed))
    assert (y[:, -1] != other[:, -1]).any()


def count(model):
    return sum(math.prod(shape) for shape in flatten(model.shapes()).values())


def test_dense_grows_with_its_window_and_recurrent_does_not_with_time():
    dense = [count(window_network(V, E, 8, window, tied=False)) for window in (1, 2, 5)]
    assert dense[1] - dense[0] == 8 * E
    assert dense[2] - dense[1] == 3 * 8 * E
    model = MODELS["lstm"]
    params = parameters(model)
    states = [model.forward(NUMPY, params, text(time=time))[1] for time in (1, 50)]
    assert [a.shape for a in leaves(states[0])] == [a.shape for a in leaves(states[1])]


@every_model
def test_shapes_are_those_of_what_it_starts_from(model):
    shapes, initial = flatten(model.shapes()), flatten(model.initial(np.random.default_rng(0)))
    assert {name: value.shape for name, value in initial.items()} == shapes
    assert list(initial) == list(shapes)
    assert all(np.isfinite(value).all() for value in initial.values())
    params = parameters(model)
    weights, bias = model.output.matrix(params)
    assert bias is params.output.b
    assert ("output.W" in shapes) is not model.output.tied
    assert weights is (params.words.vectors if model.output.tied else params.output.W)


@pytest.mark.parametrize("model", [MODELS["gru"], MODELS["untied"], DENSE], ids=["gru", "untied", "dense"])
def test_every_parameter_has_a_gradient(model):
    params = map_tree(lambda value: torch.from_numpy(value).requires_grad_(), parameters(model))
    ids, targets = (torch.from_numpy(text(seed=seed)) for seed in (0, 1))
    y, _ = model.forward(TORCH, params, ids)
    loss = model.output.loss(TORCH, params, y.flatten(0, 1), targets.flatten())
    loss.backward()
    for name, weight in flatten(params).items():
        assert weight.grad is not None, name
        assert weight.grad.any(), name
