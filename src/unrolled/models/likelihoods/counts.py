"""Negative binomial counts with extra zeros, finite for whatever a network says and however large the counts are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from unrolled.arrays import NUMPY, Array, Namespace
from unrolled.models.likelihoods.base import Floats
from unrolled.models.likelihoods.interpolation import checked_levels
from unrolled.models.likelihoods.link import positive
from unrolled.models.likelihoods.special import softplus, stirling_error

__all__ = ["NegativeBinomial"]

_ZERO = 1e-3  # a target below it is 0
_CELLS = 48  # that the probabilities on one side of a count are summed in
_ROWS_AT_ONCE = 4096
_LOG_MEANS, _LOG_SHAPES = (-30.0, 35.0), (-20.0, 40.0)


class _Counts(NamedTuple):
    """A negative binomial distribution of mean μ and shape r: its variance is μ + μ² / r."""

    log_mean: Array
    log_shape: Array


def _counts(xp: Namespace, raw: Array, centre: Array, scale: Array) -> _Counts:
    """Mean: scale · link(centre / scale + raw[0]). Variance: the mean + scale² · softplus(raw[1])."""
    log_ratio = xp.log(positive(xp, centre / scale + raw[..., 0]))
    log_shape = 2 * log_ratio - xp.log(softplus(xp, raw[..., 1]) + 1e-6)
    return _Counts(xp.clip(xp.log(scale) + log_ratio, *_LOG_MEANS), xp.clip(log_shape, *_LOG_SHAPES))


def _deviance(xp: Namespace, x: Array, mean: Array, difference: Array) -> Array:
    """X log(x / mean) - difference, where difference = x - mean, exact where they are close (Loader 2000)."""
    v = difference / (x + mean)
    square = v * v
    series = 1 / 3 + square * (1 / 5 + square * (1 / 7 + square * (1 / 9 + square * (1 / 11))))
    near = difference * v + 2 * x * v * square * series
    return xp.where(square < 0.01, near, x * (xp.log(x) - xp.log(mean)) - difference)


def _log_probability(xp: Namespace, y: Array, law: _Counts) -> Array:
    """log P(Y = y), by gamma functions at counts that are not whole; in deviances, so that no large terms cancel.

    Γ(y + r) / (Γ(r) y!) p^r (1 - p)^y with p = r / (r + μ) is r / (r + y) times the probability of r successes among
    r + y, of which Loader 2000 gives the logarithm.
    """
    mean, shape = xp.exp(law.log_mean), xp.exp(law.log_shape)
    at_zero = -shape * xp.log1p(mean / shape)
    some = y >= _ZERO
    y = xp.where(some, y, 0 * y + 1)
    total, successes = shape + y, shape / (shape + mean)
    difference = (y - mean) * successes
    deviances = _deviance(xp, shape, total * successes, -difference) + _deviance(
        xp, y, total * (mean / (shape + mean)), difference
    )
    errors = stirling_error(xp, total) - stirling_error(xp, shape) - stirling_error(xp, y)
    scale = 0.5 * (law.log_shape - xp.log(total) - xp.log(y) - math.log(2 * math.pi))
    return xp.where(some, scale + errors - deviances, at_zero)


def _edges(xp: Namespace, span: Array) -> Array:
    """Distances (..., cells + 1) from 0 to ``span`` (...) or more: eight of 1, then ever larger where need be."""
    growth = xp.log(xp.clip(span / _CELLS, 1.0, math.inf)) / (_CELLS - 8)
    steps = np.arange(_CELLS + 1.0)
    larger = xp.constant(np.maximum(steps - 8, 0), span)
    return xp.constant(steps, span) * xp.exp(growth[..., None] * larger)


def _reach(xp: Namespace, law: _Counts) -> tuple[Array, Array, Array]:
    """The mode, a standard deviation, and how far it is from where the upper tail falls to its e-th part."""
    mean, length = xp.exp(law.log_mean), 1 + xp.exp(law.log_mean - law.log_shape)
    return xp.relu(mean - length + 1), mean**0.5 * length**0.5, length


def _log_survival(xp: Namespace, y: Array, law: _Counts) -> Array:
    """log P(Y ≥ y) for y above 0, within some hundredths: the sum over cells up from y, or below the mode down from it.

    A cell counts its width times the probability at its middle: exact where all have the width 1.
    """
    mode, deviation, length = _reach(xp, law)
    below = y < mode
    edges = _edges(xp, xp.where(below, y, 8 * deviation + 16 * length))
    edges = xp.where(below[..., None] & (edges > y[..., None]), y[..., None], edges)
    middles = (edges[..., 1:] + edges[..., :-1]) / 2
    at = y[..., None] - 0.5 + xp.where(below[..., None], -middles, middles)
    widths = xp.clip(edges[..., 1:] - edges[..., :-1], 1e-30, math.inf)
    each = _log_probability(xp, xp.relu(at), _Counts(*(part[..., None] for part in law))) + xp.log(widths)
    total = xp.clip(
        each[..., 0] - xp.log_softmax(each)[..., 0], -math.inf, -1e-6
    )  # the first term is about the largest
    return xp.where(below, xp.log1p(-xp.exp(total)), total)


@dataclass(frozen=True)
class NegativeBinomial:
    """raw: a correction of the mean in scales, the variance beyond the mean's in scales², the log odds of an extra 0.

    The mean goes through the link that keeps quantiles nonnegative; a softplus keeps the variance above 0.
    """

    @property
    def parameters(self) -> int:
        """Three."""
        return 3

    def start(self) -> Floats:
        """A mean at the centre, half a squared scale of variance beyond the mean's, hardly an extra 0."""
        return np.array([0.0, math.log(math.exp(0.5) - 1), -4.0])

    def loss(
        self, xp: Namespace, raw: Array, centre: Array, scale: Array, y: Array, cut: Array, nonnegative: Array
    ) -> Array:
        """Minus the log-probability; counts are never negative, whatever ``nonnegative`` says."""
        law = _counts(xp, raw, centre, scale)
        log_extra, log_count = xp.log_sigmoid(raw[..., 2]), xp.log_sigmoid(-raw[..., 2])
        zero = y < _ZERO
        log_some = log_count + _log_probability(xp, xp.relu(y), law)
        loss = xp.where(zero, -xp.logaddexp(log_extra, log_some), -log_some)
        chosen = cut & ~zero
        if bool(chosen.any()):  # their sums are long: for them alone
            beyond = _log_survival(xp, y[chosen], _Counts(*(part[chosen] for part in law)))
            place = chosen.reshape(-1).cumsum(0).reshape(chosen.shape) - 1  # its row of beyond; others take any
            loss = xp.where(chosen, -log_count - beyond[place], loss)
        return xp.where(cut & zero, 0 * loss, loss)

    def quantiles(self, raw: Array, centre: Array, scale: Array, levels: Sequence[float], nonnegative: Array) -> Floats:
        """The least whole numbers at or below which a count is with these probabilities; large ones within a hundredth
        of a level.
        """
        law, extra = _in_numpy(raw, centre, scale)
        shape = np.shape(extra)
        rows = [np.ravel(part) for part in (*law, extra)]
        found = np.empty((len(rows[0]), len(levels)))
        for start in range(0, len(found), _ROWS_AT_ONCE):
            log_mean, log_shape, zeros = (part[start : start + _ROWS_AT_ONCE] for part in rows)
            found[start : start + _ROWS_AT_ONCE] = _inverse(_Counts(log_mean, log_shape), zeros, checked_levels(levels))
        return found.reshape(*shape, len(levels))

    def mean(self, raw: Array, centre: Array, scale: Array, nonnegative: Array) -> Floats:
        """The share without an extra 0 times the mean."""
        law, extra = _in_numpy(raw, centre, scale)
        average: Floats = (1 - extra) * np.exp(law.log_mean)
        return average

    def sample(
        self, raw: Array, centre: Array, scale: Array, nonnegative: Array, rng: np.random.Generator, n: int
    ) -> Floats:
        """Poisson counts of gamma-distributed rates, with the extra zeros."""
        law, extra = _in_numpy(raw, centre, scale)
        size = (*np.shape(extra), n)
        rates = rng.gamma(np.exp(law.log_shape)[..., None], size=size) * np.exp(law.log_mean - law.log_shape)[..., None]
        counts = rng.poisson(np.minimum(rates, 1e18)).astype(np.float64)
        return np.where(rng.random(size) < extra[..., None], 0, counts)


def _in_numpy(raw: Array, centre: Array, scale: Array) -> tuple[_Counts, Floats]:
    """The distribution and the probability of an extra 0, in float64."""
    raw, centre, scale = (np.asarray(a, np.float64) for a in (raw, centre, scale))
    return _counts(NUMPY, raw, centre, scale), NUMPY.sigmoid(raw[..., 2])


def _inverse(law: _Counts, extra: Floats, levels: Floats) -> Floats:
    """Quantiles (N, Q) from the probabilities of cells on both sides of the mode."""
    mode, deviation, length = _reach(NUMPY, law)
    middle = np.floor(mode)[:, None] - 0.5
    up = _edges(NUMPY, 12 * deviation + 30 * length)
    down = np.minimum(_edges(NUMPY, np.minimum(mode, 12 * deviation)), middle + 0.5)
    edges = np.concatenate([middle - down[:, :0:-1], middle + up], axis=1)  # (N, 2 cells + 1)
    widths = np.diff(edges)
    centres = np.maximum(edges[:, 1:] - widths / 2, 0)
    weights = widths * np.exp(_log_probability(NUMPY, centres, _Counts(*(part[:, None] for part in law))))
    reached = np.cumsum(weights, axis=1)
    reached = np.concatenate([np.zeros((len(reached), 1)), reached / reached[:, -1:]], axis=1)
    found = np.empty((len(edges), len(levels)))
    rows = np.arange(len(edges))
    for q, level in enumerate(levels):
        wanted = np.clip((level - extra) / np.maximum(1 - extra, 1e-12), 0, 1)
        cell = np.clip((reached < wanted[:, None]).sum(1) - 1, 0, widths.shape[1] - 1)
        below, above = reached[rows, cell], reached[rows, cell + 1]
        share = np.clip((wanted - below) / np.maximum(above - below, 1e-30), 0, 1)
        found[:, q] = np.maximum(np.ceil(edges[rows, cell] + share * widths[rows, cell] - 0.5), 0)
    return found
