"""Raw tables of columns: from frames, files and rows, with what is read as text kept once for each different text."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError, MissingExtra
from unrolled.sources.cells import Table, Uneven, text
from unrolled.sources.panel_columns import Column, GrowingColumn, RawTable, coded, of_objects
from unrolled.sources.tables import open_table

if TYPE_CHECKING:
    import narwhals

__all__ = ["is_frame", "of_frame", "of_path", "of_rows"]

_BLOCK = 20_000  # rows that are turned into columns at a time

Texts = Callable[[Sequence[str]], Collection[str]]
"""Of the names of a table's columns those that are read as texts, whatever is in them."""


def is_frame(data: Any) -> bool:
    """Whether data are a frame of a library such as pandas or polars."""
    return hasattr(type(data), "columns")


def of_rows(rows: Sequence[Mapping[str, Any]], texts: Texts, name: str = "rows") -> RawTable:
    """Rows as dictionaries, all with the same names or some of them missing."""
    names = list(dict.fromkeys(column for row in rows for column in row))
    kept = texts(names)
    columns: dict[str, Column] = {}
    for column in names:
        values = [row.get(column) for row in rows]
        columns[column] = coded(values, column) if column in kept else of_objects(values, column)
    return RawTable(name, columns, lambda row: f"{name}: row {row}")


def of_path(path: Path, texts: Texts, encoding: str, delimiter: str | None) -> RawTable:
    """A table in a file; every row is read once, and again where a message names its line."""
    with open_table(path, encoding, delimiter) as table:
        _check_names(table)
        kept = texts(table.headings)
        try:
            columns = _columns(table.blocks() if table.blocks else _blocks(table), table, kept)
        except Uneven:
            columns = _columns(_blocks(table), table, kept)

    def place(row: int) -> str:
        with open_table(path, encoding, delimiter) as again:
            return next(islice((where for _, where in again.rows([0])), row, None), str(path))

    return RawTable(str(path), columns, place)


def _blocks(table: Table) -> Iterator[list[Sequence[object]]]:
    rows = table.rows(range(len(table.headings)))
    while block := [cells for cells, _ in islice(rows, _BLOCK)]:
        yield block


def _columns(
    blocks: Iterable[Sequence[Sequence[object]]], table: Table, texts: Collection[str]
) -> Mapping[str, Column]:
    """The columns of a table whose rows come by many."""
    growing = [GrowingColumn(name in texts, table.commas) for name in table.headings]
    for block in blocks:
        for column, cells in zip(growing, zip(*block, strict=True), strict=False):
            column.add(_texts(cells))
    return {name: column.column() for name, column in zip(table.headings, growing, strict=True)}


def _check_names(table: Table) -> None:
    twice, count = Counter(table.headings).most_common(1)[0]
    if count > 1:
        raise InputError(f"{table.where}: {count} columns are called {twice!r}; rename them")


def _texts(cells: Sequence[object]) -> Sequence[str]:
    """Cells as texts; those of spreadsheets and JSON come in types of their own."""
    if all(kind is str for kind in set(map(type, cells))):
        return cells  # type: ignore[return-value]
    return [text(cell, "", "") for cell in cells]


def of_frame(frame: Any, texts: Texts, wanted: Sequence[str] = ()) -> RawTable:
    """A frame of pandas, polars or another library that narwhals knows.

    Of pandas's the index counts as columns where one of the ``wanted`` is in it alone.
    """
    try:
        import narwhals
    except ModuleNotFoundError as error:
        raise MissingExtra("narwhals", "train", "reading data frames") from error
    if hasattr(frame, "reset_index"):  # pandas's
        if set(wanted) & set(frame.index.names) - set(frame.columns):
            frame = frame.reset_index()
        frame = frame.rename(columns=str)
    try:
        table = narwhals.from_native(frame, eager_only=True)
        kept = texts(table.columns)
    except (TypeError, narwhals.exceptions.NarwhalsError) as error:
        why = " ".join(str(error).split())
        raise InputError(f"data: {type(frame).__name__}; expected a frame of pandas or polars: {why:.200}") from None
    types: dict[str, str] = {}
    columns: dict[str, Column] = {}
    moments = None
    for name in table.columns:
        series = table[name]
        types[name] = _type(series)
        if types[name].startswith("datetime["):
            utc = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            moments = _seconds(utc, name).astype(np.int64)
            series = series.dt.replace_time_zone(None)
        columns[name] = _column(series, types[name], name in kept, name)
    return RawTable("data", columns, lambda row: f"row {row}", types, moments)


def _type(series: "narwhals.Series[Any]") -> str:
    """How a frame holds a column: "datetime", "datetime[ZONE]", "date", "int", "float", "bool" or "text"."""
    kind = series.dtype
    if not kind.is_temporal():
        return (
            "bool" if "Bool" in str(kind) else "int" if kind.is_integer() else "float" if kind.is_numeric() else "text"
        )
    if "Datetime" not in str(kind):
        return "date"
    zone = getattr(kind, "time_zone", None)
    return f"datetime[{zone}]" if zone else "datetime"


def _column(series: "narwhals.Series[Any]", kind: str, as_text: bool, name: str) -> Column:
    if kind.startswith("datetime") or kind == "date":
        return _seconds(series, name)
    if as_text or kind == "text":
        values = series.to_list()
        return coded(values, name) if as_text else of_objects(values, name)
    import narwhals

    return np.asarray(series.cast(narwhals.Float64).to_numpy(), np.float64)


def _seconds(series: "narwhals.Series[Any]", name: str) -> NDArray[Any]:
    """Stamps as datetime64[s]; InputError for one with fractions of a second."""
    stamps = series.to_numpy().astype("M8[us]")
    seconds = stamps.astype("M8[s]")
    finer = (seconds != stamps) & ~np.isnat(stamps)
    if finer.any():
        row = int(finer.argmax())
        raise InputError(f"row {row}: {name} is {stamps[row]}; expected stamps of whole seconds")
    return seconds
