"""Fitting a bank of exponential smoothing by a grid over all series at once."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from unrolled.smoothing.bank import Bank
from unrolled.smoothing.grid import Candidates, Found, Windows, search
from unrolled.smoothing.profiles import filled, profiles, repeated, slopes
from unrolled.smoothing.state import Flags, Floats, Whole

__all__ = ["fit_bank"]

BLOCK = 400_000
"""So many numbers an array of a grid has at most: what a block of series needs stays in tens of megabytes."""
WINDOWS = 6
SPARSE = 0.3
"""From this share of zeros on a series is sparse: smoothed by its level alone, slowly."""
SHARE_OF_SLOPE = 0.5
"""Theta's: half of the slope of the straight line (Assimakopoulos and Nikolopoulos 2000)."""


def fit_bank(y: Floats, offsets: Whole, cut: Flags, seasons: tuple[int, ...], horizon: int) -> Bank:
    """The bank whose forecasts up to ``horizon`` periods ahead had the least error on the series' own past.

    ``y`` (T,): the values of N series one after another, NaN where missing; ``offsets`` (N + 1,): where each begins;
    ``cut`` (T,): whether a value was cut by what was available. ``seasons``: lengths in periods, (24, 168) for hours;
    those of one period are none.
    """
    seasons = tuple(length for length in seasons if length > 1)
    lengths = np.diff(offsets)
    bank = _empty(len(lengths), seasons)
    order = np.argsort(-lengths, kind="stable")
    order = order[lengths[order] > 0]
    for index in _blocks(order, lengths, seasons):
        _fit_block(bank, index, y, offsets, cut, horizon)
    return bank


def _empty(count: int, seasons: tuple[int, ...]) -> Bank:
    """A bank of series without values: their level is 0."""

    def full(value: float, *shape: int) -> Floats:
        return np.full((count, *shape), value)

    return Bank(
        full(0.3, 2),
        full(0.0, 2),
        full(0.0, 2, len(seasons)),
        full(1.0, 2),
        full(0.5, 2),
        full(0.0, 2),
        full(0.0, 2),
        full(0.0, sum(seasons)),
        np.zeros(count, dtype=np.bool_),
        full(1.0),
        full(1.0),
        np.array(seasons, dtype=np.int64),
    )


def _grids(seasons: tuple[int, ...]) -> tuple[Candidates, Candidates]:
    """The candidates of the two members: a level with a constant drift, and a level with a damped trend."""
    gammas = (
        list(product(*({1: (0.0, 0.05, 0.1, 0.2), 2: (0.0, 0.1, 0.3)}[len(seasons)] for _ in seasons)))
        if seasons
        else [()]
    )
    alphas = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95)
    drift = [(a, 0.0, 1.0, *g) for a, g in product(alphas, gammas)]
    damped = [
        (a, a * share, phi, *g) for a, phi, share, g in product(alphas[1::2], (0.8, 0.9, 0.95), (0.0, 0.1, 0.3), gammas)
    ]
    fading = [
        (a, -a * share * (1 - phi) / phi, phi, *g)
        for a, phi, share, g in product(alphas[1::2], (0.8, 0.95), (0.5, 0.9), gammas)
    ]
    return _candidates(drift), _candidates(damped + fading)


def _candidates(rows: list[tuple[float, ...]]) -> Candidates:
    table = np.array(rows)
    return Candidates(table[:, 0], table[:, 1], table[:, 2], table[:, 3:])


def _blocks(order: Whole, lengths: Whole, seasons: tuple[int, ...]) -> Iterator[Whole]:
    """Series of similar length in blocks whose grids fit in memory."""
    candidates = max(len(c.alpha) for c in _grids(seasons))
    size = max(1, BLOCK // candidates)
    for start in range(0, len(order), size):
        yield order[start : start + size]


class _Block(NamedTuple):
    """Some series side by side (T, n), the longest first, as they are fitted: in z and divided by ``scale``."""

    z: Floats
    lengths: Whole
    shapes: list[Floats]
    sparse: Flags
    log: Flags
    floor: Floats
    scale: Floats


def _block(y: Floats, begins: Whole, lengths: Whole, cut: Flags, seasons: tuple[int, ...]) -> _Block:
    """The series that begin at ``begins``, gaps filled and the seasons' shapes found."""
    t = np.arange(lengths.max())[:, None]
    within = t < lengths
    at = np.where(within, begins + t, begins)
    values = y[at]
    seen = within & ~np.isnan(values)
    values = np.where(seen, values, 0.0)
    count = np.maximum(seen.sum(axis=0), 1)
    sparse = (seen & (values == 0)).sum(axis=0) > SPARSE * count
    least = np.where(seen, values, np.inf).min(axis=0)
    size = np.abs(values).sum(axis=0) / count
    log = (least > 0) & (least > size / 1000) & np.isfinite(least)
    scale = np.where(log | (size == 0), 1.0, size)
    z = np.where(log, np.log(np.where(seen & log, values, 1.0)), values / scale)
    bound = np.where(seen & cut[at], z, -np.inf)
    known = seen & ~cut[at]
    known = np.where(known.any(axis=0), known, seen)
    shapes = [shape * ~sparse for shape in profiles(z, known, lengths, seasons)]
    z = np.where(within, filled(z, known, bound, shapes), 0.0)
    return _Block(z, lengths, shapes, sparse, log, np.where(log, least / 2, 1.0), scale)


def _fit_block(bank: Bank, index: Whole, y: Floats, offsets: Whole, cut: Flags, horizon: int) -> None:
    """Write the parameters of some series, the longest first, into the bank."""
    seasons = bank.lengths
    block = _block(y, offsets[index], np.diff(offsets)[index], cut, seasons)
    adjusted = block.z - sum((repeated(shape, len(block.z)) for shape in block.shapes), np.zeros_like(block.z))
    drift = np.where(block.sparse, 0.0, SHARE_OF_SLOPE * slopes(adjusted, block.lengths))
    windows = _windows(block.lengths, seasons, horizon)
    columns = np.arange(len(index))
    for member, candidates in enumerate(_grids(seasons)):
        found = search(block.z, block.lengths, block.shapes, candidates, drift if member == 0 else None, windows)
        best = _criterion(found, candidates, block, windows).argmin(axis=0)
        for name in ("alpha", "beta", "phi", "gamma"):
            getattr(bank, name)[index, member] = getattr(candidates, name)[best]
        bank.level[index, member] = found.level[best, columns] * block.scale
        bank.trend[index, member] = found.trend[best, columns] * block.scale
        error = np.sqrt(found.one[best, columns])
    bank.season[index] = np.concatenate([*block.shapes, np.empty((0, len(index)))]).T * block.scale[:, None]
    bank.log[index], bank.floor[index] = block.log, block.floor
    mean = block.z.sum(axis=0) / block.lengths
    size = np.where(block.log, np.exp(np.minimum(mean, 690)), block.scale)
    bank.spread[index] = np.maximum(error, 1e-3) * size
    for name in ("alpha", "beta", "phi", "gamma", "level", "trend"):  # a sparse series has the level alone
        values = getattr(bank, name)
        values[index[block.sparse], 1] = values[index[block.sparse], 0]


def _windows(lengths: Whole, seasons: tuple[int, ...], horizon: int) -> Windows:
    """The last windows of each series, in its second half and after two cycles of each season."""
    earliest = np.maximum(lengths // 2, 2 * max(seasons, default=1))
    times = lengths - 1 - horizon * np.arange(1, WINDOWS + 1)[:, None]
    return Windows(np.where(times >= earliest, times, -1), horizon)


def _criterion(found: Found, candidates: Candidates, block: _Block, windows: Windows) -> Floats:
    """What is least for the best candidate (C, n): the logarithm of the mean squares, one and several steps ahead."""
    share = 0.5 * np.minimum(windows.counts / WINDOWS, 1)
    least = 1e-12
    value = (1 - share) * np.log(found.one + least) + share * np.log(np.where(share > 0, found.several, 1.0) + least)
    parameters = 2.0 * (candidates.beta != 0) + 2.0 * (candidates.gamma > 0).sum(axis=1)
    value = value + parameters[:, None] / block.lengths
    smooth = (candidates.alpha <= 0.2) & (candidates.beta == 0) & (candidates.gamma == 0).all(axis=1)
    return np.where(block.sparse & ~smooth[:, None], np.inf, value)
