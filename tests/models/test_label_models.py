"""Models of a whole sequence: every body and pool on numpy and torch, with padding, and what each can see."""

import numpy as np
import pytest
import torch
from tests.models.networks import bag_network, convolved_network, first_steps_network, label_network

from unrolled import InputError
from unrolled.arrays import NUMPY, flatten, map_tree
from unrolled.layers import POOLINGS
from unrolled.models import rows_at_once
from unrolled.nn import TORCH, TorchNoise

C, V, D, B, T = 3, 11, 4, 4, 6
LENGTHS = np.array([6, 1, 4, 3])
ORDERED = {
    **{f"{pooling}, {both}": label_network(C, (5, 4), V, D, "gru", both, pooling)
       for pooling in POOLINGS for both in (False, True)},
    "first steps": first_steps_network(C, 5, 3, V, D),
}  # fmt: skip
VECTORS = {
    "vectors": label_network(C, (5,), 0, D, "lstm", True, "attention"),
    "first steps of vectors": first_steps_network(C, 5, 3, 0, D),
    "convolution": convolved_network(C, 5, D, 3, False, "max"),
    "convolution, both": convolved_network(C, 5, D, 2, True, "mean"),
    "bag of vectors": bag_network(C, 0, D),
}
MODELS = {**ORDERED, **VECTORS, "bag": bag_network(C, V, D)}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def parameters(model, dtype=np.float64):
    rng = np.random.default_rng(7)
    return map_tree(lambda shape: rng.uniform(-0.8, 0.8, shape).astype(dtype), model.shapes())


def inputs(model, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, V, (B, T)) if getattr(model.body, "words", None) else rng.normal(size=(B, T, D))


def scores(model, params, read, lengths=LENGTHS, xp=NUMPY, noise=None):
    return model.scores(xp, params, model.body.embed(xp, params, read), lengths, noise)


@every_model
def test_numpy_equals_torch(model):
    params, read = parameters(model), inputs(model)
    tensors = map_tree(torch.from_numpy, params)
    theirs = scores(model, tensors, torch.from_numpy(read), torch.from_numpy(LENGTHS), TORCH)
    np.testing.assert_allclose(theirs, scores(model, params, read), rtol=0, atol=1e-12)


@every_model
def test_padding_never_matters_and_no_row_sees_another(model):
    params, read = parameters(model), inputs(model)
    whole = scores(model, params, read)
    assert whole.shape == (B, C)
    changed = read.copy()
    for row, length in zip(changed, LENGTHS, strict=True):
        row[length:] = np.nan if read.ndim == 3 else V - 1
    np.testing.assert_allclose(scores(model, params, changed), whole, rtol=0, atol=1e-12)
    for row, length, own in zip(read, LENGTHS, whole, strict=True):
        alone = scores(model, params, row[None, :length], np.array([length]))
        np.testing.assert_allclose(alone[0], own, rtol=0, atol=1e-12)
        np.testing.assert_allclose(scores(model, params, row[None, :length], None)[0], own, rtol=0, atol=1e-12)


@pytest.mark.parametrize("model", ORDERED.values(), ids=ORDERED)
def test_order_matters_where_a_model_has_one(model):
    params, read = parameters(model), np.array([[1, 2, 3, 4, 5, 6]])
    full = np.array([T])
    assert not np.allclose(scores(model, params, read, full), scores(model, params, read[:, [1, 0, 3, 2, 5, 4]], full))


@pytest.mark.parametrize("name", ["bag", "bag of vectors"])
def test_to_a_bag_any_order_is_the_same(name):
    model = MODELS[name]
    params, read = parameters(model), inputs(model)
    full, shuffled = np.full(B, T), read[:, [5, 2, 0, 1, 4, 3]]
    np.testing.assert_allclose(scores(model, params, read, full), scores(model, params, shuffled, full), atol=1e-12)


def test_the_first_steps_are_all_that_a_dense_layer_sees():
    model = MODELS["first steps"]
    params, read = parameters(model), inputs(model)
    full, later, early = np.full(B, T), read.copy(), read.copy()
    later[:, 3:] = (later[:, 3:] + 1) % V
    early[:, 2] = (early[:, 2] + 1) % V
    np.testing.assert_array_equal(scores(model, params, read, full), scores(model, params, later, full))
    assert not np.allclose(scores(model, params, read, full), scores(model, params, early, full))


@every_model
def test_every_parameter_has_a_gradient(model):
    params = map_tree(lambda array: torch.from_numpy(array).requires_grad_(), parameters(model))
    read, lengths = torch.from_numpy(inputs(model)), torch.from_numpy(LENGTHS)
    features = model.summary(TORCH, params, model.body.embed(TORCH, params, read), lengths)
    model.output.loss(TORCH, params, features, torch.tensor([0, 1, 2, 0])).backward()
    for name, weight in flatten(params).items():
        assert weight.grad is not None, name
        assert bool(weight.grad.any()) or name == "pool.b", name


@pytest.mark.parametrize("pooling", POOLINGS)
def test_features_are_dropped_with_noise_alone(pooling):
    model = label_network(C, (5, 4), V, D, pooling=pooling, dropout=0.5)
    params = map_tree(torch.from_numpy, parameters(model))
    read, lengths = torch.from_numpy(inputs(model)), torch.from_numpy(LENGTHS)
    quiet = [scores(model, params, read, lengths, TORCH) for _ in range(2)]
    assert torch.equal(*quiet)
    noisy = [
        scores(model, params, read, lengths, TORCH, TorchNoise(torch.Generator().manual_seed(seed)))
        for seed in (0, 0, 1)
    ]
    assert torch.equal(noisy[0], noisy[1])
    assert not torch.equal(noisy[0], noisy[2])
    assert not torch.equal(noisy[0], quiet[0])


def test_a_convolution_in_front_goes_on_from_its_state():
    model = MODELS["convolution"]
    params, read = parameters(model), inputs(model)
    whole, last = model.forward(NUMPY, params, read)
    state, pieces = None, []
    for piece in np.split(read, [1, 2, 5], axis=1):
        y, state = model.forward(NUMPY, params, piece, state)
        pieces.append(y)
    np.testing.assert_allclose(np.concatenate(pieces, 1), whole, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(state[0], last[0])
    with pytest.raises(InputError, match="the state is"):
        model.forward(NUMPY, params, read, state[1])


def test_what_can_go_on_from_a_state():
    streams = {name for name, model in MODELS.items() if model.streams}
    assert streams == {"convolution"} | {f"{pooling}, False" for pooling in POOLINGS if pooling != "middle"}


def test_how_many_rows_are_read_at_once_is_bounded_by_the_memory_that_they_take():
    model = MODELS["bag of vectors"]
    assert rows_at_once(model, 100, 64) == 64
    assert rows_at_once(model, 2**22, 64) == 2
    assert rows_at_once(model, 2**40, 64) == 1
    assert rows_at_once(model, 0, 64) == 64


@pytest.mark.parametrize("size", [1, 4])
def test_a_convolution_reads_a_long_row_in_chunks(size):
    body = convolved_network(C, 5, D, 4, True, "max").body
    params = map_tree(lambda shape: np.random.default_rng(3).normal(size=shape), body.shapes())
    x = np.random.default_rng(0).normal(size=(1, 9, D))
    y, _ = body.forward(NUMPY, params, x)
    read = body.in_chunks(params, lambda chunk: x[:, size * chunk : size * (chunk + 1)], -(-9 // size))
    pieces = [read(chunk) for chunk in range(-(-9 // size))]
    np.testing.assert_allclose(np.concatenate(pieces, 1), y, rtol=1e-6)
