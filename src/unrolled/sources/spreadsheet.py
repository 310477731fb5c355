"""Excel's spreadsheets (.xlsx), read by openpyxl, which computes no formula and runs no macro."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unrolled.errors import InputError, MissingExtra
from unrolled.progress import remark
from unrolled.sources.cells import Cells, Table, at

__all__ = ["read_spreadsheet"]

_LARGEST = 1 << 30  # bytes of all its parts, unpacked


def read_spreadsheet(path: Path) -> Table:
    """The first sheet that has any cells; its first row with any holds the headings.

    Raises InputError for what is damaged, is no .xlsx, or unpacks to more than a GB.
    """
    try:
        from openpyxl import load_workbook
    except ModuleNotFoundError as error:
        raise MissingExtra("openpyxl", "train", "reading .xlsx") from error
    _check_size(path)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        sheets = {sheet.title: _rows(sheet, path) for sheet in book.worksheets}
    except Exception as error:  # damaged parts raise whatever they meet
        raise InputError(f"{path}: no sound .xlsx file: {error}") from None
    filled = {title: (first, rows) for title, rows in sheets.items() if (first := next(rows, None)) is not None}
    if not filled:
        raise InputError(f"{path}: empty; expected a first row with the names of the columns")
    title, ((cells, where), rows) = next(iter(filled.items()))
    if len(filled) > 1:
        others = ", ".join(list(filled)[1:])
        remark(f"{path}: reads the sheet {title!r}, not {others}; save one as CSV to read that")
    headings = ["" if cell is None else str(cell).strip() for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    return Table(where, headings, at(_even(rows, len(headings))), (cells, where))


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"{path}: no sound .xlsx file: {getattr(error, 'strerror', None) or error}") from None
    if size > _LARGEST:
        raise InputError(f"{path}: {size >> 20:,} MB unpacked; expected at most {_LARGEST >> 20:,}: save it as CSV")


def _rows(sheet: Any, path: Path) -> Iterator[Cells]:
    """The rows that have any cells; a sheet says how wide it is, but need not be right."""
    sheet.reset_dimensions()
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows(values_only=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(rows, None)
        except Exception as error:  # see above
            raise InputError(f"{path}: row {number} of {sheet.title!r} cannot be read: {error}") from None
        if row is None:
            return
        if any(cell is not None and str(cell).strip() for cell in row):
            yield row, f"{path}: row {number}"


def _even(rows: Iterator[Cells], width: int) -> Iterator[Cells]:
    """As many cells in each row as there are headings; cells at its end that are empty are not in the file."""
    for row, where in rows:
        yield [*row[:width], *[None] * (width - len(row))], where
