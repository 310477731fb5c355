"""Stamps of time in tables: dates in ISO 8601 and as people write them, whole numbers, and zones of time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, NamedTuple

import numpy as np

from unrolled.data.grids import Stamps, Whole
from unrolled.errors import InputError
from unrolled.progress import remark

__all__ = ["StampStyle", "Stamped", "Unreadable", "number_stamps", "text_stamps", "zone_named"]

_WHOLE = re.compile(r"[-+]?\d{1,18}(\.0+)?")
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])")
_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})")
_YEAR_FIRST = re.compile(r"(\d{4})([/.-])(\d{1,2})\2(\d{1,2})(?:[T ](.*))?")
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[T ](.*))?")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.0+)?)?\s*([AaPp][Mm])?")
_EPOCH = datetime(1970, 1, 1)
_EXPECTED = "expected a date, as in 2026-01-31 or 2026-01-31 12:30:00, or a whole number"


@dataclass(frozen=True)
class StampStyle:
    """How stamps are written: ``kind`` "number", "year" (2026), "month" (202601), "day" (20260131) or "time".

    ``order``: "dmy" or "mdy" where the year comes last. ``zone``: the zone whose time of day the stamps are, where
    they say one. ``type``: how a frame holds them: "datetime", "date", "number" or "text". ``clock``: what stands in
    texts between the day and the time of day, "T" or a blank; "" where they have none.
    """

    kind: str = "time"
    order: str = ""
    zone: str = ""
    type: str = "text"
    clock: str = ""


class Stamped(NamedTuple):
    """The stamps of values, and how they were written."""

    stamps: Stamps | Whole
    style: StampStyle


class Unreadable(Exception):
    """A value that is no stamp: the place where it is among the values, and what is wrong with it."""

    def __init__(self, place: int, value: Any, why: str = _EXPECTED) -> None:
        super().__init__(f"{str(value)[:80]!r}; {why}")
        self.place = place


def text_stamps(values: Sequence[Any], of_numbers: bool | None, style: StampStyle | None = None) -> Stamped:
    """The stamps that texts, dates or whole numbers stand for. Raises `Unreadable` for the first that is none.

    ``of_numbers``: whether the frequency counts whole numbers, None where it is not known; ``style``: that of the data
    learnt from. Stamps with several distances from UTC are read as UTC, which is said.
    """
    texts = [str(value) if isinstance(value, str | int | float | np.number) else None for value in values]
    if values and all(text is not None and _WHOLE.fullmatch(text.strip()) for text in texts):
        return number_stamps(np.array([int(float(text or 0)) for text in texts]), of_numbers, style)
    order = style.order if style else ""
    order = order or _order([text for text in texts if text is not None])
    moments = [_moment(place, value, order) for place, value in enumerate(values)]
    naive, zone = _naive(values, moments, style)
    seconds = [(moment - _EPOCH) // timedelta(seconds=1) for moment in naive]
    for place, moment in enumerate(naive):
        if moment.microsecond:
            raise Unreadable(place, values[place], "expected stamps of whole seconds")
    first = next((text for text in texts if text is not None), "")
    clock = "" if ":" not in first else "T" if "T" in first else " "
    return Stamped(np.array(seconds, np.int64).astype("M8[s]"), StampStyle("time", order, zone, clock=clock))


def number_stamps(numbers: Whole, of_numbers: bool | None, style: StampStyle | None = None) -> Stamped:
    """Whole numbers as stamps: as they are, or, where the frequency is one of time, as years, 202601 or 20260131."""
    kind = style.kind if style else "number" if of_numbers else _kind(numbers, of_numbers)
    if kind == "number":
        return Stamped(numbers, StampStyle("number"))
    years, months, days = numbers, np.ones_like(numbers), np.ones_like(numbers)
    if kind in ("day", "month"):
        years, days = np.divmod(numbers, 10_000) if kind == "day" else (numbers // 100, days)
        months, days = np.divmod(days, 100) if kind == "day" else (numbers % 100, days)
    first = ((years - 1970) * 12 + months - 1).astype("M8[M]").astype("M8[D]")
    stamps = first + (days - 1)
    bad = (
        (years < 1000)
        | (years > 9999)
        | (months < 1)
        | (months > 12)
        | (stamps.astype("M8[M]") != first.astype("M8[M]"))
    )
    if kind == "time" or bad.any():
        place = int(bad.argmax())
        raise Unreadable(place, numbers[place], "expected a date as in the data learnt from" if style else _EXPECTED)
    return Stamped(stamps.astype("M8[s]"), StampStyle(kind))


def _kind(numbers: Whole, of_numbers: bool | None) -> str:
    """What whole numbers are where they may be dates."""
    low, high = int(numbers.min()), int(numbers.max())
    if low >= 19000101 and high <= 21001231:
        if of_numbers is None:
            remark(f"reads ds such as {low} as a date; frequency names 1 where they are numbers", "frequency")
        return "day"
    if of_numbers is None:
        return "number"
    if low >= 100001 and high <= 999912:
        return "month"
    if low >= 1000 and high <= 9999:
        return "year"
    message = f'ds are whole numbers such as {low}, but the frequency is one of time; expected dates, or frequency="1"'
    raise InputError(message, 'frequency="1"')


def _order(texts: Sequence[str]) -> str:
    """The order of day and month where the year comes last; "" where it never does; InputError where it is unclear."""
    found = [(text, match) for text in texts if (match := _YEAR_LAST.fullmatch(text.strip()))]
    if not found:
        return ""
    dmy = next((text for text, match in found if int(match[1]) > 12 or match[2] == "."), None)
    mdy = next((text for text, match in found if int(match[3]) > 12), None)
    both = next((text for text, match in found if int(match[1]) > 12 and int(match[3]) > 12), None)
    if both is not None:
        raise Unreadable(texts.index(both), both)
    if dmy and mdy:
        raise InputError(f"ds has {dmy!r} and {mdy!r}: day and month in both orders; expected dates as in 2026-01-31")
    if not dmy and not mdy:
        raise InputError(f"ds is {found[0][0]!r}: day or month may come first; expected dates as in 2026-01-31")
    return "dmy" if dmy else "mdy"


def _moment(place: int, value: Any, order: str) -> datetime:
    """A value as a moment, with or without a zone."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    text = str(value).strip()
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        parts = _parts(text, order)
        if parts is not None:
            return _built(*parts)
    except ValueError:
        pass
    raise Unreadable(place, value)


def _parts(text: str, order: str) -> tuple[int, int, int, str | None] | None:
    """Year, month, day and time of day in a text; None where it has none."""
    if match := _MONTH.fullmatch(text):
        return int(match[1]), int(match[2]), 1, None
    if match := _QUARTER.fullmatch(text):
        return int(match[1]), 3 * int(match[2]) - 2, 1, None
    if match := _YEAR_FIRST.fullmatch(text):
        return int(match[1]), int(match[3]), int(match[4]), match[5]
    if match := _YEAR_LAST.fullmatch(text):
        day, month = (match[1], match[3]) if order == "dmy" else (match[3], match[1])
        return int(match[4]), int(month), int(day), match[5]
    return None


def _built(year: int, month: int, day: int, clock: str | None) -> datetime:
    """A date and, where there is one, a time of day; ValueError for what is none."""
    if not clock:
        return datetime(year, month, day)
    match = _CLOCK.fullmatch(clock.strip())
    if match is None:
        raise ValueError
    hour = int(match[1]) if not match[4] else int(match[1]) % 12 + 12 * (match[4].lower() == "pm")
    return datetime(year, month, day, hour, int(match[2]), int(match[3] or 0))


def _naive(
    values: Sequence[Any], moments: Sequence[datetime], style: StampStyle | None
) -> tuple[Sequence[datetime], str]:
    """Moments without their zones, and the zone whose time of day they are ("": none is said)."""
    aware = [place for place, moment in enumerate(moments) if moment.tzinfo is not None]
    if not aware:
        return moments, style.zone if style else ""
    if style is not None and not style.zone:
        raise Unreadable(aware[0], values[aware[0]], "the stamps learnt from have no zone; take it off")
    if len(aware) < len(moments) and style is None:
        place = next(place for place, moment in enumerate(moments) if moment.tzinfo is None)
        raise Unreadable(
            place, values[place], f"others have a zone, as {str(values[aware[0]])!r}; give all one or none"
        )
    name = style.zone if style else _common_zone(moments)
    zone = zone_named(name)
    return [m if m.tzinfo is None else m.astimezone(zone).replace(tzinfo=None) for m in moments], name


def _common_zone(moments: Sequence[datetime]) -> str:
    names = {str(moment.tzinfo) for moment in moments}
    offsets = {moment.utcoffset() for moment in moments}
    if len(names) == 1 and "/" in (name := next(iter(names))):
        return name
    if len(offsets) == 1:
        seconds = int((next(iter(offsets)) or timedelta()).total_seconds())
        sign, (hours, minutes) = "-" if seconds < 0 else "+", divmod(abs(seconds) // 60, 60)
        return f"{sign}{hours:02}:{minutes:02}" if seconds else "UTC"
    shown = ", ".join(sorted(str(offset) for offset in offsets))
    remark(f"ds has several distances from UTC ({shown}): read as UTC")
    return "UTC"


def zone_named(name: str) -> tzinfo:
    """A zone by its name, or by its distance from UTC as in +01:00; InputError for one that this system lacks."""
    if name == "UTC":
        return UTC
    if match := re.fullmatch(r"(?:UTC)?([+-])(\d\d):(\d\d)", name):
        minutes = int(match[2]) * 60 + int(match[3])
        return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(
            f"ds has the time zone {name!r}, which this system does not know: pip install tzdata"
        ) from None
