"""What every likelihood promises, whatever its family."""

import itertools

import numpy as np
import pytest
import torch

from unrolled.arrays import NUMPY
from unrolled.models.likelihoods import LIKELIHOODS
from unrolled.nn import TORCH

EACH = pytest.mark.parametrize("likelihood", LIKELIHOODS.values(), ids=LIKELIHOODS)
SCALES = (1e-6, 1.0, 1e3, 1e9)


def case(likelihood, seed=0, rows=40, spread=1.0):
    """Raw numbers, centres, scales, targets, cuts and signs of moderate size."""
    rng = np.random.default_rng(seed)
    raw = likelihood.start() + rng.normal(0, spread, (rows, likelihood.parameters))
    scale = np.exp(rng.normal(0, 2, rows))
    centre = scale * rng.uniform(0, 5, rows)
    y = np.maximum(centre + scale * rng.normal(0, 2, rows), 0)
    return raw, centre, scale, y, rng.random(rows) < 0.3, rng.random(rows) < 0.5


def of_torch(arrays, dtype=torch.float32):
    return [torch.from_numpy(a) if a.dtype == bool else torch.from_numpy(a).to(dtype) for a in arrays]


@EACH
def test_losses_and_gradients_are_finite_for_whatever_is(likelihood):
    raws = [likelihood.start(), np.zeros(likelihood.parameters), *(np.eye(likelihood.parameters) * 1e4)]
    raws += [np.full(likelihood.parameters, 1e4), np.full(likelihood.parameters, -1e4), *(-1e4 * np.eye(len(raws[0])))]
    values = [(s, k) for s in SCALES for k in (0.0, 1.0, 1e9)]
    targets = (0.0, 0.5, 7.0, 1e9)
    grid = list(itertools.product(raws, values, targets, (False, True), (False, True)))
    raw = torch.tensor(np.array([g[0] for g in grid]), dtype=torch.float32, requires_grad=True)
    scale = torch.tensor([g[1][0] for g in grid])
    centre = torch.tensor([g[1][1] for g in grid]).requires_grad_()
    y = torch.tensor([g[2] for g in grid])
    cut, nonnegative = torch.tensor([g[3] for g in grid]), torch.tensor([g[4] for g in grid])
    loss = likelihood.loss(TORCH, raw, centre, scale, y, cut, nonnegative)
    assert loss.dtype == torch.float32
    assert loss.isfinite().all()
    loss.mean().backward()
    assert raw.grad.isfinite().all()
    assert centre.grad.isfinite().all()
    with np.errstate(all="raise", under="ignore"):
        arrays = [t.detach().numpy() for t in (raw, centre, scale, y, cut, nonnegative)]
        np.testing.assert_allclose(likelihood.loss(NUMPY, *arrays), loss.detach().numpy(), rtol=1e-3, atol=1e-3)
        for function in (likelihood.mean, lambda *a: likelihood.quantiles(*a[:3], (0.001, 0.5, 0.999), a[3])):
            assert np.isfinite(function(*arrays[:3], arrays[5])).all()
        assert np.isfinite(likelihood.sample(*arrays[:3], arrays[5], np.random.default_rng(0), 1)).all()


@EACH
def test_numpy_and_torch_agree(likelihood):
    arrays = case(likelihood)
    exact = likelihood.loss(NUMPY, *arrays)
    np.testing.assert_allclose(likelihood.loss(TORCH, *of_torch(arrays, torch.float64)), exact, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(likelihood.loss(TORCH, *of_torch(arrays)), exact, rtol=1e-4, atol=1e-5)
    single = [a if a.dtype == bool else a.astype(np.float32) for a in arrays]
    found = likelihood.loss(NUMPY, *single)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, likelihood.loss(TORCH, *of_torch(arrays)), rtol=1e-5, atol=1e-5)


@EACH
def test_gradients_are_those_of_differences(likelihood):
    raw, *others = of_torch(case(likelihood, rows=6, spread=0.5), torch.float64)
    assert torch.autograd.gradcheck(lambda raw: likelihood.loss(TORCH, raw, *others), (raw.requires_grad_(),))


@EACH
def test_every_raw_number_counts(likelihood):
    raw, *others = of_torch(case(likelihood, rows=200))
    likelihood.loss(TORCH, raw.requires_grad_(), *others).mean().backward()
    assert (raw.grad.abs().max(0).values > 0).all()


@EACH
@pytest.mark.parametrize("spread", [0.5, 1e4])
def test_quantiles_rise_and_keep_above_zero(likelihood, spread):
    raw, centre, scale, *_, nonnegative = case(likelihood, spread=spread)
    levels = np.array([1e-4, 0.01, 0.025, 0.1, 0.33, 0.5, 0.77, 0.975, 0.999])
    quantiles = likelihood.quantiles(raw, centre, scale, levels, nonnegative)
    assert quantiles.shape == (40, 9)
    assert quantiles.dtype == np.float64
    assert (np.diff(quantiles, axis=-1) >= 0).all()
    assert (quantiles[nonnegative] >= 0).all()
    some = likelihood.quantiles(raw, centre, scale, levels[3:5], nonnegative)
    np.testing.assert_allclose(some, quantiles[:, 3:5])


@EACH
def test_samples_have_the_quantiles_and_the_mean(likelihood):
    raw, centre, scale, *_, nonnegative = case(likelihood, rows=30, spread=0.3)
    samples = likelihood.sample(raw, centre, scale, nonnegative, np.random.default_rng(1), 40_000)
    assert samples.shape == (30, 40_000)
    levels = (0.05, 0.25, 0.5, 0.8, 0.95)
    quantiles = likelihood.quantiles(raw, centre, scale, levels, nonnegative)
    for level, value in zip(levels, quantiles.T, strict=True):
        assert ((samples <= value[:, None]).mean(-1) > level - 0.012).all()
        assert ((samples < value[:, None]).mean(-1) < level + 0.012).all()
    error = samples.mean(-1) - likelihood.mean(raw, centre, scale, nonnegative)
    assert (abs(error) < 5 * samples.std(-1) / 200 + 1e-9).all()


@EACH
def test_the_start_is_the_centre_with_a_spread_of_one_scale(likelihood):
    raw = np.broadcast_to(likelihood.start(), (3, likelihood.parameters))
    centre, scale = np.array([20.0, 2e3, 5e6]), np.array([4.0, 3e2, 1e6])
    low, median, high = likelihood.quantiles(raw, centre, scale, (0.16, 0.5, 0.84), np.array([True] * 3)).T
    np.testing.assert_allclose(median, centre, atol=0.35 * scale[0], rtol=0.05)
    np.testing.assert_allclose((high - low) / 2 / scale, 1, atol=0.4)


@EACH
def test_learning_finds_the_median(likelihood):
    """Raw numbers alone, trained on targets of one distribution, find it."""
    y = np.random.default_rng(0).gamma(20, 2, 300).round()
    fixed = of_torch([np.full(300, 30.0), np.full(300, 5.0), y, np.zeros(300, bool), np.ones(300, bool)])
    raw = torch.tensor(likelihood.start(), dtype=torch.float32).requires_grad_()
    optimizer = torch.optim.LBFGS([raw], max_iter=20, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        total = likelihood.loss(TORCH, raw.expand(300, -1), *fixed).mean()
        total.backward()
        return total

    optimizer.step(loss)
    found = likelihood.quantiles(raw.detach().numpy(), 30.0, 5.0, (0.1, 0.5, 0.9), True)
    np.testing.assert_allclose(found, np.quantile(y, (0.1, 0.5, 0.9)), rtol=0.07)
