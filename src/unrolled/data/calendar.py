"""Where the periods of a grid stand in day, week, month and year; and after how many of them a pattern comes again."""

from math import gcd

import numpy as np
from numpy.typing import NDArray

from unrolled.data.grids import DAY, Grid, Whole, seconds_of

__all__ = ["calendar", "calendar_names", "season", "seasons"]

_YEAR = 365.25  # days
_LONGEST, _LONGEST_FIRST = 4_000, 300  # periods of a season, and of the shortest one


def _cycles(grid: Grid) -> tuple[str, ...]:
    if grid.kind == "number" or (grid.kind == "months" and grid.step % 12 == 0):
        return ()
    if grid.kind == "months" or grid.step >= 7 * DAY:
        return ("year",)
    return ("day", "week", "year") if grid.kind == "seconds" and grid.step < DAY else ("week", "month", "year")


def calendar_names(grid: Grid) -> tuple[str, ...]:
    """The names of the columns of `calendar`."""
    return tuple(f"{function} of {cycle}" for cycle in _cycles(grid) for function in ("sine", "cosine"))


def calendar(grid: Grid, periods: Whole) -> NDArray[np.float32]:
    """The sine and cosine of the place of each period in each cycle that suits the grid: (n, C)."""
    features = np.empty((len(periods), len(calendar_names(grid))), np.float32)
    cycles = _cycles(grid)
    if not cycles:
        return features
    stamps = grid.stamps(periods)
    seconds = seconds_of(stamps)
    for number, cycle in enumerate(cycles):
        if cycle == "day":
            share = seconds % DAY / DAY
        elif cycle == "week":
            share = (seconds + 3 * DAY) % (7 * DAY) / (7 * DAY)  # 1970-01-01 was a Thursday
        else:
            whole, days = ("M8[M]", 31.0) if cycle == "month" else ("M8[Y]", _YEAR)
            share = (seconds - seconds_of(stamps.astype(whole).astype("M8[s]"))) / (days * DAY)
        angle = share * (2 * np.pi)
        features[:, 2 * number], features[:, 2 * number + 1] = np.sin(angle), np.cos(angle)
    return features


def seasons(grid: Grid) -> tuple[int, ...]:
    """The numbers of periods after which a pattern may come again, the shortest first; () where there is none."""
    if grid.kind == "number":
        return ()
    if grid.kind == "business":
        return (5,)
    if grid.kind == "months":
        found = [12 // gcd(12, grid.step)]
    elif grid.step >= 7 * DAY:
        found = [round(_YEAR * DAY / grid.step)]
    elif grid.step >= DAY:
        found = [7 * DAY // gcd(7 * DAY, grid.step)]
    else:
        found = [cycle // gcd(cycle, grid.step) for cycle in (60, 3_600, DAY, 7 * DAY)]
    found = sorted({count for count in found if 1 < count <= _LONGEST})
    # A day has so many minutes that an hour is the season, and a day a further one.
    first = max((place for place, count in enumerate(found) if count <= _LONGEST_FIRST), default=0)
    while first > 0 and found[first] == 7 * found[first - 1]:
        first -= 1  # not the week, where the day is short enough
    return tuple(found[first:])


def season(grid: Grid) -> int:
    """The most useful of `seasons`; 1 where there is none."""
    return (seasons(grid) or (1,))[0]
