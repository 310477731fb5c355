import numpy as np
import pytest
import torch
from scipy import stats

from unrolled.arrays import NUMPY
from unrolled.errors import InputError
from unrolled.models.likelihoods import LEVELS, Quantiles
from unrolled.models.likelihoods.link import link_residual, positive
from unrolled.nn import TORCH

QUANTILES = Quantiles()
NO, YES = np.array(False), np.array(True)


def pinball(levels, quantiles, y):
    return np.mean([max(level * (y - q), (level - 1) * (y - q)) for level, q in zip(levels, quantiles, strict=True)])


@pytest.mark.parametrize("nonnegative", [False, True])
@pytest.mark.parametrize("y", [0.0, 3.0, 50.0])
def test_the_loss_is_twice_the_mean_pinball_loss_in_scales(y, nonnegative):
    raw = np.random.default_rng(0).normal(size=13)
    centre, scale, flag = np.array(4.0), np.array(2.0), np.array(nonnegative)
    quantiles = QUANTILES.quantiles(raw, centre, scale, LEVELS, flag)
    found = QUANTILES.loss(NUMPY, raw, centre, scale, np.array(y), NO, flag)
    assert found == pytest.approx(2 * pinball(LEVELS, quantiles, y) / 2.0)
    cut = QUANTILES.loss(NUMPY, raw, centre, scale, np.array(y), YES, flag)
    assert cut == pytest.approx(2 * pinball(LEVELS, np.minimum(quantiles, y), y) / 2.0)


def test_the_loss_of_a_normal_is_about_its_crps():
    levels = tuple(np.arange(1, 100) / 100)
    dense = Quantiles(levels)
    found = dense.loss(NUMPY, dense.start(), np.array(0.0), np.array(1.0), np.array(0.7), NO, NO)
    crps = 0.7 * (2 * stats.norm.cdf(0.7) - 1) + 2 * stats.norm.pdf(0.7) - np.pi**-0.5
    assert found == pytest.approx(crps, rel=0.02)


def test_the_start_is_a_standard_normal():
    found = QUANTILES.quantiles(QUANTILES.start(), 0.0, 1.0, LEVELS, False)
    np.testing.assert_allclose(found, stats.norm.ppf(LEVELS), atol=1e-12)


def test_what_is_nonnegative_is_so_by_a_smooth_function():
    v = torch.tensor([-1e15, -30.0, -1.0, -1e-3, 0.0, 1e-3, 1.0, 1e15], dtype=torch.float64, requires_grad=True)
    y = positive(TORCH, v)
    assert (y > 0).all()
    assert (y.diff() > 0).all()
    assert y[4] == 0.05
    np.testing.assert_allclose(y[5:].detach(), [0.0505, 1.0025, 1e15], rtol=1e-4)
    y.sum().backward()
    assert ((v.grad > 0) & (v.grad <= 1)).all()
    assert v.grad[4] == 0.5, "the median of a series of zeros can be learnt"


def test_large_numbers_close_to_each_other_lose_nothing():
    centre, y, scale = np.float32(16_000_000), np.float32(16_000_002), np.float32(2)
    found = link_residual(NUMPY, np.float32(0.25), centre / scale, (y - centre) / scale, y / scale)
    assert found == np.float32(0.75)


@pytest.mark.parametrize("levels", [(0.1, 0.9), (0.5,), (0.5, 0.9), (0.9, 0.5, 0.1)], ids=str)
def test_levels_without_a_median_between_are_refused(levels):
    with pytest.raises(InputError, match="the levels are"):
        Quantiles(levels)
