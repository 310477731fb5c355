import math

import numpy as np
import pytest
from scipy import stats

from unrolled.arrays import NUMPY
from unrolled.models.likelihoods import NegativeBinomial

COUNTS = NegativeBinomial()
NO, YES, ZERO_ODDS = np.array(False), np.array(True), -1.0
LAWS = [(0.05, 0.01), (0.8, 0.3), (4.0, 2.0), (30.0, 1e5), (250.0, 0.2), (1e3, 1.0), (1e6, 40.0)]
EACH = pytest.mark.parametrize(("mean", "shape"), LAWS, ids=str)


def given(mean, shape):
    """Raw numbers, centre and scale that say this distribution, with an extra zero of odds e^-1."""
    scale = mean / 3
    v = 3 - 0.1**2 / 12  # where the link gives 3
    variance = 9 / shape
    return np.array([v - 3, math.log(math.expm1(variance)) if variance < 50 else variance, ZERO_ODDS]), mean, scale


def extra():
    return 1 / (1 + math.exp(-ZERO_ODDS))


@EACH
def test_losses_are_those_of_the_distribution(mean, shape):
    raw, centre, scale = given(mean, shape)
    law = stats.nbinom(shape, shape / (shape + mean))
    y = np.unique(np.concatenate([[0, 1, 2, 7], law.ppf([0.2, 0.5, 0.9, 0.9999])]))
    many = [np.broadcast_to(np.asarray(a), (len(y), *np.shape(a))) for a in (raw, centre, scale)]
    no = np.zeros(len(y), bool)
    found = COUNTS.loss(NUMPY, *many, y, no, no)
    expected = -np.log((1 - extra()) * np.exp(law.logpmf(y)) + extra() * (y == 0))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(COUNTS.mean(*many, no), (1 - extra()) * mean, rtol=1e-4)
    cut = COUNTS.loss(NUMPY, *many, y, ~no, no)
    demand = np.where(y == 0, 0, -np.log(1 - extra()) - law.logsf(y - 1))
    np.testing.assert_allclose(cut, demand, atol=0.02)
    if mean < 10:  # the sum itself
        for at, loss in zip(y[1:4], cut[1:4], strict=True):
            total = (1 - extra()) * law.pmf(np.arange(at, at + 3000)).sum()
            assert loss == pytest.approx(-math.log(total), abs=0.01)


@EACH
def test_quantiles_are_the_least_counts_that_reach_the_level(mean, shape):
    levels = np.array([0.01, 0.2, 0.4, 0.5, 0.75, 0.9, 0.975, 0.999])
    law = stats.nbinom(shape, shape / (shape + mean))
    found = COUNTS.quantiles(*given(mean, shape), levels, YES)
    assert (found == found.round()).all()
    reached = extra() + (1 - extra()) * law.cdf(found)
    before = np.where(found > 0, extra() + (1 - extra()) * law.cdf(found - 1), 0)
    assert (reached >= levels - 0.01).all()
    assert (before <= levels + 0.01).all()
    if mean < 10:
        assert (reached >= levels - 1e-4).all()
        assert (before <= levels + 1e-4).all()


def test_counts_that_are_not_whole_lie_between():
    raw, centre, scale = given(4.0, 2.0)
    losses = [
        float(COUNTS.loss(NUMPY, raw, np.array(centre), np.array(scale), np.array(y), NO, NO)) for y in (3, 3.5, 4)
    ]
    assert losses == sorted(losses)


def test_a_series_of_zeros_can_be_said():
    raw = np.array([-40.0, -20.0, 12.0])
    assert COUNTS.quantiles(raw, 0.0, 1.0, (0.1, 0.9, 0.999), YES).tolist() == [0, 0, 0]
    assert COUNTS.loss(NUMPY, raw, np.array(0.0), np.array(1.0), np.array(0.0), NO, YES) < 1e-4
