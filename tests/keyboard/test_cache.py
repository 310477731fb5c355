"""The continuous cache against its equation, and its bounds."""

import numpy as np
import pytest

from unrolled.keyboard import cache as module
from unrolled.keyboard.cache import EARLY, FLATNESS, LASTING, POSITIONS, SHARE, Cache


def filled(count: int, seed: int = 0) -> Cache:
    rng = np.random.default_rng(seed)
    cache = Cache(6)
    cache.add(rng.standard_normal((count, 6)).astype(np.float32), rng.integers(0, 9, count))
    return cache


@pytest.mark.parametrize("count", [1, 5, POSITIONS + 70])
def test_mixes_by_the_equation(count):
    cache = filled(count)
    rng = np.random.default_rng(1)
    features, model = rng.standard_normal(6).astype(np.float32), rng.dirichlet(np.ones(9)).astype(np.float32)
    rows, ids = cache.features[-POSITIONS:].astype(np.float64), cache.ids[-POSITIONS:]
    weights = np.exp(FLATNESS * rows @ features - np.arange(len(rows))[::-1] / LASTING)
    p_cache = np.bincount(ids, weights / weights.sum(), minlength=9)
    share = SHARE * len(rows) / (len(rows) + EARLY)
    mixed = cache.mix(model, features)
    assert mixed == pytest.approx((1 - share) * model + share * p_cache, rel=1e-4)
    assert mixed.sum() == pytest.approx(1, abs=1e-5)


def test_large_features_overflow_nothing():
    cache = Cache(2)
    cache.add(np.full((3, 2), 1e4, np.float32), np.array([1, 1, 2]))
    assert np.isfinite(cache.mix(np.full(3, 1 / 3, np.float32), np.full(2, 1e4, np.float32))).all()


def test_what_is_kept_is_bounded_and_the_rest_can_be_taken_back():
    cache = filled(POSITIONS + 10)
    newest = cache.ids[-POSITIONS:].copy()
    cache.keep()
    assert cache.kept == len(cache) == POSITIONS
    assert np.array_equal(cache.ids, newest)
    model, features = np.full(9, 1 / 9, np.float32), np.ones(6, np.float32)
    before = cache.mix(model, features)
    cache.add(np.ones((500, 6), np.float32), np.full(500, 3))
    assert not np.array_equal(cache.mix(model, features), before)
    assert np.array_equal(cache.mix(model, features, only_kept=True), before)
    assert cache.cut(POSITIONS).tolist() == [3] * 500
    assert np.array_equal(cache.mix(model, features), before)


def test_an_empty_cache_leaves_the_model_alone():
    model = np.full(9, 1 / 9, np.float32)
    cache = filled(5)
    cache.clear()
    assert cache.mix(model, np.ones(6, np.float32)) is model
    assert len(cache) == cache.kept == 0
    assert module.POSITIONS == 1_000
