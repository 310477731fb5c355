"""Tables of cells with a separator between them (CSV, TSV), in the variants that programs write."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from operator import itemgetter

from unrolled.errors import InputError
from unrolled.sources.cells import Cells, Refuse, Table, Uneven, at, refused
from unrolled.sources.text_file import TextFile

__all__ = ["check_delimiter", "read_separated"]

_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE = 200  # lines from which the separator is found
_BLOCK = 20_000  # rows
_LONGEST_CELL = 1 << 24  # characters
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


def check_delimiter(delimiter: str) -> str:
    """The character that ``delimiter`` is, or names ("tab"); InputError for what separates nothing."""
    character = _NAMES.get(delimiter.lower(), delimiter)
    if len(character) != 1 or character in '"\r\n\0' or character.isalnum():
        raise InputError(f"delimiter is {delimiter!r}; expected one character that separates columns, or tab")
    return character


def read_separated(file: TextFile, encoding: str, delimiter: str | None, usual: str, refuse: Refuse = refused) -> Table:
    """The table in a text file. Blank lines above its headings are passed over, and a first line sep=; is obeyed.

    The separator is ``delimiter``, or else found, ``usual`` the likelier. Cells may be quoted as of RFC 4180, with
    blanks around the quotes; in a table with tabs, whose cells need none, a quote may also be a character like others.
    Raises InputError, naming the line, for a row of another length or a quote that is not closed.
    """
    encoding = file.guessed(encoding)
    lines = file.lines(encoding)
    sample = list(islice(lines, _SAMPLE))
    start = next((number for number, line in enumerate(sample) if line.strip()), 0)
    if start < len(sample) and (said := re.fullmatch(r"sep=(.)", sample[start].strip(" \r\n"))):
        delimiter, start = delimiter or said[1], start + 1
    if not "".join(sample[start:]).strip():
        raise InputError(f"{file.name}: empty; expected a first line with the names of the columns")
    cut = len(sample) == _SAMPLE
    separator = check_delimiter(delimiter) if delimiter else _separator(sample[start:], cut, usual)
    rest = chain(sample[start:], lines)
    if separator == "\t" and _is_plain(file, encoding, start):
        rows = _plain(rest, start, file.name)
    else:
        rows = _quoted(rest, separator, start, file.name)
    first, where = next(rows)
    headings = [str(cell).strip() for cell in first]
    even = at(_even(rows, len(headings), separator, refuse))

    def blocks() -> Iterator[list[list[str]]]:
        return _blocks(islice(file.lines(encoding), start, None), separator, len(headings))

    return Table(where, headings, even, (first, where), separator == ";", blocks)


def _separator(sample: Sequence[str], cut: bool, usual: str) -> str:
    """The separator that gives most rows as many cells as the first row has."""
    csv.field_size_limit(_LONGEST_CELL)

    def share(separator: str) -> float:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=separator, skipinitialspace=True) if row]
        except csv.Error:
            return 0.0
        widths = widths[:-1] if cut and len(widths) > 2 else widths  # the last row may go on below the sample
        return sum(width == widths[0] for width in widths) / len(widths) if widths and widths[0] > 1 else 0.0

    return max((usual, *_SEPARATORS), key=share)


def _is_plain(file: TextFile, encoding: str, start: int) -> bool:
    """Whether each line of a table with tabs is a row, so that no cell has tabs or line breaks within quotes.

    A line of another length that has no quote is one as well, if a wrong one: it is no reason to take quotes for such.
    """
    lines = (line for line in islice(file.lines(encoding), start, None) if line.strip())
    tabs = next(lines, "").count("\t")
    return all(line.count("\t") == tabs or '"' not in line for line in lines)


def _plain(lines: Iterator[str], start: int, name: str) -> Iterator[Cells]:
    """Each line a row; quotes go where they enclose a whole cell."""
    for number, line in enumerate(lines, start + 1):
        if line.strip():
            cells = line.rstrip("\r\n").split("\t")
            yield [_unquoted(cell) for cell in cells], f"{name}:{number}"


def _unquoted(cell: str) -> str:
    quoted = _QUOTED.fullmatch(cell.strip())
    return quoted[1].replace('""', '"') if quoted else cell


def _quoted(lines: Iterator[str], separator: str, start: int, name: str) -> Iterator[Cells]:
    """Rows that may have several lines."""
    csv.field_size_limit(_LONGEST_CELL)
    last = [""]  # the line read last

    def watched() -> Iterator[str]:
        for line in lines:
            last[0] = line
            yield line

    reader = csv.reader(watched(), delimiter=separator, skipinitialspace=True, strict=True)
    while True:
        before = reader.line_num
        where = f"{name}:{start + before + 1}"
        try:
            row = next(reader, None)
        except csv.Error as error:
            if reader.line_num - before != 1 or last[0].count('"') % 2:
                raise InputError(f"{where}: no sound row: {error}; a quote within quotes is written twice") from None
            loose = csv.reader(last, delimiter=separator, skipinitialspace=True)  # blanks may stand after a quote, too
            row = [cell.rstrip() for cell in next(loose)]
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield row, where


def _blocks(lines: Iterator[str], separator: str, width: int) -> Iterator[list[list[str]]]:
    """The rows below the headings, many at a time; `Uneven` where one is not as `_quoted` and `_even` let it pass."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    try:
        while not any(cell.strip() for cell in next(reader)):
            pass  # blank lines above the headings
        while block := list(islice(reader, _BLOCK)):
            kept = list(filter(None, block))
            if set(map(len, kept)) != {width} or not all(map(itemgetter(0), kept)):
                raise Uneven
            yield kept
    except csv.Error:
        raise Uneven from None


def _even(rows: Iterator[Cells], width: int, separator: str, refuse: Refuse) -> Iterator[Cells]:
    """Rows as wide as the headings; empty cells beyond these are cut off."""
    for row, where in rows:
        if len(row) < width or any(str(cell).strip() for cell in row[width:]):
            remedy = "take tabs out of its cells" if separator == "\t" else f"put cells with {separator!r} in quotes"
            remedy = f"write {separator!r} for empty cells, too" if len(row) < width else remedy
            what = f"{len(row)} value{'s' * (len(row) != 1)}; expected {width}, as in the first line"
            refuse(InputError(f"{where}: {what}: {remedy}"))
        else:
            yield row[:width], where
