"""Long tables of series from whatever people have: one file or several, frames, rows, and wide tables turned long."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.sources.panel_columns import Coded, Column, RawTable, coded, text_of_number
from unrolled.sources.panel_samples import sample_table
from unrolled.sources.panel_table import is_frame, of_frame, of_path, of_rows
from unrolled.sources.panel_wide import LONG, across, down

__all__ = ["DEFAULT", "LongTable", "id_text", "long_table", "names_of"]

DEFAULT = "unique_id,ds,y"
"""The names of the columns of identifier, time and value."""
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2}([T ].*)?)?|\d{4}-?Q[1-4]")
_UNNAMED = re.compile(r"(Unnamed: \d+)?")
_ADVICE = 'columns="ID,DATE,VALUE"'


class Names(NamedTuple):
    """The names of the columns of identifier ("": there is none), time and value."""

    id: str
    ds: str
    y: str


@dataclass(frozen=True)
class LongTable:
    """Rows of N series: of each row the series as a place among ``ids``, stamp, value, and other columns by name.

    ``id_type`` and ``ds_type`` say how a frame holds them; see `RawTable` for ``place`` and ``moments``.
    """

    ids: Sequence[str]
    series: NDArray[np.int32]
    ds: Column
    y: Column | None
    others: Mapping[str, Column]
    place: Callable[[int], str]
    name: str
    names: Names
    id_type: str = "text"
    ds_type: str = "text"
    moments: NDArray[np.int64] | None = None
    types: Mapping[str, str] | None = None


def names_of(columns: str) -> Names:
    """The names in "unique_id,ds,y", or, of one series, "ds,y"."""
    names = [name.strip() for name in columns.split(",")]
    if len(names) not in (2, 3) or not all(names) or len(set(names)) < len(names):
        raise InputError(f'columns is {columns!r}; expected three names, as in "{DEFAULT}", or "ds,y" of one series')
    return Names(*names) if len(names) == 3 else Names("", *names)


def id_text(value: object) -> str:
    """An identifier as text: a number that is whole without its point, a text as it is, also "1.0" or "001"."""
    if isinstance(value, float | np.floating) and value == int(value):
        return str(int(value))
    return str(value).strip()


def long_table(data: Any, columns: str, encoding: str, delimiter: str | None, learnt: bool = False) -> LongTable:
    """The long table in ``data``; a ``learnt`` format does without values, as of the future alone.

    A table without a column of identifiers is one series. A wide table, which has none of values either, has a column
    for each series, or, with dates as names of columns, a row.
    """
    names = names_of(columns)

    def roles(found: Sequence[str]) -> "_Roles":
        return _roles(found, names, columns == DEFAULT, learnt)

    def texts(found: Sequence[str]) -> set[str]:
        return {roles(found).names.id, roles(found).names.ds}

    def long(raw: RawTable, series: str) -> LongTable:
        return _long(raw, roles(list(raw.columns)), series)

    if is_frame(data):
        return long(of_frame(data, texts, names), "series")
    if isinstance(data, Mapping):
        raise InputError("data: a dictionary; expected a frame, a path, or rows as a list of dictionaries")
    if isinstance(data, Sequence) and data and all(isinstance(row, Mapping) for row in data):
        return long(of_rows(data, texts), "series")
    paths = [data] if isinstance(data, str | Path) else data
    if not isinstance(paths, Sequence) or not paths or not all(isinstance(path, str | Path) for path in paths):
        shown = " ".join(repr(data)[:80].split())
        raise InputError(f"data: {shown}; expected a frame, a path or several, or rows as a list of dictionaries")
    tables = [
        long(sample_table(str(path)), "series")
        if str(path).startswith("sample:")
        else long(of_path(Path(path), texts, encoding, delimiter), Path(path).name.split(".")[0])
        for path in paths
    ]
    return tables[0] if len(tables) == 1 else _joined(tables)


class _Roles(NamedTuple):
    names: Names
    wide: str = ""  # "down": a column for each series; "across": a row
    values: tuple[str, ...] = ()  # of a wide table, the columns of values


def _roles(found: Sequence[str], names: Names, default: bool, learnt: bool) -> _Roles:
    """Which of the columns ``found`` are what."""
    held = Names(*(_named(found, name) for name in names))
    if held.ds and (held.y or learnt) and (held.id or default or not names.id):
        return _Roles(held)
    named = [name for name in found if not _UNNAMED.fullmatch(name)]
    dates = tuple(name for name in named if _DATE.fullmatch(name))
    if default and not held.y and len(dates) >= 2:
        first = held.id or next((name for name in named if name not in dates), "")
        return _Roles(Names(first, "", ""), "across", dates)
    if default and not held.y and not held.id and len(named) > 1:
        ds = held.ds or named[0]
        return _Roles(Names("", ds, ""), "down", tuple(name for name in named if name != ds))
    missing = next(name for name, place in zip(names, held, strict=True) if name and not place)
    shown = ", ".join(found[:20]) + (f" and {len(found) - 20} more" if len(found) > 20 else "")
    raise InputError(f"no column {missing!r}; it has {shown}: name yours with {_ADVICE}", _ADVICE)


def _named(found: Sequence[str], name: str) -> str:
    """The column of a name, in other case where that is clear; "" where there is none."""
    if name in found:
        return name
    others = [other for other in found if name and other.casefold() == name.casefold()]
    return others[0] if len(others) == 1 else ""


def _long(raw: RawTable, roles: _Roles, series: str) -> LongTable:
    """A raw table as a long one; ``series`` is the identifier of the one series of a table without any."""
    names, count = roles.names, _length(raw)
    if not count:
        raise InputError(f"{raw.name}: no rows in it; expected a row for each series and stamp")
    if roles.wide:
        raw = down(raw, names.ds, roles.values) if roles.wide == "down" else across(raw, names.id, roles.values)
        names, count = Names(*LONG), count * len(roles.values)
    ids, codes, id_type = [series], np.zeros(count, np.int32), ""
    if names.id:
        ids, codes = _identifiers(raw.columns[names.id], raw, names.id)
        id_type = raw.types.get(names.id, "text")
    others = {
        name: column for name, column in raw.columns.items() if name not in names and not _UNNAMED.fullmatch(name)
    }
    return LongTable(
        ids=ids,
        series=codes,
        ds=raw.columns[names.ds],
        y=raw.columns.get(names.y),
        others=others,
        place=raw.place,
        name=raw.name,
        names=names,
        id_type=id_type,
        ds_type=raw.types.get(names.ds, "text"),
        moments=raw.moments,
        types=raw.types,
    )


def _length(raw: RawTable) -> int:
    column = next(iter(raw.columns.values()), np.zeros(0))
    return len(column.codes) if isinstance(column, Coded) else len(column)


def _identifiers(column: Column, raw: RawTable, name: str) -> tuple[list[str], NDArray[np.int32]]:
    """The different identifiers as texts in the order of their first rows, and that of each row."""
    column = column if isinstance(column, Coded) else coded(column.tolist())
    if (column.codes < 0).any():
        row = int((column.codes < 0).argmax())
        raise InputError(f"{raw.place(row)}: {name} is missing; expected the identifier of a series")
    texts = [id_text(value) for value in column.values]
    again = coded(texts)
    return [str(text) for text in again.values], again.codes[column.codes]


def _joined(tables: Sequence[LongTable]) -> LongTable:
    """Several tables, one below the other; a column that one of them lacks is missing there."""
    every = coded([text for table in tables for text in table.ids])
    starts = np.cumsum([0, *(len(table.ids) for table in tables)])
    series = [every.codes[start:][table.series] for start, table in zip(starts, tables, strict=False)]
    bounds = np.cumsum([0, *map(len, series)])

    def joined(pick: Callable[[LongTable], Column | None]) -> Column:
        return _stacked([pick(table) for table in tables], [len(rows) for rows in series])

    def place(row: int) -> str:
        number = int(np.searchsorted(bounds, row, "right")) - 1
        return tables[number].place(row - int(bounds[number]))

    names = list(dict.fromkeys(name for table in tables for name in table.others))
    return LongTable(
        ids=[str(text) for text in every.values],
        series=np.concatenate(series),
        ds=joined(lambda table: table.ds),
        y=joined(lambda table: table.y) if any(table.y is not None for table in tables) else None,
        others={name: joined(lambda table, name=name: table.others.get(name)) for name in names},  # type: ignore[misc]
        place=place,
        name=f"{len(tables)} files",
        names=tables[0].names,
        id_type=tables[0].id_type or "text",
    )


def _stacked(parts: Sequence[Column | None], lengths: Sequence[int]) -> Column:
    filled = [np.full(length, np.nan) if part is None else part for part, length in zip(parts, lengths, strict=True)]
    if not any(isinstance(part, Coded) for part in filled):
        return np.concatenate([part for part in filled if not isinstance(part, Coded)])
    as_coded = [part if isinstance(part, Coded) else _as_texts(part) for part in filled]
    every = coded([str(value) for part in as_coded for value in part.values])
    starts = np.cumsum([0, *(len(part.values) for part in as_coded)])
    codes = [
        np.append(every.codes[start : start + len(part.values)], -1)[part.codes].astype(np.int32)
        for start, part in zip(starts, as_coded, strict=False)
    ]
    return Coded(np.concatenate(codes), every.values)


def _as_texts(numbers: NDArray[np.float64]) -> Coded:
    return coded([None if math.isnan(number) else text_of_number(number) for number in numbers.tolist()])
