import numpy as np
import pytest
import torch

from unrolled.arrays import NUMPY, map_tree
from unrolled.layers import POOLINGS, Pooling
from unrolled.nn import TORCH

LENGTHS = np.array([3, 5, 0, 1])


@pytest.fixture
def y():
    y = np.random.default_rng(0).normal(size=(4, 5, 6)) - 2  # mostly negative: a padding of zeros would be the largest
    for row, length in zip(y, LENGTHS, strict=True):
        row[length:] = 0
    return y


def pooled(kind, y, bidirectional=False, lengths=LENGTHS):
    pool = Pooling(kind, 6, bidirectional)
    return pool.forward(NUMPY, pool.initial(np.random.default_rng(1)), y, lengths)


def test_of_each_kind_by_hand(y):
    assert pooled("last", y)[[0, 1, 3]].tolist() == [y[0, 2].tolist(), y[1, 4].tolist(), y[3, 0].tolist()]
    both = pooled("last", y, True)
    assert both[0].tolist() == [*y[0, 2, :3], *y[0, 0, 3:]]
    assert pooled("middle", y, True)[[0, 1, 3]].tolist() == [y[0, 1].tolist(), y[1, 2].tolist(), y[3, 0].tolist()]
    np.testing.assert_allclose(pooled("mean", y)[0], y[0, :3].mean(0))
    np.testing.assert_array_equal(pooled("max", y)[0], y[0, :3].max(0))
    pool = Pooling("attention", 6)
    params = pool.initial(np.random.default_rng(1))
    scores = np.tanh(y[1] @ params.W.T + params.b) @ params.q
    weights = np.exp(scores) / np.exp(scores).sum()
    np.testing.assert_allclose(pooled("attention", y)[1], weights @ y[1])
    np.testing.assert_allclose(pool.weights(NUMPY, params, y, LENGTHS)[0, 3:], 0)


@pytest.mark.parametrize("kind", POOLINGS)
def test_no_steps_are_zeros_and_padding_never_matters(kind, y):
    assert not pooled(kind, y)[2].any()
    assert not pooled(kind, y[:, :0], lengths=np.zeros(4, int)).any()
    short = np.ascontiguousarray(y[:, :3])
    np.testing.assert_allclose(pooled(kind, y)[[0, 3]], pooled(kind, short, lengths=LENGTHS.clip(max=3))[[0, 3]])


@pytest.mark.parametrize("kind", POOLINGS)
def test_numpy_and_torch_agree_and_every_gradient_is_finite(kind, y):
    pool = Pooling(kind, 6)
    params = pool.initial(np.random.default_rng(1))
    leaf = torch.tensor(y, requires_grad=True)
    found = pool.forward(TORCH, map_tree(torch.tensor, params), leaf, torch.tensor(LENGTHS))
    np.testing.assert_allclose(found.detach(), pool.forward(NUMPY, params, y, LENGTHS), rtol=1e-12)
    found.sum().backward()
    assert bool(leaf.grad.isfinite().all())
