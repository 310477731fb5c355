"""Grids of time: whole numbers, steps of seconds, days of business, months, each with its own zero; and their names.

A name is pandas's ("h", "15min", "W-SUN", "QS-JAN"; "1" for whole numbers). What pandas leaves to the first stamp,
where the grid lies, follows after a plus: "D+6h" are days that begin at six, "2W-MON+7D" the other of two weeks.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["DAY", "Grid", "Stamps", "Whole", "grid_named", "name_of", "seconds_of", "stamp_text", "stamp_texts"]

Stamps = NDArray[np.datetime64]
Whole = NDArray[np.int64]

DAY, WEEK = 86_400, 604_800  # seconds
_SECONDS = {"s": 1, "min": 60, "h": 3_600, "D": DAY}
_OLD = {"S": "s", "T": "min", "H": "h", "d": "D", "M": "ME", "A": "YE", "Y": "YE", "AS": "YS", "Q": "QE"}
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_THURSDAY = 3  # the day of the week of 1970-01-01, where Monday is 0
_NAME = re.compile(r"(\d*)([A-Za-z]+)(?:-([A-Z]{3}))?(?:\+((?:\d+(?:s|min|h|D|W|M))+))?")
_NUMBER = re.compile(r"(\d+)(?:\+(\d+))?")
_EXPECTED = (
    "expected one of pandas's: min, h, D, B (days of business), W, MS or ME (the first or last day of months), QS or "
    "QE, YS or YE, s, a multiple such as 15min, or 1 for whole numbers"
)


@dataclass(frozen=True)
class Grid:
    """Period p stands at ``zero`` + p · ``step``: numbers, seconds since 1970, or months since January 1970.

    ``kind``: "number", "seconds", "business" (days from Monday to Friday, step 1) or "months". The stamp of a day of
    business or a month is ``shift`` seconds after the day's start, which is a month's first day, or, ``end``, its last.
    """

    kind: str
    step: int = 1
    zero: int = 0
    end: bool = False
    shift: int = 0

    def place(self, stamps: Stamps | Whole) -> tuple[Whole, NDArray[np.bool_]]:
        """The period at or before each stamp, and whether the stamp is that period's own."""
        if self.kind in ("number", "seconds"):
            periods, over = np.divmod(seconds_of(stamps) - self.zero, self.step)
            return periods, over == 0
        if self.kind == "business":
            days, over = np.divmod(seconds_of(stamps), DAY)
            week, day = np.divmod(days + _THURSDAY, 7)
            return 5 * week + np.minimum(day, 4), (over == self.shift) & (day < 5)
        seconds = seconds_of(stamps)
        moved = (seconds - self.shift).astype("M8[s]")
        months = moved.astype("M8[M]").astype(np.int64)
        periods = (months - self.zero) // self.step
        return periods, seconds_of(self.stamps(periods)) == seconds

    def stamps(self, periods: Whole) -> Stamps | Whole:
        """The stamp of each period: datetime64[s], or int64 where the grid is of whole numbers."""
        if self.kind == "business":
            week, day = np.divmod(periods, 5)
            return ((7 * week + day - _THURSDAY) * DAY + self.shift).astype("M8[s]")
        moments: Whole = periods * self.step + self.zero
        if self.kind == "number":
            return moments
        if self.kind == "months":
            days = (moments + 1 if self.end else moments).astype("M8[M]").astype("M8[D]").astype(np.int64)
            moments = (days - self.end) * DAY + self.shift
        return moments.astype("M8[s]")


def seconds_of(stamps: Stamps | Whole) -> Whole:
    """Stamps as seconds since 1970; whole numbers as they are."""
    return stamps.astype("M8[s]").astype(np.int64) if stamps.dtype.kind == "M" else stamps.astype(np.int64, copy=False)


def stamp_text(stamp: object) -> str:
    """A stamp as people write it: the date alone at midnight."""
    return str(stamp).removesuffix("T00:00:00").replace("T", " ")


def stamp_texts(stamps: Stamps | Whole, clock: str = "") -> list[str]:
    """Stamps as texts, dates alone where they are all at midnight and need no ``clock``."""
    seconds = stamps.astype("M8[s]")
    if not clock and not (seconds.astype(np.int64) % DAY).any():
        return list(map(str, seconds.astype("M8[D]")))
    return [text.replace("T", clock or " ") for text in map(str, seconds)]


@lru_cache(maxsize=256)
def grid_named(name: str) -> Grid:
    """The grid of a name, old or new; InputError for a name that pandas does not know, or of no such grid."""
    if number := _NUMBER.fullmatch(name):
        step = int(number[1])
        _check(0 < step < 2**31, name)
        return Grid("number", step, int(number[2] or 0) % step)
    match = _NAME.fullmatch(name.strip())
    if match is None:
        raise InputError(f"frequency is {name!r}; {_EXPECTED}")
    count, unit, anchor, beyond = match.groups()
    unit = _OLD.get(unit, unit)
    step, months, seconds = int(count or 1), *_beyond(beyond or "")
    _check(0 < step < 2**31, name)
    if unit in _SECONDS and not anchor and not months:
        return Grid("seconds", step * _SECONDS[unit], seconds % (step * _SECONDS[unit]))
    if unit == "W" and not months and (anchor or "SUN") in _DAYS:
        day = (_DAYS.index(anchor or "SUN") - _THURSDAY) % 7
        return Grid("seconds", step * WEEK, (day * DAY + seconds) % (step * WEEK))
    if unit == "B" and step == 1 and not anchor and not months and seconds < DAY:
        return Grid("business", shift=seconds)
    letter, end = unit[0], unit[1:] == "E"
    _check(unit in ("MS", "ME", "QS", "QE", "YS", "YE") and seconds < (DAY if end else 28 * DAY), name)
    _check(anchor in _MONTHS if anchor and letter != "M" else not anchor, name)
    step *= {"M": 1, "Q": 3, "Y": 12}[letter]
    first = _MONTHS.index(anchor) if anchor else 11 if end and letter != "M" else 0
    return Grid("months", step, (first + months) % step, end, seconds)


def _check(sound: bool, name: str) -> None:
    if not sound:
        raise InputError(f"frequency is {name!r}; {_EXPECTED}")


def _beyond(text: str) -> tuple[int, int]:
    """Months and seconds of what follows a plus."""
    months = seconds = 0
    for count, unit in re.findall(r"(\d+)(s|min|h|D|W|M)", text):
        if unit == "M":
            months += int(count)
        else:
            seconds += int(count) * (WEEK if unit == "W" else _SECONDS[unit])
    return months, seconds


def name_of(grid: Grid) -> str:
    """The name of a grid, which `grid_named` understands."""
    if grid.kind == "number":
        return str(grid.step) + (f"+{grid.zero}" if grid.zero else "")
    if grid.kind == "business":
        return "B" + _plus(0, grid.shift)
    if grid.kind == "months":
        return _name_of_months(grid)
    if grid.step % WEEK == 0:
        day = grid.zero // DAY % 7
        return _count(grid.step // WEEK) + f"W-{_DAYS[(day + _THURSDAY) % 7]}" + _plus(0, grid.zero - day * DAY)
    unit = next(unit for unit in ("D", "h", "min", "s") if grid.step % _SECONDS[unit] == 0)
    return _count(grid.step // _SECONDS[unit]) + unit + _plus(0, grid.zero)


def _name_of_months(grid: Grid) -> str:
    edge = "E" if grid.end else "S"
    if grid.step % 12 == 0:
        first = grid.zero % 12
        return _count(grid.step // 12) + f"Y{edge}-{_MONTHS[first]}" + _plus(grid.zero - first, grid.shift)
    if grid.step == 3:
        return f"Q{edge}-{_MONTHS[grid.zero + (9 if grid.end else 0)]}" + _plus(0, grid.shift)
    return _count(grid.step) + f"M{edge}" + _plus(grid.zero, grid.shift)


def _count(count: int) -> str:
    return "" if count == 1 else str(count)


def _plus(months: int, seconds: int) -> str:
    """What follows a plus for so many months and seconds."""
    parts = [f"{months}M"] if months else []
    for unit, length in reversed(_SECONDS.items()):
        count, seconds = divmod(seconds, length)
        parts += [f"{count}{unit}"] if count else []
    return "+" + "".join(parts) if parts else ""
