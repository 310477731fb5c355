import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from unrolled.arrays import NUMPY
from unrolled.models.likelihoods import Normal, StudentT
from unrolled.models.likelihoods.special import (
    gamma_ratio,
    log_normal_survival,
    log_student_survival,
    softplus,
    stirling_error,
)
from unrolled.nn import TORCH

NO, YES = np.array(False), np.array(True)


def spread_of(raw):
    return math.log1p(math.exp(raw)) + 1e-3


def law(likelihood, raw):
    """The distribution of y / scale around the centre, by scipy."""
    if isinstance(likelihood, Normal):
        return stats.norm(raw[0], spread_of(raw[1]))
    return stats.t(2.1 + 6 * math.log1p(math.exp(raw[2])), raw[0], spread_of(raw[1]))


EACH = pytest.mark.parametrize(
    ("likelihood", "raw"),
    [
        (Normal(), np.array([0.3, -0.5])),
        (StudentT(), np.array([0.3, -0.5, -1.0])),
        (StudentT(), np.array([-1, 1, 2.0])),
    ],
    ids=["normal", "student of 4", "student of 15"],
)


@EACH
@pytest.mark.parametrize("y", [-40.0, 3.0, 6.0, 8.5, 100.0])
def test_losses_are_those_of_the_distribution(likelihood, raw, y):
    centre, scale, exact = np.array(6.0), np.array(2.0), law(likelihood, raw)
    at = (y - 6) / 2
    plain = likelihood.loss(NUMPY, raw, centre, scale, np.array(y), NO, NO)
    assert plain == pytest.approx(-exact.logpdf(at), rel=1e-6)
    cut = likelihood.loss(NUMPY, raw, centre, scale, np.array(y), YES, NO)
    assert cut == pytest.approx(-exact.logsf(at), rel=1e-3, abs=1e-6)
    if 0 < y < 50:
        integral = integrate.quad(lambda t: math.exp(exact.logpdf(t)), at, np.inf)[0]
        assert cut == pytest.approx(-math.log(integral), rel=1e-3, abs=1e-6)


@EACH
def test_below_zero_counts_as_zero_where_nonnegative(likelihood, raw):
    centre, scale, exact = np.array(1.0), np.array(2.0), law(likelihood, raw)
    at_zero = likelihood.loss(NUMPY, raw, centre, scale, np.array(0.0), NO, YES)
    assert at_zero == pytest.approx(-exact.logcdf(-0.5), rel=1e-3)
    assert likelihood.loss(NUMPY, raw, centre, scale, np.array(0.0), YES, YES) == 0
    found = likelihood.quantiles(raw, centre, scale, (0.05, 0.5, 0.9), YES)
    np.testing.assert_allclose(found, np.maximum(1 + 2 * exact.ppf((0.05, 0.5, 0.9)), 0), atol=2e-3)
    mean = integrate.quad(lambda q: max(1 + 2 * exact.ppf(q), 0), 0, 1, limit=200)[0]
    assert likelihood.mean(raw, centre, scale, YES) == pytest.approx(mean, rel=1e-3)
    assert likelihood.mean(raw, centre, scale, NO) == 1 + 2 * raw[0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_normal_tail_is_exact_and_smooth(dtype):
    z = torch.tensor([-30.0, -2.0, 0.0, 1.0, 6.0, 40.0, 1e4, 1e9], dtype=dtype, requires_grad=True)
    found = log_normal_survival(TORCH, z)
    expected = stats.norm.logsf(z.detach().numpy().astype(float))
    np.testing.assert_allclose(found.detach(), expected, rtol=3e-7, atol=2e-7)
    found.sum().backward()
    hazard = np.exp(stats.norm.logpdf(z.detach()) - stats.norm.logsf(z.detach()))
    np.testing.assert_allclose(-z.grad[:6], hazard[:6], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(-z.grad[6:], [1e4, 1e9], rtol=1e-4)


@pytest.mark.parametrize("degrees", [2.1, 4.0, 15.0, 200.0])
def test_the_student_tail_is_exact(degrees):
    z = np.concatenate([np.linspace(-9, 9, 181), [30.0, 100.0]])
    found = log_student_survival(NUMPY, z, np.full_like(z, degrees))
    np.testing.assert_allclose(found, stats.t.logsf(z, degrees), atol=2e-4)


def test_gamma_functions():
    x = np.exp(np.linspace(-12, 20, 60))
    lgamma = np.array([math.lgamma(v + 1) for v in x])
    parts = (x + 0.5) * np.log(x) - x + 0.5 * math.log(2 * math.pi)
    small = x < 1e4
    np.testing.assert_allclose(stirling_error(NUMPY, x)[small], (lgamma - parts)[small], atol=1e-9)
    np.testing.assert_allclose(stirling_error(NUMPY, x)[~small], 1 / (12 * x[~small]), rtol=1e-6)
    ratio = [math.lgamma(v + 0.5) - math.lgamma(v) - 0.5 * math.log(v) for v in x[small]]
    np.testing.assert_allclose(gamma_ratio(NUMPY, x)[small], ratio, atol=1e-9)
    assert softplus(NUMPY, np.array([-1e4, 0.0, 1e4])).tolist() == [0, math.log(2), 1e4]
