"""The rows of a long table sorted by series and time, their stamps and values read and checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.data.frequency import Frequency
from unrolled.data.grids import Stamps, Whole, grid_named, seconds_of, stamp_text
from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.panel_columns import Coded, Column
from unrolled.sources.panel_long import LongTable
from unrolled.sources.panel_rows import in_order
from unrolled.sources.panel_stamps import Stamped, StampStyle, Unreadable, number_stamps, text_stamps, zone_named

__all__ = ["SortedTable", "sorted_table"]


@dataclass(frozen=True)
class SortedTable:
    """Rows by series and period; ``bounds`` (N + 1,) where those of each series begin. ``where`` says of a row, for
    messages, where it stands, and of which series and stamp it is."""

    ids: Sequence[str]
    series: NDArray[np.int32]
    periods: Whole
    y: NDArray[np.float64]
    others: Mapping[str, Column]
    frequency: Frequency
    style: StampStyle
    bounds: Whole
    types: Mapping[str, str]
    where: Callable[[int], str]

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """Which rows are beyond the last value of their series."""
        seen = np.where(np.isnan(self.y), -1, np.arange(len(self.y)))
        last = np.maximum.reduceat(seen, self.bounds[:-1])
        return np.arange(len(self.y)) > last[self.series]


def sorted_table(table: LongTable, frequency: str | None, style: StampStyle | None = None) -> SortedTable:
    """The rows of a table, of the ``frequency`` by its name, or of that which is found.

    ``style`` is that of the data learnt from, whose grid is then the ``frequency`` exactly. Two rows of one stamp are
    refused, but where clocks were put back an hour, of which their mean is taken. Raises InputError that names the row,
    series and stamp.
    """
    learnt = None if style is None or frequency is None else Frequency(frequency)
    stamps, style = _stamped(table, frequency, style)
    order = in_order(table.series, seconds_of(stamps))
    rows = np.arange(len(stamps)) if order is None else order
    series, stamps = table.series[rows], stamps[rows]

    def where(row: int) -> str:
        said = f"unique_id {table.ids[series[row]]!r}, ds {stamp_text(stamps[row])}"
        return f"{table.place(int(rows[row]))}: {said}"

    y = _values(table, rows, where)
    same = np.flatnonzero((np.diff(series) == 0) & (np.diff(seconds_of(stamps)) == 0)) + 1
    if len(same):
        y = _merged(table, rows, y, same, where)
        kept = np.delete(np.arange(len(rows)), same)
        rows, series, stamps, y = rows[kept], series[kept], stamps[kept], y[kept]
    bounds = np.searchsorted(series, np.arange(len(table.ids) + 1))
    grid = learnt or _frequency(frequency, stamps, bounds, table, style)
    periods, on = grid.grid.place(stamps)
    if not on.all():
        row = int((~on).argmax())
        said = grid.off_grid(stamps[row], int(periods[row]))
        raise InputError(f"{table.place(int(rows[row]))}: unique_id {table.ids[series[row]]!r}: ds {said}")
    others = table.others
    if order is not None or len(same):
        others = {
            name: Coded(column.codes[rows], column.values) if isinstance(column, Coded) else column[rows]
            for name, column in others.items()
        }
    types = table.types or {}
    return SortedTable(table.ids, series, periods, y, others, grid, style, bounds, types, where)


def _frequency(
    name: str | None, stamps: Stamps | Whole, bounds: Whole, table: LongTable, style: StampStyle
) -> Frequency:
    if name is None:
        return Frequency.infer(stamps, bounds, table.ids)
    frequency = Frequency.named(name, stamps)
    if frequency.numbers != (style.kind == "number"):
        expected = "whole numbers" if frequency.numbers else "dates"
        raise InputError(f"{table.name}: ds is {stamp_text(stamps[0])}, but the frequency {name} is one of {expected}")
    return frequency


def _stamped(table: LongTable, frequency: str | None, style: StampStyle | None) -> Stamped:
    """The stamp of each row."""
    of_numbers = None if frequency is None else grid_named(frequency).kind == "number"
    column = table.ds
    try:
        if isinstance(column, Coded):
            missing = column.codes < 0
            if missing.any():
                _missing(table, int(missing.argmax()))
            stamps, found = text_stamps(column.values, of_numbers, style)
            return Stamped(stamps[column.codes], found)
        if column.dtype.kind == "M":
            return _of_frame(table, column, style)
        if not (column == np.floor(column)).all():
            row = int((column != np.floor(column)).argmax())
            _missing(table, row) if np.isnan(column[row]) else None
            raise InputError(f"{table.place(row)}: ds is {column[row]}; expected dates or whole numbers")
        numbers = column.astype(np.int64)
        stamps, found = number_stamps(numbers, of_numbers, style)
        return Stamped(stamps, StampStyle(found.kind, type="number"))
    except Unreadable as error:
        row = error.place if not isinstance(column, Coded) else int((column.codes == error.place).argmax())
        raise InputError(f"{table.place(row)}: ds is {error}") from None


def _missing(table: LongTable, row: int) -> None:
    raise InputError(f"{table.place(row)}: ds is missing; expected the stamp of a period")


def _of_frame(table: LongTable, stamps: Stamps, style: StampStyle | None) -> Stamped:
    """Stamps of a frame, in the zone learnt where there is one."""
    if np.isnat(stamps).any():
        _missing(table, int(np.isnat(stamps).argmax()))
    zone = table.ds_type.removeprefix("datetime[").removesuffix("]") if "[" in table.ds_type else ""
    kind = "date" if table.ds_type == "date" else "datetime"
    if style is not None and style.kind != "time":
        raise InputError(f"{table.name}: ds are dates; expected whole numbers, as in the data learnt from")
    if style is not None and zone and zone != style.zone and table.moments is not None:
        if not style.zone:
            raise InputError(
                f"{table.name}: ds has the time zone {zone}; the stamps learnt from have none; take it off"
            )
        from datetime import datetime

        there = zone_named(style.zone)
        moments, places = np.unique(table.moments, return_inverse=True)
        local = [datetime.fromtimestamp(moment, there).replace(tzinfo=None) for moment in moments.tolist()]
        return Stamped(np.array(local, "M8[s]")[places], StampStyle("time", zone=style.zone, type=kind))
    return Stamped(stamps, StampStyle("time", zone=zone or (style.zone if style else ""), type=kind))


def _values(table: LongTable, rows: Whole, where: Callable[[int], str]) -> NDArray[np.float64]:
    if table.y is None:
        return np.full(len(rows), np.nan)
    if isinstance(table.y, Coded):
        codes = table.y.codes[rows]
        texts = [not _is_number(value) for value in table.y.values]
        row = int((np.append(texts, False)[codes]).argmax())
        value = table.y.values[codes[row]]
        raise InputError(f"{where(row)}: y is {str(value)[:80]!r}; expected a number")
    if table.y.dtype.kind == "M":
        raise InputError(f"{where(0)}: y is a date; expected a number")
    y = np.asarray(table.y, np.float64)[rows]
    if np.isinf(y).any():
        row = int(np.isinf(y).argmax())
        raise InputError(f"{where(row)}: y is {y[row]}; expected a finite number, or nothing where it is missing")
    return y


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def _merged(
    table: LongTable, rows: Whole, y: NDArray[np.float64], same: Whole, where: Callable[[int], str]
) -> NDArray[np.float64]:
    """Values in which those of an hour that came twice are their mean; InputError for other rows of one stamp."""
    moments = table.moments
    for row in same.tolist():
        if moments is None or moments[rows[row]] == moments[rows[row - 1]]:
            advice = 'columns="ID,DATE,VALUE"'
            other = table.place(int(rows[row - 1]))
            raise InputError(f"{where(row)}: was in {other} already; expected each stamp once in a series", advice)
    before, after = y[same - 1], y[same]
    y = y.copy()
    y[same - 1] = np.where(np.isnan(before), after, np.where(np.isnan(after), before, (before + after) / 2))
    first = where(int(same[0]))
    remark(f"clocks were put back, so that an hour came twice, {len(same)} in all ({first}): the mean of both is read")
    return y
