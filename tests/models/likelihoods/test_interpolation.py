import numpy as np
import pytest
from scipy import stats

from unrolled.errors import InputError
from unrolled.models.likelihoods.interpolation import at_scores, between_levels

LEVELS = (0.05, 0.1, 0.5, 0.8, 0.95)


def test_levels_stay_as_they_are_and_a_normal_stays_normal():
    at = np.array([0.05, 0.07, 0.1, 0.3, 0.5, 0.6, 0.8, 0.9, 0.95])
    quantiles = stats.norm.ppf(LEVELS)
    np.testing.assert_allclose(quantiles @ between_levels(LEVELS, at), stats.norm.ppf(at), atol=1e-12)


def test_tails_are_exponential():
    law = stats.expon(scale=3)
    at = np.array([0.96, 0.99, 0.9999])
    np.testing.assert_allclose(law.ppf(LEVELS) @ between_levels(LEVELS, at), law.ppf(at), rtol=1e-6)
    low = -law.ppf(1 - np.array(LEVELS))
    np.testing.assert_allclose(low @ between_levels(LEVELS, (0.0001, 0.01)), -law.ppf((0.9999, 0.99)), rtol=1e-6)


def test_what_rises_goes_on_rising():
    quantiles = np.sort(np.random.default_rng(0).gamma(1, size=(50, 5)), axis=-1)
    quantiles[:, 1] = quantiles[:, 0]
    values = quantiles @ between_levels(LEVELS, np.linspace(0.001, 0.999, 301))
    assert (np.diff(values, axis=-1) > -1e-12).all()


def test_a_single_level_stands_for_all():
    np.testing.assert_array_equal(np.array([[7.0]]) @ between_levels((0.5,), (0.1, 0.9)), [[7, 7]])


def test_scores_of_their_own():
    quantiles, at = np.sort(np.random.default_rng(0).normal(size=(3, 5)), axis=-1), np.linspace(0.001, 0.999, 9)
    scores = np.broadcast_to(stats.norm.ppf(at), (3, 9))
    np.testing.assert_allclose(at_scores(LEVELS, quantiles, scores), quantiles @ between_levels(LEVELS, at), rtol=1e-5)


@pytest.mark.parametrize("levels", [(), (0.5, 0.4), (0, 0.5), (0.5, 1), (0.5, 0.5), (float("nan"),)], ids=str)
def test_levels_that_are_none_are_refused(levels):
    with pytest.raises(InputError, match="expected rising numbers between 0 and 1"):
        between_levels(levels, (0.5,))
