import numpy as np
import pytest
from scipy import stats

from unrolled.errors import InputError
from unrolled.inference.joint import joint_paths, paths_in_order_of
from unrolled.models.likelihoods import between_levels

LEVELS = (0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975)
NORMAL = stats.norm.ppf(LEVELS)
HORIZON = 10


def process(windows, correlation, seed=0):
    """Errors (R, H) of an autoregressive process of variance 1."""
    errors = np.random.default_rng(seed).normal(size=(windows, HORIZON))
    for t in range(1, HORIZON):
        errors[:, t] = correlation * errors[:, t - 1] + np.sqrt(1 - correlation**2) * errors[:, t]
    return errors


def variance_of_the_sum(correlation):
    lags = abs(np.subtract.outer(np.arange(HORIZON), np.arange(HORIZON)))
    return (correlation**lags).sum()


def draw(quantiles, templates, n_paths=1000, seed=0, **options):
    return joint_paths(quantiles, LEVELS, templates, n_paths, np.random.default_rng(seed), **options)


STANDARD = np.broadcast_to(NORMAL, (20, HORIZON, len(LEVELS)))


@pytest.mark.parametrize("windows", [4, 100, 5000])
def test_every_period_has_its_quantiles(windows):
    quantiles = np.sort(np.random.default_rng(0).normal(0, 9, (3, HORIZON, len(LEVELS))), axis=-1)
    paths = draw(quantiles, process(windows, 0.5), 200)
    assert paths.shape == (3, 200, HORIZON)
    expected = quantiles @ between_levels(LEVELS, (np.arange(200) + 0.5) / 200)
    np.testing.assert_allclose(np.sort(paths, axis=1), expected.swapaxes(1, 2), atol=1e-12)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("windows", [25, 400, 4000])
def test_a_sum_over_periods_spreads_as_the_errors_correlation_implies(windows, correlation):
    sums = draw(STANDARD, process(windows, correlation)).sum(-1)
    expected = variance_of_the_sum(correlation)
    if windows == 25:  # one correlation, drawn a little toward 0
        assert 0.75 * expected < sums.var() < 1.3 * expected
    else:
        assert sums.var() == pytest.approx(expected, rel=0.15)


def test_any_shape_of_dependence_is_kept():
    level = np.random.default_rng(0).normal(size=(500, 1))
    alternating = level * np.where(np.arange(HORIZON) % 2, -1, 1)
    sums = draw(STANDARD, alternating).sum(-1)
    assert sums.var() < 0.1, "what goes up in one period goes down in the next"
    together = draw(STANDARD, np.repeat(level, HORIZON, axis=1)).sum(-1)
    assert together.var() == pytest.approx(HORIZON**2, rel=0.1)


def test_without_errors_periods_are_independent():
    for templates in (np.zeros((0, HORIZON)), np.full((9, HORIZON), np.nan), np.zeros((9, HORIZON))):
        assert draw(STANDARD, templates).sum(-1).var() == pytest.approx(HORIZON, rel=0.15)


def test_ties_among_errors_do_not_tie_periods():
    assert draw(STANDARD, np.zeros((100, HORIZON))).sum(-1).var() == pytest.approx(HORIZON, rel=0.2)


def test_series_are_independent_of_each_other():
    sums = draw(STANDARD, process(1000, 0.9)).sum(-1)
    between = np.corrcoef(sums)[np.triu_indices(len(sums), 1)]
    assert abs(between).max() < 0.2


def test_windows_with_holes_count_for_their_neighbours_alone():
    templates = process(200, 0.9)
    templates[:, 4] = np.nan
    assert draw(STANDARD, templates).sum(-1).var() > 0.75 * variance_of_the_sum(0.9)


def test_nothing_below_zero_where_nothing_is():
    quantiles = np.broadcast_to(np.array([0.0, 0, 0.5, 1, 2, 3, 4]), (2, HORIZON, 7)) + np.array([0, -1])[:, None, None]
    paths = draw(quantiles, process(50, 0.5), nonnegative=np.array([True, False]))
    assert paths[0].min() == 0
    assert paths[1].min() < -0.9


def test_the_same_seed_draws_the_same():
    np.testing.assert_array_equal(draw(STANDARD, process(50, 0.5), 7), draw(STANDARD, process(50, 0.5), 7))


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match=rf"shape \(5, 3\); expected \(R, {HORIZON}\)"):
        draw(STANDARD, np.zeros((5, 3)))
    with pytest.raises(InputError, match="received 0 paths"):
        draw(STANDARD, process(50, 0.5), 0)
    with pytest.raises(InputError, match=r"of 7 levels; expected \(N, H, 7\)"):
        draw(STANDARD[..., :3], process(50, 0.5))


def test_samples_keep_their_order_and_take_the_quantiles_values() -> None:
    samples = np.random.default_rng(4).normal(size=(2, 200, 3)).cumsum(-1)
    levels = (0.1, 0.5, 0.9)
    quantiles = np.sort(np.random.default_rng(5).normal(size=(2, 3, 3)), -1) * 10
    paths = paths_in_order_of(samples, quantiles, levels, np.random.default_rng(0), np.array([False, True]))
    assert (paths[0].argsort(0) == samples[0].argsort(0)).all()
    np.testing.assert_allclose(np.quantile(paths[0], 0.5, axis=0), quantiles[0, :, 1], atol=0.2)
    assert (paths[1] >= 0).all()
    assert (paths[0] < 0).any()
