"""Quantiles that cannot cross: a median, and positive distances outward from it (as Park et al. 2022)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unrolled.arrays import NUMPY, Array, Namespace
from unrolled.errors import InputError
from unrolled.models.likelihoods.base import Floats
from unrolled.models.likelihoods.interpolation import at_scores, between_levels, checked_levels, normal_scores
from unrolled.models.likelihoods.link import link_residual, positive
from unrolled.models.likelihoods.special import softplus

__all__ = ["LEVELS", "Quantiles"]

LEVELS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975)
_ONE = math.log(math.e - 1)  # softplus of this is 1
_GRID = (np.arange(200) + 0.5) / 200  # levels whose quantiles' average is the mean


@dataclass(frozen=True)
class Quantiles:
    """The pinball loss of a target's quantiles at ``levels``, one of which is 0.5 (Koenker & Bassett 1978).

    In units of the scale from the centre the median is raw[0]; the numbers after it say, from the median outward, first
    up and then down, by how many times the distance that a standard normal has there the next quantile lies farther
    away (the softplus of the number). Where data are nonnegative, a smooth rising link takes every number above 0.
    """

    levels: tuple[float, ...] = LEVELS

    def __post_init__(self) -> None:
        checked_levels(self.levels)
        if 0.5 not in self.levels[1:-1]:
            raise InputError(
                f"the levels are {list(self.levels)}; expected 0.5, the median, among them and not at an end"
            )

    @property
    def parameters(self) -> int:
        """A number a level."""
        return len(self.levels)

    @property
    def _median(self) -> int:
        return self.levels.index(0.5)

    def _outward(self, values: Floats) -> Floats:
        """Values (Q,) by rising level → the median's, then up from it, then down from it."""
        return np.concatenate([values[self._median :], values[: self._median][::-1]])

    def start(self) -> Floats:
        """The quantiles of a normal distribution of one scale's spread."""
        return np.array([0.0] + [_ONE] * (self.parameters - 1))

    def _scaled(self, xp: Namespace, raw: Array) -> Array:
        """Raw (..., Q) → quantiles before any link (..., Q), in units of the scale from the centre, outward."""
        up = self.parameters - self._median - 1
        scores = abs(self._outward(normal_scores(np.array(self.levels))))
        gaps = xp.constant(np.concatenate([np.diff(scores[: up + 1]), np.diff(scores[up + 1 :], prepend=0.0)]), raw)
        median, steps = raw[..., :1], softplus(xp, raw[..., 1:]) * gaps
        return xp.concat([median, median + xp.cumsum(steps[..., :up]), median - xp.cumsum(steps[..., up:])])

    def loss(
        self, xp: Namespace, raw: Array, centre: Array, scale: Array, y: Array, cut: Array, nonnegative: Array
    ) -> Array:
        """Twice the mean pinball loss over the levels, in units of the scale: about the CRPS.

        Of a target that was cut a quantile above it costs nothing (Powell 1986).
        """
        centre, scale, y = centre[..., None], scale[..., None], y[..., None]
        quantiles = self._scaled(xp, raw)
        error = xp.where(
            nonnegative[..., None],
            link_residual(xp, quantiles, centre / scale, (y - centre) / scale, y / scale),
            (y - centre) / scale - quantiles,
        )
        error = xp.where(cut[..., None], xp.relu(error), error)
        levels = xp.constant(self._outward(np.array(self.levels)), raw)
        return 2 * (xp.relu(error) * levels + xp.relu(-error) * (1 - levels)).mean(-1)

    def quantiles(self, raw: Array, centre: Array, scale: Array, levels: Sequence[float], nonnegative: Array) -> Floats:
        """Raw (..., Q) → quantiles at any rising levels (..., P): interpolated, with exponential tails."""
        values = self._linked(self._rising(raw) @ between_levels(self.levels, levels), centre, scale, nonnegative)
        return np.maximum.accumulate(values, axis=-1)  # by rounding alone could neighbours cross

    def _rising(self, raw: Array) -> Floats:
        scaled, up = self._scaled(NUMPY, np.asarray(raw, np.float64)), self.parameters - self._median
        return np.concatenate([scaled[..., up:][..., ::-1], scaled[..., :up]], axis=-1)

    def _linked(self, scaled: Floats, centre: Array, scale: Array, nonnegative: Array) -> Floats:
        """Values (..., P) in scales from the centre, in the data's units."""
        centre, scale = (np.asarray(a, np.float64)[..., None] for a in (centre, scale))
        linked = positive(NUMPY, centre / scale + scaled) * scale
        values: Floats = np.where(np.asarray(nonnegative)[..., None], linked, centre + scale * scaled)
        return values

    def mean(self, raw: Array, centre: Array, scale: Array, nonnegative: Array) -> Floats:
        """The average of the quantile function."""
        average: Floats = self.quantiles(raw, centre, scale, _GRID.tolist(), nonnegative).mean(-1)
        return average

    def sample(
        self, raw: Array, centre: Array, scale: Array, nonnegative: Array, rng: np.random.Generator, n: int
    ) -> Floats:
        """The quantile function at random levels."""
        scores = rng.standard_normal((*np.shape(raw)[:-1], n))
        return self._linked(at_scores(self.levels, self._rising(raw), scores), centre, scale, nonnegative)
