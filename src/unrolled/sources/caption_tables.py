"""Tables of captions: which columns name the picture and hold its captions, and the captions of each row."""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.cells import Table, text
from unrolled.sources.headings import places, usual_places
from unrolled.sources.picture_names import PictureNames
from unrolled.sources.tables import open_table, rows_of

__all__ = ["Captioned", "caption_rows", "captions_of", "picture_column"]

_SAMPLE = 20  # rows that are looked at where headings do not tell
_COLUMNS, _NUMBERS = 'columns="PICTURE,CAPTION"', 'columns="1,2"'
_NUMBER = re.compile(r"[\W_]*\d+$")


class Captioned(NamedTuple):
    """The name of a picture as a table has it, its captions in one row, and where they stand: "file:line"."""

    picture: str
    captions: list[str]
    where: str


def caption_rows(
    path: Path, names: PictureNames, columns: Sequence[str] | None, encoding: str, delimiter: str | None
) -> Iterator[Captioned]:
    """The rows of a table; InputError, naming file and line, for one without a caption and for what is no such table.

    ``columns`` are those of the picture and its captions. Without them they are known by their names (image and
    caption, filename and description, caption_1 to caption_5, …), or by the files that the cells of one name.
    """
    with open_table(path, encoding, delimiter) as table:
        at, headless = _columns(path, table, names, columns, encoding, delimiter)
        for cells, where in rows_of(table, at, headless):
            picture = text(cells[0], where, "the picture")
            if not picture.strip():
                raise InputError(f"{where}: no picture is named; expected a file, or the row left out")
            captions = [caption for cell in cells[1:] for caption in captions_of(cell, where)]
            if not captions:
                raise InputError(f"{where}: the caption of {picture!r} is empty; expected a text, or the row left out")
            yield Captioned(picture, captions, where)


def picture_column(
    path: Path, table: Table, names: PictureNames, encoding: str, delimiter: str | None
) -> tuple[int | None, bool]:
    """The column that names pictures, or None, and whether the headings are a row themselves."""
    if table.first is not None:
        as_row = [place for place, heading in enumerate(table.headings) if names.looks_like_one(heading)]
        if as_row:
            return as_row[0], True
    if usual := usual_places(table.headings, "picture"):
        return usual[0], False
    with open_table(path, encoding, delimiter, lambda error: None) as sample:
        rows = [cells for cells, _ in islice(sample.rows(range(len(sample.headings))), _SAMPLE)]
    found = [
        sum(isinstance(row[place], str) and names.find(str(row[place])) is not None for row in rows)
        for place in range(len(table.headings))
    ]
    return (found.index(max(found)) if any(found) else None), False


def captions_of(cell: object, where: str) -> list[str]:
    """The captions in a cell: a text, or a list of them, also as text; blank ones are left out."""
    if isinstance(cell, str) and cell.lstrip().startswith("["):
        cell = _listed(cell)
    parts = [text(_part(part), where, "the caption") for part in (cell if isinstance(cell, list | tuple) else [cell])]
    return [joined for part in parts if (joined := " ".join(part.split()))]


def _part(part: object) -> object:
    """What a list holds: a text, or an object with one, as in data sets of captions with their tokens."""
    if isinstance(part, dict):
        return next((part[key] for key in ("raw", "caption", "text", "sentence") if key in part), part)
    return part


def _listed(cell: str) -> Any:
    """The list that a cell shows, as JSON or as Python writes it; else the cell."""
    for parse in (json.loads, ast.literal_eval):
        with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            listed = parse(cell)
            if isinstance(listed, list):
                return listed
    return cell


def _columns(
    path: Path,
    table: Table,
    names: PictureNames,
    columns: Sequence[str] | None,
    encoding: str,
    delimiter: str | None,
) -> tuple[list[int], bool]:
    """The places of the picture and its captions, and whether the headings are a row themselves."""
    if columns is not None:
        if len(columns) < 2:
            raise InputError(f"columns are {', '.join(columns)}; expected two or more: {_COLUMNS}", "columns", _COLUMNS)
        return places(table, columns, meant="PICTURE,CAPTION")
    picture, headless = picture_column(path, table, names, encoding, delimiter)
    captions = [] if picture is None else _caption_columns(table.headings, picture, headless)
    if picture is None or not captions:
        lacking = "names pictures" if picture is None else "holds their captions"
        shown = ", ".join(heading[:40] for heading in table.headings[:20])
        raise InputError(
            f"{table.where}: nothing says which column {lacking}; it has {shown}: name yours with {_COLUMNS}, or, "
            f"where they have no headings, with {_NUMBERS}",
            _COLUMNS,
            _NUMBERS,
        )
    if not headless and [table.headings[place] for place in (picture, *captions)] != ["picture", "caption"]:
        shown = ", ".join(repr(table.headings[place]) for place in captions)
        remark(
            f"{table.where}: reads the column {table.headings[picture]!r} as picture and {shown} as caption; columns "
            "names others",
            "columns",
        )
    return [picture, *captions], headless


def _caption_columns(headings: Sequence[str], picture: int, headless: bool) -> list[int]:
    """The columns of captions: of the usual name, which may be numbered, or else the only one beside the picture."""
    others = [place for place in range(len(headings)) if place != picture]
    if not headless:
        stems = [_NUMBER.sub("", heading) for heading in headings]
        usual = [place for place in usual_places(stems, "caption") if place != picture]
        if usual:
            return [place for place in usual if stems[place].casefold() == stems[usual[0]].casefold()]
    return others if len(others) == 1 else []
