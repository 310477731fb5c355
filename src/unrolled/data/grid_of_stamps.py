"""Which grid stamps stand on: found from the stamps alone, or from a name that leaves open where the grid lies."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.grids import DAY, Grid, Stamps, Whole, grid_named, name_of, seconds_of, stamp_text
from unrolled.errors import InputError

__all__ = ["check_one_frequency", "fitted_grid", "inferred_grid"]

_REGULAR = 0.05  # share of steps between stamps that are one period: fewer are no regular series
_DENSE = 0.005  # share of the periods of an intermittent series that have a row
_SAMPLE, _RUN = 400, 5  # runs of stamps that are looked at one by one, and their length
_EVEN = 1.2  # the longest of even steps by the shortest: months have 28 to 31 days
_ARGUMENT = 'frequency="D"'
_ADVICE = f"as in {_ARGUMENT}"
_MONTH = 28  # days
_LEAST = 6  # stamps that tell of another frequency: fewer may be evenly apart by chance


def inferred_grid(stamps: Stamps | Whole, offsets: Whole, ids: Sequence[str]) -> Grid:
    """The grid of series whose stamps, rising within a series, stand one series after another.

    It is the coarsest on which all stamps stand. Raises InputError, which names series and stamps, where the stamps of
    most series stand on a coarser one, or no grid is worth its name.
    """
    within = _within(offsets)
    if not within.any():
        raise InputError(f"no series has two stamps, so that no frequency shows: name it, {_ADVICE}", _ARGUMENT)
    grid = _coarsest(np.unique(stamps))
    steps = np.diff(grid.place(stamps)[0])[within]
    if grid.kind == "number" or (steps == 1).mean() >= _REGULAR:
        return grid
    if (likely := _of_most(stamps, offsets)) is not None and likely != grid:
        at = int((~likely.place(stamps)[1]).argmax())
        series = int(np.searchsorted(offsets, at, "right")) - 1
        raise InputError(
            f"unique_id {ids[series]!r}: ds {stamp_text(stamps[at])} is off the grid of the others, whose frequency is "
            f"{name_of(likely)}; mend it, or name another, {_ADVICE}",
            _ARGUMENT,
        )
    step = grid.step if grid.kind == "seconds" else DAY
    if step < DAY or len(steps) / max(int(steps.sum()), 1) < _DENSE:
        series = int((np.diff(offsets) > 1).argmax())
        shown = ", ".join(map(stamp_text, stamps[offsets[series] : offsets[series + 1]][:4]))
        raise InputError(
            f"unique_id {ids[series]!r}: the steps between its stamps are not regular: {shown}; bring them to a "
            f"regular grid, such as sums of each day, or name the frequency, {_ADVICE}",
            _ARGUMENT,
        )
    return grid


def fitted_grid(name: str, stamps: Stamps | Whole) -> Grid:
    """The grid of a name. Where that leaves open where the grid lies ("W", "2h", "M"), it lies as most stamps do."""
    grid = grid_named(name)
    if "+" in name or len(stamps) == 0 or (grid.kind == "number") != (stamps.dtype.kind != "M"):
        return grid
    sample = stamps[:: max(len(stamps) // _SAMPLE, 1)]
    ones = (sample[at : at + 1] for at in range(len(sample)))
    fitted = Counter(_through(grid, one) for one in ones).most_common(1)[0][0]
    anchored = "-" in name and name_of(fitted).partition("+")[0] != name_of(grid)
    return grid if anchored else fitted


def check_one_frequency(grid: Grid, periods: Whole, offsets: Whole, ids: Sequence[str]) -> None:
    """InputError, naming a series, where all its steps are alike and longer than a period of the grid."""
    counts = np.diff(offsets)
    some = np.flatnonzero(counts)
    starts, ends = offsets[some], offsets[some + 1] - 1
    steps = np.append(np.diff(periods), 0)
    steps[ends] = 0  # from a series to the next
    longest = np.maximum.reduceat(steps, starts)
    steps[ends] = np.iinfo(np.int64).max
    shortest = np.minimum.reduceat(steps, starts)
    even = (longest == shortest) | ((shortest >= _MONTH) & (longest <= _EVEN * shortest))
    other = (counts[some] >= _LEAST) & (shortest > 1) & even
    if other.any():
        series = int(some[other.argmax()])
        shown = ", ".join(map(stamp_text, grid.stamps(periods[offsets[series] : offsets[series] + 3])))
        raise InputError(
            f"unique_id {ids[series]!r}: its stamps {shown}, ... are {shortest[other.argmax()]:,} periods apart, but "
            f"the frequency is {name_of(grid)}; series of another frequency need a model of their own"
        )


def _within(offsets: Whole) -> NDArray[np.bool_]:
    """Whether each step from a stamp to the next stays within a series."""
    within = np.ones(max(int(offsets[-1]) - 1, 0), np.bool_)
    bounds = offsets[1:-1] - 1
    within[bounds[(bounds >= 0) & (bounds < len(within))]] = False
    return within


def _coarsest(stamps: NDArray[Any]) -> Grid:
    """The coarsest grid on which all of some stamps stand."""
    moments = seconds_of(stamps)
    first = moments[:1]
    if stamps.dtype.kind != "M":
        return _through(Grid("number", int(np.gcd.reduce(moments - first)) or 1), stamps[:1])
    if (moments % DAY != first % DAY).any():
        return _through(Grid("seconds", int(np.gcd.reduce(moments - first))), stamps[:1])
    for end in (False, True):
        months = _through(Grid("months", 1, end=end), stamps[:1])
        periods, on = months.place(stamps)
        if on.all() and (step := int(np.gcd.reduce(periods - periods[:1]))):
            return _through(replace(months, step=step), stamps[:1])
    days = Grid("seconds", int(np.gcd.reduce(moments - first)) or DAY)
    business = _through(Grid("business"), stamps[:1])
    if days.step == DAY and business.place(stamps)[1].all() and _skips_weekends(moments):
        return business
    return _through(days, stamps[:1])


def _skips_weekends(moments: Whole) -> bool:
    """Whether a Monday follows on a Friday."""
    weekend = (np.diff(moments) == 3 * DAY) & (moments[:-1] // DAY % 7 == 1)  # 1970-01-02 was a Friday
    return bool(weekend.any())


def _through(grid: Grid, stamp: Stamps | Whole) -> Grid:
    """The grid of this kind and step on which a stamp stands (1,)."""
    moment = int(seconds_of(stamp)[0])
    if grid.kind in ("number", "seconds"):
        return replace(grid, zero=moment % grid.step)
    if grid.kind == "business":
        return replace(grid, shift=moment % DAY)
    day, month = stamp.astype("M8[D]"), int(stamp.astype("M8[M]").astype(np.int64)[0])
    end = bool((day + 1).astype("M8[M]").astype(np.int64)[0] > month)
    start = 0 if end else int((day - stamp.astype("M8[M]").astype("M8[D]")).astype(np.int64)[0])
    return replace(grid, zero=month % grid.step, end=end, shift=start * DAY + moment % DAY)


def _of_most(stamps: Stamps | Whole, offsets: Whole) -> Grid | None:
    """The grid of at least half of the runs of a few stamps that follow on each other; None where there is none."""
    counts = np.diff(offsets)
    firsts = [np.arange(first, first + count - _RUN + 1) for first, count in zip(offsets[:-1], counts, strict=True)]
    starts = np.concatenate(firsts)
    runs = starts[:: max(len(starts) // _SAMPLE, 1)]
    found = Counter[Grid]()
    for start in runs:
        run = stamps[start : start + _RUN]
        grid = _coarsest(run)
        if (np.diff(grid.place(run)[0]) == 1).all():
            found[grid] += 1
    most = found.most_common(1)
    return most[0][0] if most and 2 * most[0][1] >= len(runs) else None
