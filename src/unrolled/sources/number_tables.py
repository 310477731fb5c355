"""Tables of numbers: a series a row with its label in front, as the UCR archive writes them, or below a head."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.cells import pointed
from unrolled.sources.series_values import Gaps, Series, label_of, number, numbers
from unrolled.sources.text_file import TextFile

__all__ = ["holds_numbers", "read_number_table", "read_rows", "read_steps"]

_LOOKED_AT = 5  # rows that tell a table of numbers from one of texts
_LABELS = ("label", "class", "target", "y")  # headings of a label that need not be named
_NUMBERING = ("", "id", "index", "unnamed: 0", "#")  # headings of columns that count the rows
_FEWEST = 2  # numbers of a row: one would be no series

Row = tuple[list[str], str]


def holds_numbers(path: Path, columns: Sequence[str], encoding: str = "utf-8") -> bool:
    """Whether a text file is a table of numbers: a label and numbers in each row, or a head with one label whose other
    columns are numbers. A table with the ``columns`` of a text and its label is none."""
    try:
        rows = [cells for cells, _ in islice(read_rows(path, encoding), _LOOKED_AT)]
    except InputError:
        return False  # the reader of texts says what is wrong with it
    if not rows:
        return False
    if all(len(cells) > _FEWEST and _are_numbers(cells[1:]) for cells in rows):
        return True
    names, rows = _names(rows[0]), rows[1:]
    place = _label_place(names, columns)
    if place is None or columns[0].strip().lower() in names or not rows:
        return False
    taken = _value_places(names, place)
    return len(taken) >= _FEWEST and all(
        len(cells) == len(names) and _are_numbers([cells[i] for i in taken]) for cells in rows
    )


def read_rows(path: Path, encoding: str = "utf-8") -> Iterator[Row]:
    """The cells of each line that is not empty, cut at tabs, semicolons, commas or blanks, and "file:line"."""
    separator, file = "", TextFile.at(path)
    for line_number, line in enumerate(file.lines(file.guessed(encoding, tell=False)), 1):
        if not (line := line.rstrip("\r\n")).strip():
            continue
        if not separator:
            separator = next((mark for mark in "\t;," if mark in line), " ")
        cells = line.split() if separator == " " else [cell.strip().strip('"') for cell in line.split(separator)]
        if separator == ";":  # as where a comma stands before the decimals
            cells = list(map(pointed, cells))
        yield cells, f"{path}:{line_number}"


def read_number_table(
    path: Path, columns: Sequence[str], encoding: str = "utf-8", unlabelled: int | None = None
) -> Iterator[Series]:
    """The series (T, 1) of a table that `holds_numbers`; missing values at the end of a row make it shorter.

    Where rows may be ``unlabelled``, those of so many values are, and all where the first values have fractions.
    Raises InputError, naming file and line, for a value that is no number and a row without one.
    """
    rows = list(read_rows(path, encoding))
    layout = _layout(path, [cells for cells, _ in rows], columns, unlabelled)
    gaps, lengths = Gaps(path), set[int]()
    for cells, where in rows[layout.head :]:
        if layout.head and len(cells) != layout.width:
            raise InputError(f"{where}: {len(cells)} values; expected {layout.width}, as in the first line")
        label, values = layout.row(cells, where)
        while values and np.isnan(values[-1]):
            values.pop()
        lengths.add(len(values))
        yield Series(gaps.filled(np.array(values, np.float64)[:, None], where), label, where)
    if len(lengths) > 1:
        remark(f"{path}: series of {min(lengths)} to {max(lengths)} numbers, each read at its own length")
    gaps.tell()


@dataclass(frozen=True)
class _Layout:
    """Lines of the head, cells of a row, the place of its label or None, and the places of its numbers (None: all)."""

    head: int
    width: int
    label: int | None
    taken: Sequence[int] | None = None

    def row(self, cells: list[str], where: str) -> tuple[str, list[float]]:
        """The label of a row, and its numbers."""
        if self.label is None:
            return "", numbers(cells, where)
        label = label_of(cells[self.label])
        value = number(label)
        if value is not None and math.isnan(value):
            label = ""
        elif value is not None and not value.is_integer():
            raise InputError(
                f"{where}: the label is {label!r:.80}; expected the first value of each row to be a label, a word or a "
                "whole number, before its numbers"
            )
        own = self.label % len(cells)
        places = self.taken or [place for place in range(len(cells)) if place != own]
        return label, numbers([cells[place] for place in places], f"{where}, without the label")


def _layout(path: Path, rows: Sequence[list[str]], columns: Sequence[str], unlabelled: int | None) -> _Layout:
    width = len(rows[0])
    if not _are_numbers(rows[0][1:]):
        names = _names(rows[0])
        place = _label_place(names, columns)
        assert place is not None, "holds_numbers saw it"
        taken = _value_places(names, place)
        remark(f"{path}: each row is a series of {len(taken)} steps, its label in the column {rows[0][place]!r:.80}")
        return _Layout(1, width, place, taken)
    if unlabelled is not None and all(len(cells) == unlabelled for cells in rows):
        return _Layout(0, width, None)
    first = [number(cells[0]) for cells in rows]
    if None in first or all(value is not None and (math.isnan(value) or value.is_integer()) for value in first):
        return _Layout(0, width, 0)
    last = [number(cells[-1]) for cells in rows]
    if all(value is not None and value.is_integer() for value in last) and len(set(last)) * 2 <= len(last):
        remark(f"{path}: the first column is no label, as it has fractions; the last column is taken for it")
        return _Layout(0, width, -1)
    return _Layout(0, width, 0 if unlabelled is None else None)


def read_steps(path: Path, channels: int, encoding: str = "utf-8") -> Series | None:
    """The one series in a text file with a row for each step and a number for each of its ``channels``, below a line
    of names or not; None where a row has another number of cells."""
    rows = list(read_rows(path, encoding))
    if rows and not _are_numbers(rows[0][0]):
        rows = rows[1:]
    if not rows or any(len(cells) != channels for cells, _ in rows):
        return None
    gaps = Gaps(path)
    values = gaps.filled(np.array([numbers(cells, where) for cells, where in rows], np.float64), str(path))
    gaps.tell()
    return Series(values, "", str(path))


def _are_numbers(cells: Sequence[str]) -> bool:
    """Whether all cells are numbers or missing, and at least one is a number."""
    values = [number(cell) for cell in cells]
    return None not in values and any(value is not None and not math.isnan(value) for value in values)


def _names(cells: Sequence[str]) -> list[str]:
    return [cell.strip().lower() for cell in cells]


def _label_place(names: Sequence[str], columns: Sequence[str]) -> int | None:
    """The place of the label's column among the headings; None where there is none, or several."""
    wanted = columns[-1].strip().lower()
    if wanted in names:
        return names.index(wanted)
    places = [place for place, name in enumerate(names) if name in _LABELS]
    return places[0] if len(places) == 1 else None


def _value_places(names: Sequence[str], label: int) -> list[int]:
    return [place for place, name in enumerate(names) if place != label and name not in _NUMBERING]
