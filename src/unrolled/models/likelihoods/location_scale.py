"""Normal and Student's t around centre + scale · raw[0]; where data are nonnegative, what is below 0 counts as 0.

So a nonnegative target is 0 with a probability of its own, and its quantile is the larger of the plain one and 0 (the
model of Tobin 1958). Losses are nats of the density of y / scale.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from unrolled.arrays import NUMPY, Array, Namespace
from unrolled.models.likelihoods.base import Floats
from unrolled.models.likelihoods.interpolation import checked_levels, normal_scores
from unrolled.models.likelihoods.special import gamma_ratio, log_normal_survival, log_student_survival, softplus

__all__ = ["Normal", "StudentT"]

_ONE = math.log(math.e - 1)  # softplus of this is 1
_FARTHEST = 1e6  # scales from the centre, beyond which a target counts as this far
_LEAST_SPREAD = 1e-3  # in scales
_DEGREES = 2.1, 6.0, 200.0  # least, the unit in which they are learnt, most


def _spread(xp: Namespace, raw: Array) -> Array:
    return softplus(xp, raw[..., 1]) + _LEAST_SPREAD


def _degrees(xp: Namespace, raw: Array) -> Array:
    least, unit, most = _DEGREES
    return xp.clip(least + unit * softplus(xp, raw[..., 2]), least, most)


def _loss(
    xp: Namespace,
    z: Array,
    log_density: Array,
    log_survival: Callable[[Array], Array],
    at_zero: Array,
    cut: Array,
) -> Array:
    """Minus the log-likelihood of targets z spreads from the location; ``at_zero``: all below counts as this one."""
    if not bool((cut | at_zero).any()):
        return -log_density
    beyond = -log_survival(xp.where(cut, z, -z))  # a target at 0 that was cut says nothing
    beyond = xp.where(cut & at_zero, xp.zeros(beyond.shape, beyond), beyond)
    return xp.where(cut | at_zero, beyond, -log_density)


@dataclass(frozen=True)
class Normal:
    """raw: location and spread (by a softplus), both in scales."""

    @property
    def parameters(self) -> int:
        """Two."""
        return 2

    def start(self) -> Floats:
        """Centre and a spread of one scale."""
        return np.array([0.0, _ONE])

    def loss(
        self, xp: Namespace, raw: Array, centre: Array, scale: Array, y: Array, cut: Array, nonnegative: Array
    ) -> Array:
        """Minus the log-likelihood."""
        spread = _spread(xp, raw)
        z = (xp.clip((y - centre) / scale, -_FARTHEST, _FARTHEST) - raw[..., 0]) / spread
        log_density = -0.5 * z * z - 0.5 * math.log(2 * math.pi) - xp.log(spread)
        return _loss(xp, z, log_density, lambda at: log_normal_survival(xp, at), nonnegative & (y <= 0), cut)

    def quantiles(self, raw: Array, centre: Array, scale: Array, levels: Sequence[float], nonnegative: Array) -> Floats:
        """Location + spread · score, at least 0 where nonnegative."""
        scores = normal_scores(checked_levels(levels))
        return _placed(raw, centre, scale, np.broadcast_to(scores, (*np.shape(raw)[:-1], len(scores))), nonnegative)

    def mean(self, raw: Array, centre: Array, scale: Array, nonnegative: Array) -> Floats:
        """The location, or where nonnegative that of the larger of the target and 0."""
        spread, zero = _standard_zero(raw, centre, scale)
        density = np.exp(-0.5 * zero * zero) / math.sqrt(2 * math.pi)
        excess = density - zero * np.exp(log_normal_survival(NUMPY, zero))
        return _rectified_mean(raw, centre, scale, spread * excess, nonnegative)

    def sample(
        self, raw: Array, centre: Array, scale: Array, nonnegative: Array, rng: np.random.Generator, n: int
    ) -> Floats:
        """Independent samples."""
        return _placed(raw, centre, scale, rng.standard_normal((*np.shape(raw)[:-1], n)), nonnegative)


@dataclass(frozen=True)
class StudentT:
    """raw: location, spread, and degrees of freedom above 2 (by a softplus), so that outliers cost less."""

    @property
    def parameters(self) -> int:
        """Three."""
        return 3

    def start(self) -> Floats:
        """Centre, a spread of one scale, about eight degrees of freedom."""
        return np.array([0.0, _ONE, _ONE])

    def loss(
        self, xp: Namespace, raw: Array, centre: Array, scale: Array, y: Array, cut: Array, nonnegative: Array
    ) -> Array:
        """Minus the log-likelihood."""
        spread, degrees = _spread(xp, raw), _degrees(xp, raw)
        z = (xp.clip((y - centre) / scale, -_FARTHEST, _FARTHEST) - raw[..., 0]) / spread
        log_density = (
            gamma_ratio(xp, degrees / 2)
            - 0.5 * math.log(2 * math.pi)
            - 0.5 * (degrees + 1) * xp.log1p(z * z / degrees)
            - xp.log(spread)
        )
        return _loss(xp, z, log_density, lambda at: log_student_survival(xp, at, degrees), nonnegative & (y <= 0), cut)

    def quantiles(self, raw: Array, centre: Array, scale: Array, levels: Sequence[float], nonnegative: Array) -> Floats:
        """Location + spread · Student's quantile, within 1e-3 of a spread; at least 0 where nonnegative."""
        table = _student_table(tuple(checked_levels(levels).tolist()))
        at = 1 / _degrees(NUMPY, np.asarray(raw, np.float64))
        place = (at - _INVERSE[0]) / (_INVERSE[1] - _INVERSE[0])
        left = np.clip(place.astype(int), 0, len(_INVERSE) - 2)
        share = (place - left)[..., None]
        return _placed(raw, centre, scale, table[left] * (1 - share) + table[left + 1] * share, nonnegative)

    def mean(self, raw: Array, centre: Array, scale: Array, nonnegative: Array) -> Floats:
        """The location, or where nonnegative that of the larger of the target and 0."""
        spread, zero = _standard_zero(raw, centre, scale)
        degrees = _degrees(NUMPY, np.asarray(raw, np.float64))
        power = 0.5 * (degrees + 1) * np.log1p(zero * zero / degrees)
        density = np.exp(gamma_ratio(NUMPY, degrees / 2) - power) / math.sqrt(2 * math.pi)
        tail = np.exp(log_student_survival(NUMPY, zero, degrees))
        excess = (degrees + zero * zero) / (degrees - 1) * density - zero * tail
        return _rectified_mean(raw, centre, scale, spread * excess, nonnegative)

    def sample(
        self, raw: Array, centre: Array, scale: Array, nonnegative: Array, rng: np.random.Generator, n: int
    ) -> Floats:
        """Independent samples."""
        degrees = _degrees(NUMPY, np.asarray(raw, np.float64))[..., None]
        return _placed(raw, centre, scale, rng.standard_t(degrees, (*degrees.shape[:-1], n)), nonnegative)


def _placed(raw: Array, centre: Array, scale: Array, standard: Floats, nonnegative: Array) -> Floats:
    """Standard values (..., Q) → centre + scale · (location + spread · value), at least 0 where nonnegative."""
    raw = np.asarray(raw, np.float64)
    centre, scale = np.asarray(centre, np.float64)[..., None], np.asarray(scale, np.float64)[..., None]
    values: Floats = centre + scale * (raw[..., :1] + _spread(NUMPY, raw)[..., None] * standard)
    return np.where(np.asarray(nonnegative)[..., None], np.maximum(values, 0), values)


def _standard_zero(raw: Array, centre: Array, scale: Array) -> tuple[Floats, Floats]:
    """The spread in the data's units, and how many of it 0 lies above the location, in bounds that square well."""
    raw = np.asarray(raw, np.float64)
    scale = np.asarray(scale, np.float64)
    spread = _spread(NUMPY, raw) * scale
    return spread, np.clip(-(np.asarray(centre, np.float64) + scale * raw[..., 0]) / spread, -1e12, 1e12)


def _rectified_mean(raw: Array, centre: Array, scale: Array, above: Floats, nonnegative: Array) -> Floats:
    """The location, or where nonnegative ``above``, the expectation of what is above 0."""
    location = np.asarray(centre, np.float64) + np.asarray(scale, np.float64) * np.asarray(raw, np.float64)[..., 0]
    return np.where(nonnegative, np.maximum(above, np.maximum(location, 0)), location)


_INVERSE = np.linspace(1 / _DEGREES[2], 1 / _DEGREES[0], 257)  # of the degrees of freedom, along which a table is even


@lru_cache(maxsize=64)
def _student_table(levels: tuple[float, ...]) -> Floats:
    """Student's quantiles (257, Q) by bisection of the logarithm of the survival function."""
    tails = np.log(np.minimum(levels, 1 - np.array(levels)))
    low, high = np.zeros((len(_INVERSE), len(levels))), np.full((len(_INVERSE), len(levels)), 1e6)
    degrees = np.broadcast_to(1 / _INVERSE[:, None], low.shape)
    for _ in range(60):
        middle = (low + high) / 2
        above = log_student_survival(NUMPY, middle, degrees) > tails
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(np.array(levels) < 0.5, -low, low)
