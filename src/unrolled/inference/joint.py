"""Joint sample paths of the next periods from their quantiles and the errors of past windows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.models.likelihoods.interpolation import between_levels

__all__ = ["joint_paths", "paths_in_order_of"]

Floats = NDArray[np.float64]
Ranks = NDArray[np.intp]

_ENOUGH = 30  # windows whose ranks say more than one correlation does
_DOUBT = 10.0  # pairs of neighbouring errors with which their correlation counts half
_MOST_CORRELATED = 0.98


def joint_paths(
    quantiles: Floats,
    levels: Sequence[float],
    templates: Floats,
    n_paths: int,
    rng: np.random.Generator,
    nonnegative: NDArray[np.bool_] | None = None,
) -> Floats:
    """Quantiles (N, H, Q) at rising levels → paths (N, P, H) that go up and down together as errors did.

    Each period's P values are its quantiles at (i + 1/2) / P, and only their order over the paths is drawn: that of the
    errors ``templates`` (R, H) of past windows, of one series or of a panel, in any scale (the Schaake shuffle, Clark
    et al. 2004). With fewer than 30 windows without a NaN, it is that of a normal process in which neighbours correlate
    as neighbouring errors do; without any errors periods are independent. Series are drawn independently of each other.
    Series that are ``nonnegative`` (N,) have no value below 0. Raises InputError for shapes that do not fit.
    """
    series, horizon, _ = quantiles.shape
    if templates.ndim != 2 or templates.shape[1] != horizon:
        raise InputError(f"errors of past windows have the shape {templates.shape}; expected (R, {horizon})")
    if quantiles.shape[2] != len(levels):
        raise InputError(
            f"received quantiles {quantiles.shape} of {len(levels)} levels; expected (N, H, {len(levels)})"
        )
    if n_paths < 1:
        raise InputError(f"received {n_paths} paths; expected at least 1")
    weights = between_levels(levels, (np.arange(n_paths) + 0.5) / n_paths)
    complete = templates[np.isfinite(templates).all(1)]
    if len(complete) >= _ENOUGH:
        ranks = _ranks_of_windows(complete, n_paths, rng)
    else:
        ranks = _ranks_of_process(_correlation(templates), horizon, n_paths, rng)
    paths = np.empty((series, n_paths, horizon))
    for path, rising in zip(paths, quantiles, strict=True):
        own = ranks[rng.permutation(n_paths)]
        path[:] = np.take_along_axis(np.maximum.accumulate(rising @ weights, axis=1).T, own, axis=0)
    if nonnegative is not None:
        np.maximum(paths, 0, out=paths, where=nonnegative[:, None, None])
    return paths


def paths_in_order_of(
    samples: Floats,
    quantiles: Floats,
    levels: Sequence[float],
    rng: np.random.Generator,
    nonnegative: NDArray[np.bool_] | None = None,
) -> Floats:
    """Sampled paths (N, P, H) → the same with values as quantiles (N, H, Q) have them.

    Each period's P values are its quantiles at (i + 1/2) / P, in the order of the samples (ensemble copula coupling,
    Schefzik et al. 2013).
    """
    count = samples.shape[1]
    weights = between_levels(levels, (np.arange(count) + 0.5) / count)
    paths = np.empty_like(samples)
    for path, sample, rising in zip(paths, samples, quantiles, strict=True):
        values = np.maximum.accumulate(rising @ weights, axis=1).T
        path[:] = np.take_along_axis(values, _ranks(sample, rng), axis=0)
    if nonnegative is not None:
        np.maximum(paths, 0, out=paths, where=nonnegative[:, None, None])
    return paths


def _ranks(values: Floats, rng: np.random.Generator) -> Ranks:
    """The rank of each value (P, H) in its column; ties fall at random."""
    order = np.lexsort((rng.random(values.shape), values), axis=0)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(len(values))[:, None], axis=0)
    return ranks


def _ranks_of_windows(errors: Floats, n_paths: int, rng: np.random.Generator) -> Ranks:
    """Ranks (P, H) of windows drawn evenly: each as often as every other, or once more."""
    rounds = [rng.permutation(len(errors)) for _ in range(-(-n_paths // len(errors)))]
    return _ranks(errors[np.concatenate(rounds)[:n_paths]], rng)


def _ranks_of_process(correlation: float, horizon: int, n_paths: int, rng: np.random.Generator) -> Ranks:
    """Ranks (P, H) of a normal autoregressive process of order 1."""
    steps = rng.standard_normal((n_paths, horizon))
    for t in range(1, horizon):
        steps[:, t] = correlation * steps[:, t - 1] + np.sqrt(1 - correlation**2) * steps[:, t]
    return _ranks(steps, rng)


def _correlation(errors: Floats) -> float:
    """Of neighbouring errors (R, H) that are known, drawn toward 0 where there are few, and never below it."""
    before, after = errors[:, :-1], errors[:, 1:]
    known = np.isfinite(before) & np.isfinite(after)
    before, after = before[known], after[known]
    size = np.sqrt((before @ before) * (after @ after))
    if size == 0:
        return 0.0
    return float(np.clip((before @ after) / size * len(before) / (len(before) + _DOUBT), 0, _MOST_CORRELATED))
