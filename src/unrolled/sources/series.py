"""Series of numbers from files, each with its label: `.ts`, tables of numbers, long tables, `.npy` and `.npz`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from unrolled.errors import InputError
from unrolled.sources.number_arrays import ARRAYS, read_number_arrays
from unrolled.sources.number_tables import holds_numbers, read_number_table, read_steps
from unrolled.sources.series_tables import read_long_table
from unrolled.sources.series_values import Series
from unrolled.sources.tables import TABLES
from unrolled.sources.ts_file import read_ts

__all__ = ["SERIES", "Series", "holds_series", "read_series", "read_unlabelled"]

SERIES = (".ts", *ARRAYS)
"""Suffixes of files that hold nothing but series."""
TEXTS = (".csv", ".tsv", ".txt")
_LONG = 4  # names of the columns of a long table at least: id, time, value, label


def holds_series(path: Path, columns: Sequence[str], encoding: str = "utf-8") -> bool:
    """Whether a file holds series of numbers: by its suffix, by ``columns`` that are those of a long table (identifier,
    time, values, label), or as a table of numbers that has not the ``columns`` of a text and its label."""
    suffix = _suffix(path)
    if suffix in SERIES:
        return True
    if suffix not in (*TABLES, ".txt"):
        return False
    return len(columns) >= _LONG or (suffix in TEXTS and holds_numbers(path, columns, encoding))


def read_series(
    path: Path,
    columns: Sequence[str],
    encoding: str = "utf-8",
    labels: bool = True,
    group: str | None = None,
    delimiter: str | None = None,
    length: int = 0,
) -> Iterator[Series]:
    """The series of a file that `holds_series`; InputError, naming file and line, for whatever cannot be read.

    Without ``labels`` a file need not have any; those that it has are given. ``group`` is a column of a long
    table, ``delimiter`` what stands between its columns; ``length`` as in `read_unlabelled`.
    """
    suffix = _suffix(path)
    if suffix == ".ts":
        read = read_ts(path, encoding)
    elif suffix in ARRAYS:
        read = read_number_arrays(path, labels)
    elif len(columns) >= _LONG:
        read = read_long_table(path, columns, encoding, labels, group, delimiter)
    else:
        read = read_number_table(path, columns, encoding, None if labels else length)
    for series in read:
        if labels and not series.label:
            raise InputError(f"{series.where}: the series has no label; expected one for each")
        yield series


def _suffix(path: Path) -> str:
    return (Path(path.stem) if path.suffix.lower() == ".gz" else path).suffix.lower()


def read_unlabelled(
    path: Path, columns: Sequence[str], channels: int, length: int = 0, encoding: str = "utf-8"
) -> Iterator[Series]:
    """The series of a file for a model that reads ``channels``, whether it has labels or not.

    A text file may also hold one series: a row for each step with a number for each channel. Of another table of
    numbers the rows have no label where they have as many values as the ``length`` of the series learnt from.
    """
    suffix = _suffix(path)
    if suffix in TEXTS and len(columns) < _LONG:
        steps = read_steps(path, channels, encoding)
        if steps is not None:
            yield steps
            return
    if not holds_series(path, columns, encoding):
        raise InputError(f"{path}: holds no series of numbers; expected {', '.join(SERIES)}, or a table of numbers")
    yield from read_series(path, columns, encoding, labels=False, length=length)
