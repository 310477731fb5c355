import numpy as np
import pytest
import torch
from tests.models.networks import chord_network

from unrolled.arrays import NUMPY, flatten, map_tree
from unrolled.cells import CELLS
from unrolled.nn import TORCH, TorchNoise

K, B, T = 9, 3, 7
MODELS = {cell: chord_network(K, (5, 4), cell) for cell in CELLS}


def parameters(model):
    rng = np.random.default_rng(7)
    return map_tree(lambda shape: rng.uniform(-0.8, 0.8, shape).astype(np.float32), model.shapes())


def frames():
    return (np.random.default_rng(0).random((B, T, K)) < 0.4).astype(np.float32)


def scores(model, params, x, **options):
    features, state = model.forward(NUMPY, params, x, **options)
    return model.output.scores(params, features), state


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_numpy_equals_torch_and_a_split_the_whole(model):
    params, x = parameters(model), frames()
    whole, _ = scores(model, params, x)
    first, state = scores(model, params, x[:, :3])
    second, _ = scores(model, params, x[:, 3:], state=state)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, rtol=1e-5, atol=1e-5)
    tensors = map_tree(torch.from_numpy, params)
    features, _ = model.forward(TORCH, tensors, torch.from_numpy(x))
    np.testing.assert_allclose(model.output.scores(tensors, features).numpy(), whole, rtol=1e-5, atol=1e-5)


def test_a_frame_is_foretold_from_those_before_it_alone():
    model = MODELS["gru"]
    params, x = parameters(model), frames()
    before, _ = scores(model, params, x)
    x[:, 4] = 1 - x[:, 4]
    after, _ = scores(model, params, x)
    np.testing.assert_array_equal(before[:, :4], after[:, :4])
    assert (np.abs(before[:, 4:] - after[:, 4:]).max(axis=(0, 2)) > 1e-4).all()


def test_padding_never_matters():
    model = MODELS["gru"]
    params, x = parameters(model), frames()
    lengths = np.array([7, 0, 4])
    x[1], x[2, 4:] = np.nan, np.nan
    padded, _ = scores(model, params, x, lengths=lengths)
    alone, _ = scores(model, params, x[2:, :4])
    np.testing.assert_allclose(padded[2, :4], alone[0], rtol=1e-6)
    assert np.isfinite(padded[0]).all()


def test_scores_are_those_of_what_follows_the_last_frame():
    model = MODELS["gru"]
    params, x = parameters(model), frames()
    whole, _ = scores(model, params, x)
    np.testing.assert_allclose(model.scores(NUMPY, params, x), whole[:, -1], rtol=1e-6)
    lengths = np.array([2, 7, 1])
    expected = whole[np.arange(B), lengths - 1]
    np.testing.assert_allclose(model.scores(NUMPY, params, x, lengths), expected, rtol=1e-5)


def test_every_weight_has_its_shape_and_a_gradient():
    model = chord_network(K, (5, 4), dropout=0.5, variational=True)
    start = model.initial(np.random.default_rng(0))
    assert {k: v.shape for k, v in flatten(start).items()} == flatten(model.shapes())
    tensors = map_tree(lambda a: torch.tensor(a, dtype=torch.float32, requires_grad=True), parameters(model))
    noise = TorchNoise(torch.Generator().manual_seed(0))
    features, _ = model.forward(TORCH, tensors, torch.from_numpy(frames()), noise=noise)
    model.output.scores(tensors, features).square().sum().backward()
    assert all(weight.grad.abs().sum() > 0 for weight in flatten(tensors).values())
