"""Wide tables of series, turned long: a column for each series, or a row."""

from collections.abc import Sequence

import numpy as np

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.panel_columns import Coded, Column, RawTable

__all__ = ["LONG", "across", "down"]

LONG = ("unique_id", "ds", "y")
"""The names of the columns of a table that was turned long."""
_ADVICE = 'columns="ID,DATE,VALUE"'


def down(raw: RawTable, ds: str, series: Sequence[str]) -> RawTable:
    """A table with a column for each series, and one of stamps."""
    values = []
    for name in series:
        column = raw.columns[name]
        if isinstance(column, Coded) or column.dtype.kind == "M":
            shown = ", ".join(list(raw.columns)[:20])
            raise InputError(f"{raw.name}: no column 'y'; it has {shown}: name yours with {_ADVICE}", _ADVICE)
        values.append(np.asarray(column, np.float64))
    remark(f"{raw.name}: a wide table: {ds} holds the stamps, each other column a series ({len(series)})")
    rows = len(values[0])
    ids = Coded(np.repeat(np.arange(len(series), dtype=np.int32), rows), list(series))
    columns: dict[str, Column] = {
        LONG[0]: ids,
        LONG[1]: _tiled(raw.columns[ds], len(series)),
        LONG[2]: np.concatenate(values),
    }
    moments = None if raw.moments is None else np.tile(raw.moments, len(series))
    types = {LONG[1]: raw.types.get(ds, "text")}
    return RawTable(raw.name, columns, lambda row: f"{raw.place(row % rows)}, {series[row // rows]}", types, moments)


def across(raw: RawTable, id: str, stamps: Sequence[str]) -> RawTable:
    """A table with a row for each series, a column ``id`` ("": of one series), and one for each of the ``stamps``."""
    values = []
    for name in stamps:
        column = raw.columns[name]
        if isinstance(column, Coded):
            row = int((column.codes >= 0).argmax())
            value = column.values[column.codes[row]]
            raise InputError(f"{raw.place(row)}: {name} is {str(value)[:80]!r}; expected a number")
        values.append(np.asarray(column, np.float64))
    rows, times = len(values[0]), len(stamps)
    remark(f"{raw.name}: a wide table: a row for each series ({rows}), its values in {stamps[0]} to {stamps[-1]}")
    columns = {name: _tiled(column, times) for name, column in raw.columns.items() if name not in stamps and name != id}
    columns[LONG[0]] = _tiled(raw.columns[id], times) if id else Coded(np.zeros(rows * times, np.int32), ["series"])
    columns[LONG[1]] = Coded(np.repeat(np.arange(times, dtype=np.int32), rows), list(stamps))
    columns[LONG[2]] = np.concatenate(values)
    types = {LONG[0]: raw.types.get(id, "text")}
    return RawTable(raw.name, columns, lambda row: f"{raw.place(row % rows)}, {stamps[row // rows]}", types)


def _tiled(column: Column, times: int) -> Column:
    if isinstance(column, Coded):
        return Coded(np.tile(column.codes, times), column.values)
    return np.tile(column, times)
