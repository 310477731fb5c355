import numpy as np
import pytest
import torch

from unrolled.arrays import NUMPY, map_tree
from unrolled.layers import POOLINGS, Pooling
from unrolled.nn import TORCH

LENGTHS = np.array([3, 5, 0, 1])
AHEAD = [kind for kind in POOLINGS if Pooling(kind, 1).streams]


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
    vectors = pool.forward(TORCH, map_tree(torch.tensor, params), leaf, torch.tensor(LENGTHS))
    np.testing.assert_allclose(vectors.detach(), pool.forward(NUMPY, params, y, LENGTHS), rtol=1e-12)
    vectors.sum().backward()
    assert bool(leaf.grad.isfinite().all())


def test_attention_starts_from_a_bias_of_zeros():
    """Whatever stands in memory that is handed out again, such as NaN."""
    dirty = [np.full(size, np.nan) for size in range(1, 200)]
    del dirty
    for width in range(1, 200):
        params = Pooling("attention", width).initial(np.random.default_rng(width))
        assert params.b.shape == (width,)
        assert not params.b.any()
        assert all((np.abs(params[name]) <= width**-0.5).all() for name in "Wq")
        assert params.W.any()
        assert params.q.any()


# The streaming form ---------------------------------------------------------------------------------------------------


def test_what_needs_both_directions_or_the_end_does_not_stream():
    assert [kind for kind in POOLINGS if kind != "middle"] == AHEAD
    assert not any(Pooling(kind, 6, True).streams for kind in POOLINGS)


@pytest.mark.parametrize(("scale", "exact"), [(3, 5e-6), (300, 1e-3)])  # the second: e^score alone would overflow
@pytest.mark.parametrize("cuts", [[], [2, 3], range(1, 9)], ids=["at once", "in pieces", "step by step"])
@pytest.mark.parametrize("kind", AHEAD)
def test_as_it_goes_on_it_is_the_pooling_of_every_beginning(kind, cuts, scale, exact):
    rng, pool = np.random.default_rng(0), Pooling(kind, 4)
    params = map_tree(lambda a: np.asarray(a * scale, np.float32), pool.initial(rng))
    y = rng.normal(size=(9, 4)).astype(np.float32) * 3 - 2
    memory, rows = pool.begin(), []
    for piece in np.split(y, list(cuts)):
        pooled, memory = pool.advance(params, piece, memory)
        assert pooled.shape == piece.shape
        assert pooled.dtype == np.float32
        rows.append(pooled)
    expected = [pool.forward(NUMPY, params, y[None, :end], np.array([end]))[0] for end in range(1, 10)]
    np.testing.assert_allclose(np.concatenate(rows), expected, rtol=exact, atol=exact)
    assert [entry.shape for entry in memory] == [entry.shape for entry in pool.begin()]
    assert all(entry.dtype == np.float32 for entry in memory)


@pytest.mark.parametrize("kind", AHEAD)
def test_a_memory_is_never_written_to(kind):
    rng, pool = np.random.default_rng(0), Pooling(kind, 4)
    params = map_tree(lambda a: a.astype(np.float32), pool.initial(rng))
    y = rng.normal(size=(6, 4)).astype(np.float32)
    _, memory = pool.advance(params, y[:3], pool.begin())
    kept = [entry.copy() for entry in memory]
    first, _ = pool.advance(params, y[3:], memory)
    for entry, before in zip(memory, kept, strict=True):
        np.testing.assert_array_equal(entry, before)
    np.testing.assert_array_equal(pool.advance(params, y[3:], memory)[0], first)
