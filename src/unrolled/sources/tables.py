"""Tables (CSV, TSV, JSON, Parquet, Excel's .xlsx), read row by row, each with its place in the file."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.cells import Cells, Refuse, Table, is_missing, pointed, refused, text
from unrolled.sources.headings import places
from unrolled.sources.json_tables import read_json, read_json_lines
from unrolled.sources.parquet import read_parquet
from unrolled.sources.separated import read_separated
from unrolled.sources.spreadsheet import read_spreadsheet
from unrolled.sources.text_file import TextFile, check_encoding

__all__ = ["TABLES", "is_table", "label_text", "open_table", "read_table", "rows_of"]

TABLES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet", ".xlsx")
_NOT_PACKED = (".parquet", ".xlsx")
_SHOWN = 5  # places of cells without a value that are named
_WHOLE = re.compile(r"(-?\d+)\.0+")

Row = tuple[list[str], str]


@contextmanager
def open_table(
    path: Path, encoding: str = "utf-8", delimiter: str | None = None, refuse: Refuse = refused
) -> Iterator[Table]:
    """The table in a file; its suffix tells the format, and .gz may follow it.

    ``delimiter`` separates the columns of CSV and TSV; it is found where it is None. Raises InputError for what is no
    such table, here or while rows are read; a single bad row of text goes to ``refuse``.
    """
    check_encoding(encoding)
    file = TextFile.at(path)
    suffix = Path(path.stem if file.packed else path).suffix.lower()
    if file.packed and suffix in _NOT_PACKED:
        raise InputError(f"{path}: {suffix} is read as it is, not packed by gzip; unpack it: gunzip {path.name}")
    if suffix == ".parquet":
        with read_parquet(path) as table:
            yield table
    elif suffix == ".xlsx":
        yield read_spreadsheet(path)
    elif suffix == ".json":
        yield read_json(file, encoding)
    elif suffix in (".jsonl", ".ndjson"):
        yield read_json_lines(file, encoding, refuse)
    else:
        yield read_separated(file, encoding, delimiter, "," if suffix == ".csv" else "\t", refuse)


def is_table(path: Path) -> bool:
    """Whether a file is a table by its name."""
    return path.name.lower().removesuffix(".gz").endswith(TABLES)


def rows_of(table: Table, at: Sequence[int], first_is_row: bool) -> Iterator[Cells]:
    """The cells of each row at some places, and where it stands; the headings first, where they are a row as well."""
    if first_is_row and table.first is not None:
        cells, where = table.first
        return chain([([cells[place] for place in at], where)], table.rows(at))
    return table.rows(at)


def read_table(
    path: Path,
    columns: Sequence[str],
    encoding: str = "utf-8",
    delimiter: str | None = None,
    group: str | None = None,
    empty: bool = False,
    decimals: bool = False,
) -> Iterator[Row]:
    """Rows of a table → the values of ``columns`` and ``group`` as texts, and "file:line" (of others, "file: row N").

    See `open_table` for the formats, `headings.places` for the names of columns. A row in which a value is missing
    (empty, NaN, null) is left out, and what was left out is said at the end; with ``empty`` it is kept.
    With ``decimals`` the comma of a number is a point where semicolons separate the columns. Raises
    InputError for a column that is not there, a row of another length, and whatever cannot be read.
    """
    left_out, count = dict[str, list[str]](), 0
    with open_table(path, encoding, delimiter) as table:
        at, first_is_row = places(table, columns, group)
        names = [*columns, *([] if group is None else [group])]
        for cells, where in rows_of(table, at, first_is_row):
            count += 1
            values = [text(cell, where, name) for name, cell in zip(names, cells, strict=True)]
            values = list(map(pointed, values)) if decimals and table.commas else values
            missing = next((name for name, value in zip(names, values, strict=True) if is_missing(value)), None)
            if missing is None or empty:
                yield ["" if is_missing(value) else value for value in values], where
            else:
                left_out.setdefault(missing, []).append(where)
    if left_out:
        _say(path, left_out, count)


def _say(path: Path, left_out: dict[str, list[str]], count: int) -> None:
    """Tell how many rows lack a value of each column, and where; InputError where no row is whole."""
    for column, where in left_out.items():
        shown = ", ".join(place.removeprefix(str(path)).lstrip(": ") for place in where[:_SHOWN])
        more = f" and {len(where) - _SHOWN} more" if len(where) > _SHOWN else ""
        number = f"{len(where):,} of {count:,} rows"
        if len(where) == count:
            raise InputError(
                f'{path}: {column} is empty in every row; name another column by columns="INPUT,LABEL"',
                'columns="INPUT,LABEL"',
            )
        remark(f"{path}: {number} left out, as {column} is empty in them ({shown}{more})")


def label_text(value: str) -> str:
    """A label as all readers write it: without blanks around it, and a whole number without ".0"."""
    value = value.strip()
    whole = _WHOLE.fullmatch(value)
    return whole[1] if whole else value
