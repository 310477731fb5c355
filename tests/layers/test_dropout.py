import numpy as np
import pytest
import torch
from tests.models.networks import recurrent_network, window_network

from unrolled.arrays import Tree
from unrolled.cells import LSTM
from unrolled.layers import Recurrent, dropout
from unrolled.nn import TORCH, TorchNoise, TreeModule

X = torch.full((8, 30, 40), 2.0, dtype=torch.float64)


def noise(seed=0):
    return TorchNoise(torch.Generator().manual_seed(seed))


def test_each_entry_is_dropped_on_its_own():
    y = dropout(X, 0.25, noise())
    assert set(y.unique().tolist()) == {0.0, 2 / 0.75}
    assert abs(float((y == 0).double().mean()) - 0.25) < 0.02  # 9,600 entries: 4.5 standard deviations
    assert abs(float(y.mean()) - 2.0) < 0.06, "the scale keeps the mean"
    assert not torch.equal(y[:, 0], y[:, 1])


def test_variational_keeps_one_mask_all_along_time():
    y = dropout(X, 0.25, noise(), variational=True)
    assert set(y.unique().tolist()) == {0.0, 2 / 0.75}
    assert torch.equal(y, y[:, :1].expand_as(y))
    assert not torch.equal(y[0], y[1]), "each row has a mask of its own"
    assert 0.15 < float((y[:, 0] == 0).double().mean()) < 0.35


@pytest.mark.parametrize("variational", [False, True])
def test_ends_of_the_range(variational):
    x = X.clone().requires_grad_()
    assert dropout(x, 0.0, noise(), variational) is x
    assert dropout(x, 0.5, None, variational) is x
    y = dropout(x, 1.0, noise(), variational)
    assert not y.any()
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert not gradient.any()
    for shape in ((0, 3, 2), (3, 0, 2), (3, 2, 0)):
        assert dropout(torch.zeros(shape), 0.5, noise(), variational).shape == shape


def test_the_generator_alone_decides():
    assert torch.equal(dropout(X, 0.5, noise(1)), dropout(X, 0.5, noise(1)))
    assert not torch.equal(dropout(X, 0.5, noise(1)), dropout(X, 0.5, noise(2)))
    before = torch.get_rng_state()
    dropout(X, 0.5, noise())
    assert torch.equal(torch.get_rng_state(), before)


def test_float32_stays_float32():
    assert dropout(X.float(), 0.5, noise()).dtype == torch.float32


@pytest.mark.parametrize("rate", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("variational", [False, True])
def test_backward_uses_the_mask_of_forward(variational, rate):
    layer = Recurrent(LSTM, 3, (4, 3, 2), False, rate, variational)
    params = TreeModule(None, layer.initial(np.random.default_rng(0)), torch.float64).tree()
    x = torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True)

    def call(x, *weights):
        tree = Tree({i: Tree(zip("UWb", weights[3 * int(i) :], strict=False)) for i in "012"})
        return layer.forward(TORCH, tree, x, noise=noise())[0]

    weights = [w for part in params.values() for w in part.values()]
    assert torch.autograd.gradcheck(call, [x, *weights], fast_mode=True)
    if rate:
        assert not torch.equal(call(x, *weights), layer.forward(TORCH, params, x)[0])


def test_a_stack_drops_between_its_layers_alone():
    x = torch.randn(2, 4, 3)
    layer = Recurrent(LSTM, 3, (4,), False, 0.5)
    params = TreeModule(None, layer.initial(np.random.default_rng(0))).tree()
    assert torch.equal(layer.forward(TORCH, params, x, noise=noise())[0], layer.forward(TORCH, params, x)[0])


@pytest.mark.parametrize(
    "model",
    [
        recurrent_network(9, 4, (4, 4), "gru", dropout=0.5),
        recurrent_network(9, 4, (4, 4), "gru", dropout=0.5, variational=True),
        window_network(9, 4, 4, 3, dropout=0.5),
        recurrent_network(9, 4, (4, 4), dropout=1.0),
        window_network(9, 4, 4, 3, dropout=1.0),
    ],
    ids=repr,
)
def test_models_drop_only_with_noise_and_stay_finite(model):
    params = TreeModule(None, model.initial(np.random.default_rng(0))).tree()
    ids = torch.randint(0, 9, (3, 5))
    y, _ = model.forward(TORCH, params, ids)
    assert torch.equal(y, model.forward(TORCH, params, ids)[0])
    noisy, _ = model.forward(TORCH, params, ids, noise=noise())
    assert noisy.isfinite().all()
    assert (noisy == 0).any(), "features are dropped"
    kept = noisy != 0
    assert model.dropout == 1.0 or not torch.allclose(noisy[kept], y[kept] / 0.5), "word vectors are dropped"
    assert torch.equal(noisy, model.forward(TORCH, params, ids, noise=noise())[0])
    if model.dropout == 1.0:
        assert not noisy.any()
