"""Tables written to files: CSV, TSV, JSON lines, Parquet."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from unrolled.data.grids import stamp_texts
from unrolled.errors import InputError, MissingExtra
from unrolled.inference.forecast_tables import Columns
from unrolled.storage.files import replace_file

__all__ = ["WRITTEN", "json_lines", "values_of", "write_table"]


def write_table(columns: Columns, path: Path) -> None:
    """Write a table in the format of the suffix; the old file or the new one stands, never half of one.

    A number that is not finite is an empty cell. Raises InputError for another suffix, or where it cannot write.
    """
    write = WRITTEN.get(path.suffix.lower())
    if write is None:
        raise InputError(f"{path}: expected the name of a file that ends in {', '.join(WRITTEN)}")
    replace_file(path, lambda stream: write(columns, stream))


def _rows(columns: Columns) -> Iterator[tuple[Any, ...]]:
    return zip(*(values_of(values) for values in columns.values()), strict=True)


def values_of(values: Any) -> Sequence[Any]:
    """Values as csv and JSON write them."""
    array = np.asarray(values)
    if array.dtype.kind == "M":
        return stamp_texts(array)
    if array.dtype.kind == "f":
        return [None if not math.isfinite(value) else value for value in array.tolist()]
    return array.tolist() if array.dtype.kind != "U" else list(values)


def _separated(separator: str) -> Callable[[Columns, BinaryIO], None]:
    def write(columns: Columns, stream: BinaryIO) -> None:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        rows = csv.writer(text, delimiter=separator, lineterminator="\n")
        rows.writerow(columns)
        rows.writerows(_rows(columns))
        text.flush()
        text.detach()

    return write


def json_lines(columns: Columns) -> Iterator[str]:
    """An object for each row."""
    for row in _rows(columns):
        yield json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)


def _lines(columns: Columns, stream: BinaryIO) -> None:
    stream.writelines(f"{line}\n".encode() for line in json_lines(columns))


def _parquet(columns: Columns, stream: BinaryIO) -> None:
    try:
        import polars
    except ModuleNotFoundError as error:
        raise MissingExtra("polars", "train", "writing Parquet") from error
    stamps = {name: np.asarray(values) for name, values in columns.items()}
    table = {
        name: stamps[name].astype("M8[us]") if stamps[name].dtype.kind == "M" else values
        for name, values in columns.items()
    }
    polars.DataFrame(table).write_parquet(stream)


WRITTEN: dict[str, Callable[[Columns, BinaryIO], None]] = {
    ".csv": _separated(","),
    ".tsv": _separated("\t"),
    ".jsonl": _lines,
    ".parquet": _parquet,
}
"""How a table is written, by the suffix of its file."""
