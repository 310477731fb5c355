"""The search of a grid of parameters for many series at once.

A member's errors are linear in the level and trend that it begins with, and how they respond to either is the same for
all series. So one pass over the values gives, for each candidate, the sums from which the best beginning and its sum
of squares follow in closed form.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from unrolled.smoothing.blocks import Block
from unrolled.smoothing.state import Floats, Whole

__all__ = ["Candidates", "Found", "Windows", "search"]


FARTHEST = 25
"""Periods after which even a slowly damped trend has done its most."""


class Candidates(NamedTuple):
    """The parameters to try: ``alpha``, ``beta``, ``phi`` (C,), ``gamma`` (C, S)."""

    alpha: Floats
    beta: Floats
    phi: Floats
    gamma: Floats


class Found(NamedTuple):
    """For each candidate and series (C, n): mean squares one and several steps ahead, and where to begin."""

    one: Floats
    several: Floats
    level: Floats
    trend: Floats


class Windows(NamedTuple):
    """Where forecasts are tried: ``times`` (W, n), the period after which each is made, −1 for none."""

    times: Whole
    horizon: int

    def at(self, t: int) -> Whole:
        """The series that are forecast after period t."""
        return np.flatnonzero((self.times == t).any(axis=0))

    @property
    def counts(self) -> Whole:
        """How many windows each series has (n,)."""
        counts: Whole = np.sum(self.times >= 0, axis=0)
        return counts


class _Recursion:
    """All candidates over the values of all series, level and trend (C, n); see `unrolled.smoothing.bank`."""

    def __init__(self, candidates: Candidates, level: Floats, trend: Floats, shapes: Sequence[Floats]) -> None:
        self.alpha, self.beta, self.phi = (p[:, None] for p in candidates[:3])
        self.gamma = [gamma[:, None] for gamma in candidates.gamma.T]
        count = len(candidates.alpha)
        self.level, self.trend = np.tile(level, (count, 1)), np.tile(trend, (count, 1))
        self.rings = [
            np.repeat(shape[:, None], count if gamma.any() else 1, axis=1)  # one that never changes is shared
            for shape, gamma in zip(shapes, self.gamma, strict=True)
        ]

    def step(self, z: Floats, t: int) -> Floats:
        """The errors (C, k) at period t, of the first k series, whose values are z (k,)."""
        k = len(z)
        trend = self.phi * self.trend[:, :k]
        level = self.level[:, :k] + trend
        error = z - level
        for ring in self.rings:
            error -= ring[t % len(ring), :, :k]
        self.level[:, :k] = level + self.alpha * error
        self.trend[:, :k] = trend + self.beta * error
        for ring, gamma in zip(self.rings, self.gamma, strict=True):
            if ring.shape[1] == len(error) and gamma.any():
                ring[t % len(ring), :, :k] += gamma * error
        return error

    def ahead(self, t: int, horizon: int, columns: Whole) -> Floats:
        """The forecasts (H, C, k) of some series after period t."""
        damping = np.cumsum(np.cumprod(np.repeat(self.phi[None], horizon, axis=0), axis=0), axis=0)
        level = self.level[:, columns] + damping * self.trend[:, columns]
        for ring in self.rings:
            level += ring[(t + 1 + np.arange(horizon)) % len(ring)][:, :, columns]
        return level


class _Squares:
    """Sums of products of the errors with a given beginning and of the responses to its units: level's and trend's."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.errors, self.with_level, self.with_trend = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.levels, self.both, self.trends = np.zeros((3, *shape))
        self.count = np.zeros(shape[1])

    def add(self, columns: slice | Whole, error: Floats, unit: Floats) -> None:
        """Errors (T, C, k) or (C, k) of some series and responses (T, C, 2) or (C, 2): the sums with errors."""
        over = tuple(range(error.ndim - 2))
        for total, product in (
            (self.errors, error * error),
            (self.with_level, error * unit[..., :1]),
            (self.with_trend, error * unit[..., 1:]),
        ):
            total[:, columns] += product.sum(axis=over) if over else product
        self.count[columns] += error.shape[0] if over else 1

    def add_units(self, columns: slice | Whole, sums: Floats) -> None:
        """The sums (3, C) of `_products` for some series."""
        self.levels[:, columns] += sums[0, :, None]
        self.both[:, columns] += sums[1, :, None]
        self.trends[:, columns] += sums[2, :, None]

    def best(self, ridge: Floats, with_trend: bool) -> tuple[Floats, Floats]:
        """What to add to level and trend (C, n) so that the sum of squares is least."""
        if not with_trend:
            return -self.with_level / np.maximum(self.levels, 1e-300), np.zeros_like(self.errors)
        trends = self.trends * (1 + ridge) + 1e-300
        determinant = self.levels * trends - self.both * self.both
        determinant = np.where(determinant > 1e-12 * self.levels * trends, determinant, np.inf)
        level = (self.both * self.with_trend - self.with_level * trends) / determinant
        trend = (self.both * self.with_level - self.with_trend * self.levels) / determinant
        fallback = -self.with_level / np.maximum(self.levels, 1e-300)
        return np.where(np.isinf(determinant), fallback, level), trend

    def mean(self, level: Floats, trend: Floats) -> Floats:
        """The mean square with so much added to level and trend; 0 where nothing was summed."""
        linear = level * self.with_level + trend * self.with_trend
        squares = level * level * self.levels + 2 * level * trend * self.both + trend * trend * self.trends
        return np.maximum(self.errors + 2 * linear + squares, 0) / np.maximum(self.count, 1)


def search(block: Block, candidates: Candidates, drift: Floats | None, windows: Windows) -> Found:
    """Try all candidates on all series of a block.

    ``drift`` (n,): the trend to begin with; where None it is fitted, and shrunk towards 0 the more, the farther the
    horizon reaches beyond the values that it is fitted to.
    """
    z, lengths, shapes = block.z, block.lengths, block.shapes
    first = z[0] - sum((shape[0] for shape in shapes), np.zeros(z.shape[1]))
    given = np.zeros_like(first) if drift is None else drift
    series = _Recursion(candidates, first, given, shapes)
    unit = _Recursion(candidates, np.array([1.0, 0.0]), np.array([0.0, 1.0]), [np.zeros((len(s), 2)) for s in shapes])
    nothing, both = np.zeros(2), np.arange(2)
    one, several = _Squares(series.level.shape), _Squares(series.level.shape)
    going_on = np.searchsorted(-lengths, -np.arange(len(z)), side="left")
    so_far = np.zeros((3, len(candidates.alpha)))
    for t, k in enumerate(going_on):
        response = unit.step(nothing, t)
        one.add(slice(k), series.step(z[t, :k], t), response)
        so_far += _products(response)
        one.add_units(slice(going_on[t + 1] if t + 1 < len(z) else 0, k), so_far)  # of those that end here
        columns = windows.at(t)
        if len(columns):
            errors = z[t + 1 : t + 1 + windows.horizon, None, columns] - series.ahead(t, windows.horizon, columns)
            response = -unit.ahead(t, windows.horizon, both)
            several.add(columns, errors, response)
            several.add_units(columns, _products(response).sum(axis=1))
    reach = np.minimum(windows.horizon, FARTHEST) / lengths
    level, trend = one.best(1 / lengths + reach * reach, drift is None)
    return Found(one.mean(level, trend), several.mean(level, trend), level + first, trend + given)


def _products(unit: Floats) -> Floats:
    """Responses (..., 2) → (3, ...): level's squared, level's by trend's, trend's squared."""
    level, trend = unit[..., 0], unit[..., 1]
    return np.stack([level * level, level * trend, trend * trend])
