import numpy as np
import pytest
from scipy import stats

from unrolled.errors import InputError
from unrolled.inference.conformal import Conformal, conformal

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
NORMAL = stats.norm.ppf(LEVELS)


def forecasts(windows, horizon=12, seed=0):
    """Quantiles of normal distributions around random medians."""
    rng = np.random.default_rng(seed)
    median, scale = rng.normal(0, 5, (windows, horizon)), np.exp(rng.normal(size=(windows, horizon)))
    return median, scale, median[..., None] + scale[..., None] * NORMAL


def coverage(quantiles, outcomes):
    """Of the intervals of 95 and 80 %."""
    inside = [(quantiles[..., q] <= outcomes) & (outcomes <= quantiles[..., -1 - q]) for q in (0, 1)]
    return [part.mean() for part in inside]


@pytest.mark.parametrize("spread", [0.6, 1.0, 1.7])
def test_new_windows_are_covered_as_promised(spread):
    rng = np.random.default_rng(1)
    median, scale, quantiles = forecasts(1500)
    fitted = conformal(LEVELS, quantiles, median + spread * scale * rng.normal(size=median.shape))
    np.testing.assert_allclose(fitted.factors[:, [0, 1, 3, 4]], spread, rtol=0.12)
    assert (fitted.factors[:, 2] == 1).all()
    median, scale, quantiles = forecasts(3000, seed=2)
    outcomes = median + spread * scale * rng.normal(size=median.shape)
    np.testing.assert_allclose(coverage(fitted.apply(quantiles), outcomes), [0.95, 0.8], atol=0.01)


def test_factors_follow_the_horizon_and_the_side():
    rng = np.random.default_rng(1)
    median, scale, quantiles = forecasts(2000)
    errors = abs(rng.normal(size=median.shape)) * np.where(rng.random(median.shape) < 0.5, -1, np.linspace(1, 3, 12))
    factors = conformal(LEVELS, quantiles, median + scale * errors).factors
    np.testing.assert_allclose(factors[:, :2], 1, atol=0.2)
    assert (np.diff(factors[1:-1, 3:], axis=0) > 0).all()
    assert factors[0, 3] < 1.4
    assert factors[-1, 3] > 2.4


def test_few_windows_change_little_and_unknown_outcomes_nothing():
    median, scale, quantiles = forecasts(3, horizon=4)
    far = median + 4 * scale * np.array([1, -1, 1])[:, None]
    factors = conformal(LEVELS, quantiles, far).factors
    assert (factors >= 1).all()
    assert (factors < 1.7).all()
    unknown = np.full_like(median, np.nan)
    assert (conformal(LEVELS, quantiles, unknown).factors == 1).all()
    assert (conformal(LEVELS, quantiles[:0], unknown[:0]).factors == 1).all()
    flat = np.repeat(median[..., None], 5, axis=-1)
    assert (conformal(LEVELS, flat, far).factors == 1).all()


def test_a_nan_is_not_an_outcome():
    median, _, quantiles = forecasts(400)
    outcomes = median + 2 * np.random.default_rng(3).normal(size=median.shape)
    holes = outcomes.copy()
    holes[100:, 5:] = np.nan
    doubled = conformal(LEVELS, quantiles[:100], outcomes[:100]).factors
    assert np.isfinite(conformal(LEVELS, quantiles, holes).factors).all()
    assert np.isfinite(doubled).all()


def test_what_is_applied_does_not_cross_and_keeps_above_zero():
    quantiles = np.array([[[1.0, 2, 3, 4, 5]], [[1.0, 2, 3, 4, 5]]])
    fitted = Conformal(LEVELS, np.array([[0.5, 4.0, 1.0, 3.0, 1.0]]))
    before = quantiles.copy()
    found = fitted.apply(quantiles, np.array([True, False]))
    np.testing.assert_array_equal(found, [[[0, 0, 3, 6, 6]], [[-1, -1, 3, 6, 6]]])
    np.testing.assert_array_equal(quantiles, before)


def test_what_does_not_fit_is_refused():
    _, _, quantiles = forecasts(5)
    with pytest.raises(InputError, match=r"expected 0.5, the median"):
        conformal((0.1, 0.9), quantiles[..., :2], quantiles[..., 0])
    with pytest.raises(InputError, match=r"expected \(A, H, 5\) and \(A, H\)"):
        conformal(LEVELS, quantiles, quantiles[:, :3, 0])
    with pytest.raises(InputError, match=r"expected \(N, \*\(3, 5\)\)"):
        Conformal(LEVELS, np.ones((3, 5))).apply(quantiles)
