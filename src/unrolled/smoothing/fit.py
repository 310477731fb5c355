"""Fitting a bank of exponential smoothing by a grid over all series at once."""

import numpy as np

from unrolled.smoothing import candidates
from unrolled.smoothing.bank import Bank
from unrolled.smoothing.blocks import Block, Panel, blocked
from unrolled.smoothing.grid import Candidates, Found, Windows, search
from unrolled.smoothing.residuals import last_windows
from unrolled.smoothing.state import Flags, Floats, Whole

__all__ = ["fit_bank"]

BLOCK = 20_000
"""So many numbers an array of a grid has about: the arrays of one period then stay in the processor's cache."""
TOGETHER = 1_000_000
"""So many values are read at once to choose between values and logarithms."""
WINDOWS = 6
TRUSTED = 3
"""From more windows than these on, the errors several steps ahead count in the choice of parameters."""
PERIODS = 48
"""With a short horizon there are more windows, up to so many periods in all."""
SEVERAL = 0.8
"""The weight of the errors several steps ahead where there are all windows, beside those one step ahead."""
LEAST = 1e-12
"""Smaller mean squares are taken as equal: series have the size of 1 in a grid."""
LEAST_SPREAD = 1e-3
MEMBERS = 2
SHARPNESS = 2.0
"""A member's weight is the inverse of its mean square to this power."""
PARAMETERS = ("alpha", "beta", "phi", "gamma")


def fit_bank(y: Floats, offsets: Whole, cut: Flags, seasons: tuple[int, ...], horizon: int) -> Bank:
    """The bank whose forecasts up to ``horizon`` periods ahead had the least error on the series' own past.

    ``y`` (T,): the values of N series one after another, NaN where missing; ``offsets`` (N + 1,): where each begins;
    ``cut`` (T,): whether a value was cut by what was available. ``seasons``: lengths in periods, (24, 168) for hours;
    those of one period are none. Series of values above 0 are smoothed in logarithms, unless that made
    the larger relative errors in their last windows. Series without values begin at the median of the others' means.
    """
    seasons = tuple(length for length in seasons if length > 1)
    panel = Panel(y, offsets, cut)
    log = panel.positive()
    counts = _windows(np.diff(offsets), seasons, horizon).counts
    doubtful = np.flatnonzero(log & (counts > 0))
    for part in np.array_split(doubtful, 1 + len(y) // TOGETHER):
        log[part] = _better_in_logarithms(panel.some(part), seasons, horizon)
    return _fitted(panel, log, seasons, horizon, candidates.many(len(seasons)))


def _better_in_logarithms(panel: Panel, seasons: tuple[int, ...], horizon: int) -> Flags:
    """Whether logarithms make the smaller relative errors in the last windows, with few candidates tried (N,)."""
    errors = []
    for log in (True, False):
        flags = np.full(len(panel.offsets) - 1, log)
        bank = _fitted(panel, flags, seasons, horizon, candidates.few(len(seasons)))
        track, _ = bank.run(*panel)
        y, forecast = last_windows(bank, track, panel.y, horizon, _most_windows(horizon), horizon)
        relative = np.abs(y - forecast) / (np.abs(y) + np.abs(forecast))
        errors.append(np.where(np.isnan(relative), 0.0, relative).sum(axis=(1, 2)))
    better: Flags = errors[0] <= errors[1]
    return better


def _fitted(
    panel: Panel, log: Flags, seasons: tuple[int, ...], horizon: int, grids: tuple[Candidates, Candidates]
) -> Bank:
    lengths = np.diff(panel.offsets)
    bank = _untouched(len(lengths), seasons)
    order = np.argsort(-lengths, kind="stable")
    of = np.repeat(np.arange(len(lengths)), lengths)
    known = np.bincount(of[~np.isnan(panel.y)], minlength=len(lengths)) > 0
    size = max(1, BLOCK // max(len(grid.alpha) for grid in grids))
    order = order[known[order]]
    for index in (order[start : start + size] for start in range(0, len(order), size)):
        _fit_block(bank, index, blocked(panel.some(index), log[index], seasons), horizon, grids)
    if known.any():
        bank.level[~known] = np.median(bank.outward(bank.level[:, 0])[known])
        bank.spread[~known] = np.median(bank.spread[known])
    return bank


def _untouched(count: int, seasons: tuple[int, ...]) -> Bank:
    """A bank of series that nothing is known of."""

    def full(value: float, *shape: int) -> Floats:
        return np.full((count, *shape), value)

    return Bank(
        alpha=full(0.3, MEMBERS),
        beta=full(0.0, MEMBERS),
        gamma=full(0.0, MEMBERS, len(seasons)),
        phi=full(1.0, MEMBERS),
        weight=full(1 / MEMBERS, MEMBERS),
        level=full(0.0, MEMBERS),
        trend=full(0.0, MEMBERS),
        season=full(0.0, sum(seasons)),
        log=np.zeros(count, dtype=np.bool_),
        floor=full(1.0),
        spread=full(1.0),
        seasons=np.array(seasons, dtype=np.int64),
    )


def _fit_block(bank: Bank, index: Whole, block: Block, horizon: int, grids: tuple[Candidates, Candidates]) -> None:
    """Write the parameters of some series, the longest first, into the bank."""
    windows = _windows(block.lengths, bank.lengths, horizon)
    columns = np.arange(len(index))
    drift = block.drift / (1 + (horizon / block.lengths) ** 4)  # a few values say nothing of a far horizon
    criteria = np.empty((len(index), MEMBERS))
    for member, grid in enumerate(grids):
        found = search(block, grid, drift if member == 0 else None, windows)
        criterion = _criterion(found, grid, block, windows)
        best = criterion.argmin(axis=0)
        criteria[:, member] = criterion[best, columns]
        for name in PARAMETERS:
            getattr(bank, name)[index, member] = getattr(grid, name)[best]
        bank.level[index, member] = found.level[best, columns] * block.scale
        bank.trend[index, member] = found.trend[best, columns] * block.scale
        bank.spread[index] = np.maximum(np.sqrt(found.one[best, columns]), LEAST_SPREAD) * block.size
    likelihood = np.exp(SHARPNESS * (criteria.min(axis=1, keepdims=True) - criteria))
    bank.weight[index] = likelihood / likelihood.sum(axis=1, keepdims=True)
    bank.season[index] = np.concatenate([*block.shapes, np.empty((0, len(index)))]).T * block.scale[:, None]
    bank.log[index], bank.floor[index] = block.log, block.floor
    sparse = index[block.sparse]
    for values in (bank.alpha, bank.beta, bank.phi, bank.gamma, bank.level, bank.trend):
        values[sparse, 1:] = values[sparse, :1]  # its level alone


def _most_windows(horizon: int) -> int:
    return max(WINDOWS, PERIODS // horizon)


def _windows(lengths: Whole, seasons: tuple[int, ...], horizon: int) -> Windows:
    """The last windows of each series, in its second half and after two cycles of each season."""
    earliest = np.maximum(lengths // 2, 2 * max(seasons, default=1))
    times = lengths - 1 - horizon * np.arange(1, _most_windows(horizon) + 1)[:, None]
    return Windows(np.where(times >= earliest, times, -1), horizon)


def _criterion(found: Found, grid: Candidates, block: Block, windows: Windows) -> Floats:
    """The logarithm of the mean squares one and several steps ahead, with a penalty for each parameter (C, n)."""
    share = SEVERAL * np.clip((windows.counts - TRUSTED) / (len(windows.times) - TRUSTED), 0, 1)
    several = np.log(np.where(share > 0, found.several, 1.0) + LEAST)
    value = (1 - share) * np.log(found.one + LEAST) + share * several
    parameters = 2.0 * (grid.beta != 0) + 2.0 * (grid.gamma > 0).sum(axis=1)
    value = value + parameters[:, None] / block.lengths
    slow = (grid.alpha <= 0.2) & (grid.beta == 0) & (grid.gamma == 0).all(axis=1)
    return np.where(block.sparse & ~slow[:, None], np.inf, value)
