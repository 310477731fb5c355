"""What a grid begins from: series side by side with gaps filled, the shapes of their seasons and their slopes.

Arrays are (T, n): n series from their first value on, the longest first; nothing past a series' length is read.
"""

from collections.abc import Sequence

import numpy as np

from unrolled.smoothing.state import Flags, Floats, Whole

__all__ = ["filled", "profiles", "repeated", "slopes"]


def repeated(profile: Floats, periods: int) -> Floats:
    """A season's profile (m, n) → (periods, n)."""
    return profile[np.arange(periods) % len(profile)]


def profiles(z: Floats, seen: Flags, lengths: Whole, seasons: Sequence[int]) -> list[Floats]:
    """The mean shape (m, n) of each season, in turn: of what the shorter ones left over.

    Each is a mean over cycles of what stands above the moving average of one cycle, shrunk towards 0 by the share of
    its variance that noise alone explains, and 0 where there are less than two cycles.
    """
    shapes = []
    for m in seasons:
        above = np.where(seen, z - _moving_average(z, seen, m), 0.0)
        cycles = -(-len(z) // m)
        padded, counted = np.zeros((cycles * m, z.shape[1])), np.zeros((cycles * m, z.shape[1]))
        padded[: len(z)], counted[: len(z)] = above, seen
        counts = counted.reshape(cycles, m, -1).sum(axis=0)
        shape = padded.reshape(cycles, m, -1).sum(axis=0) / np.maximum(counts, 1)
        shape -= shape.mean(axis=0)
        rest = np.where(seen, above - repeated(shape, len(z)), 0.0)
        noise = (rest * rest).sum(axis=0) / np.maximum(seen.sum(axis=0) - m, 1)
        variance = (shape * shape).sum(axis=0) / (m - 1)
        kept = np.clip(1 - noise / np.maximum(lengths / m, 1) / np.maximum(variance, 1e-300), 0, 1)
        shape *= np.where(counts.min(axis=0) >= 2, kept, 0.0)
        shapes.append(shape)
        z = z - repeated(shape, len(z))
    return shapes


def _moving_average(z: Floats, seen: Flags, m: int) -> Floats:
    """The mean of the seen values among the m around each, fewer near the ends."""
    periods, n = z.shape
    totals, counts = np.zeros((periods + 1, n)), np.zeros((periods + 1, n))
    np.cumsum(np.where(seen, z, 0.0), axis=0, out=totals[1:])
    np.cumsum(seen, axis=0, out=counts[1:])
    t = np.arange(periods)
    low, high = np.maximum(t - m // 2, 0), np.minimum(t - m // 2 + m, periods)
    count = counts[high] - counts[low]
    average: Floats = (totals[high] - totals[low]) / np.maximum(count, 1)
    return average


def filled(z: Floats, seen: Flags, least: Floats, shapes: Sequence[Floats]) -> Floats:
    """z with its gaps filled along straight lines between the seen values' seasonally adjusted neighbours.

    ``least`` (T, n): what a filled value must reach at least, −∞ where there is no such bound.
    """
    season = sum((repeated(shape, len(z)) for shape in shapes), np.zeros_like(z))
    adjusted, t = z - season, np.arange(len(z))
    for i in np.flatnonzero(~seen.all(axis=0) & seen.any(axis=0)):
        known = seen[:, i]
        adjusted[~known, i] = np.interp(t[~known], t[known], adjusted[known, i])
    return np.maximum(adjusted + season, least)


def slopes(z: Floats, lengths: Whole) -> Floats:
    """The slope of the straight line through each series (n,), 0 where it has less than three values."""
    within = np.arange(len(z))[:, None] < lengths
    t = np.where(within, np.arange(len(z))[:, None] - (lengths - 1) / 2, 0.0)
    total = (t * t).sum(axis=0)
    return np.where(lengths > 2, (t * np.where(within, z, 0.0)).sum(axis=0) / np.maximum(total, 1), 0.0)
