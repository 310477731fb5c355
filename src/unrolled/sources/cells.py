"""Tables as their readers give them: headings, rows of cells, and each cell as text."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from unrolled.errors import InputError

__all__ = ["Cells", "Refuse", "Table", "Uneven", "at", "is_missing", "pointed", "refused", "text"]

_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?")
_MISSING = ("nan", "null", "<na>", "#n/a")  # what programs write for a value that is not there

Cells = tuple[Sequence[object], str]
"""The cells of a row, and where it stands: "file:line", or "file: row 2"."""

Refuse = Callable[[InputError], None]
"""What is done with a row that is no sound one."""


class Uneven(Exception):
    """A row that is not as wide as the headings, or empty, was met where rows are read by many."""


class Table(NamedTuple):
    """A table: the place of its headings, these, and a function that reads once of each row the cells at some places.

    ``first`` holds the headings as a row where they may be one, as in a file without headings; a format that names its
    columns otherwise has none. ``commas`` says that a comma may stand before the decimals of its numbers. ``blocks``,
    where there are any, reads the whole rows anew, many at a time and several times as fast, without their places; it
    raises `Uneven` where ``rows`` has to say what is wrong.
    """

    where: str
    headings: list[str]
    rows: Callable[[Sequence[int]], Iterator[Cells]]
    first: Cells | None = None
    commas: bool = False
    blocks: Callable[[], Iterator[list[list[str]]]] | None = None


def refused(error: InputError) -> None:
    """What a reader does with a row that is no sound one, unless it is told to do something else: raise the error."""
    raise error


def at(rows: Iterable[Cells]) -> Callable[[Sequence[int]], Iterator[Cells]]:
    """A function for `Table.rows`: the cells of whole rows at some places."""
    return lambda places: (([cells[place] for place in places], where) for cells, where in rows)


def pointed(value: str) -> str:
    """A number with a point before its decimals, where it has a comma there; other texts as they are."""
    return value.replace(",", ".") if _COMMA.fullmatch(value.strip()) else value


def is_missing(value: str) -> bool:
    """Whether a cell's text stands for no value."""
    empty = not any(character.isprintable() and not character.isspace() for character in value)
    return empty or value.strip().lower() in _MISSING


def text(value: object, where: str, column: str) -> str:
    """A cell as text, "" where it is empty; InputError for what is neither text nor number nor date.

    A number that is whole is written so, 1.0 as "1": many programs write 1.0 where a cell above or below is empty.
    """
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float | Decimal):
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, datetime) and value.time() == time() and value.tzinfo is None:
        return str(value.date())
    if isinstance(value, bytes):
        with suppress(UnicodeDecodeError):
            return value.decode()
    elif isinstance(value, bool | int | date | time | timedelta):
        return str(value)
    raise InputError(f"{where}: {column} is {value!s:.80}; expected a text or a number")
