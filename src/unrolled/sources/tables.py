"""Tables of labelled texts (CSV, TSV, JSON lines, Parquet), read row by row, each with its place in the file."""

import csv
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from unrolled.errors import InputError, MissingExtra
from unrolled.sources.text_file import TextFile
from unrolled.storage.strict_json import parse_json

__all__ = ["TABLES", "read_table"]

TABLES = (".csv", ".tsv", ".jsonl", ".parquet")
_NO_VALUE = ("", "nan", "null", "<na>")  # what programs write for a value that is missing
_LONGEST_CELL = 1 << 24  # characters

Row = tuple[list[str], str]


def read_table(
    path: Path, columns: Sequence[str], encoding: str = "utf-8", delimiter: str | None = None
) -> Iterator[Row]:
    """Rows of a table → the values of ``columns`` as texts, and "file:line" (of Parquet, "file: row N").

    CSV has the quotes of RFC 4180, TSV none; both begin with the names of their columns. The suffix tells the format,
    and .gz may follow it. Raises InputError for a column that is not there, a row of another length, a value that is
    missing (empty, NaN, null), and whatever `TextFile` cannot read.
    """
    file = TextFile.at(path)
    suffix = Path(path.stem if file.packed else path).suffix.lower()
    if suffix == ".parquet":
        rows = _parquet(path, columns)
    elif suffix == ".jsonl":
        rows = _json_lines(file, columns, encoding)
    else:
        rows = _separated(file, columns, encoding, delimiter or ("\t" if suffix == ".tsv" else ","))
    for values, where in rows:
        for name, value in zip(columns, values, strict=True):
            if value.strip().lower() in _NO_VALUE:
                raise InputError(f"{where}: {name} is {value!r}; expected a value in every row")
        yield values, where


def _separated(file: TextFile, columns: Sequence[str], encoding: str, separator: str) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_CELL)
    if separator == "\t":
        reader = csv.reader(file.lines(encoding), delimiter=separator, quoting=csv.QUOTE_NONE, strict=True)
    else:
        reader = csv.reader(file.lines(encoding), delimiter=separator, strict=True)
    line = 1
    try:
        names = next(reader, None)
        if names is None:
            raise InputError(f"{file.name}: empty; expected a first line with the names of the columns")
        places = _places(f"{file.name}:1", [name.strip() for name in names], columns)
        while True:
            line = reader.line_num + 1  # the row's first; it may have several
            row = next(reader, None)
            if row is None:
                return
            if row:
                if len(row) != len(names):
                    raise InputError(
                        f"{file.name}:{line}: {len(row)} values; expected {len(names)}, as in the first line"
                    )
                yield [row[place] for place in places], f"{file.name}:{line}"
    except csv.Error as error:
        raise InputError(f"{file.name}:{line}: no sound row: {error}") from None


def _places(where: str, names: Sequence[str], columns: Sequence[str]) -> list[int]:
    """The place of each of ``columns`` among the names; InputError for one that is not there."""
    for column in columns:
        if column not in names:
            shown = ", ".join(names[:20])
            raise InputError(f"{where}: no column {column!r}; it has {shown}: name yours with --columns INPUT,LABEL")
    return [names.index(column) for column in columns]


def _json_lines(file: TextFile, columns: Sequence[str], encoding: str) -> Iterator[Row]:
    for number, line in enumerate(file.lines(encoding), 1):
        if not line.strip():
            continue
        where = f"{file.name}:{number}"
        row = parse_json(line.encode(errors="surrogatepass"), where)
        if not isinstance(row, dict):
            raise InputError(f"{where}: {line.strip()[:80]!r}; expected an object with {' and '.join(columns)}")
        _places(where, list(row), columns)
        yield [_text(row[column], where, column) for column in columns], where


def _text(value: object, where: str, column: str) -> str:
    """A cell as text; 1.0 becomes "1", since many programs write whole numbers so where a cell is missing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool | int | float | str):
        return str(value)
    raise InputError(f"{where}: {column} is {json.dumps(value, default=str)[:80]}; expected a text or a number")


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    try:
        import polars
    except ModuleNotFoundError as error:
        raise MissingExtra("polars", "train", "reading Parquet") from error
    try:
        with path.open("rb") as file:
            names = polars.read_parquet_schema(file)
            _places(str(path), list(names), columns)
        with path.open("rb") as file:
            table = polars.read_parquet(file, columns=list(columns))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; expected a Parquet file") from error
    except polars.exceptions.PolarsError as error:
        raise InputError(f"{path}: no sound Parquet file: {error}") from None
    for number, row in enumerate(table.select(columns).iter_rows(), 1):
        where = f"{path}: row {number}"
        yield [_text(value, where, name) for name, value in zip(columns, row, strict=True)], where
