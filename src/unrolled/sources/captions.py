"""Pictures with their captions: a folder and a table, a table alone, or collections in memory."""

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from unrolled.data.examples import Examples
from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.settings import Layout
from unrolled.sources.caption_tables import Captioned, caption_rows, captions_of, picture_column
from unrolled.sources.folder import counted, entries
from unrolled.sources.glyphs import read_glyphs
from unrolled.sources.headings import usual_places
from unrolled.sources.in_memory import items
from unrolled.sources.pairs_in_memory import two_sides
from unrolled.sources.picture_decoding import FORMATS, is_pillow
from unrolled.sources.picture_names import PictureNames
from unrolled.sources.pictures import SUFFIXES, picture_files, read_picture
from unrolled.sources.rows import Row, table_rows
from unrolled.sources.tables import TABLES, is_table, open_table

__all__ = ["CAPTIONS", "read_captions", "read_pictures"]

CAPTIONS = (
    f"A folder of pictures ({FORMATS}) and a table of captions ({', '.join(TABLES)}, or .txt) that names a picture and "
    "its caption in each row, or the table alone, with paths relative to it; several captions of a picture are several "
    "rows, columns (caption_1, caption_2, …) or a list; sample:glyphs."
)
"""What `read_captions` takes, for people."""
_EXPECTED = "expected a folder and a table of captions, rows (picture, caption), or two lists: pictures, captions"
_FEWEST = 2

Caption = tuple[Any, str, str, str]
"""A picture, its caption, where it stands, and the name of the picture, the same for all captions of it."""


def read_captions(
    data: Any, columns: Sequence[str] | None = None, encoding: str = "utf-8", delimiter: str | None = None
) -> Examples:
    """Examples of kind "pictures": one for each caption; those of one picture are a group.

    ``data`` is a folder and a table in any order, a folder that has its table in it, a table alone, whose paths are
    relative to it, "sample:glyphs", or in memory rows (picture, caption), two collections (pictures, captions) or a
    frame of pandas or polars; a caption may be a list of several. Inputs are paths as str, bytes, or arrays (H, W) or
    (H, W, 3). ``columns`` are those of the picture and the captions, which are otherwise known by their names or by
    what is in them.

    A caption that a picture has twice is kept once, and pictures without one are left out, which is said. Raises
    InputError, naming file and line, for a picture that is not there, an empty caption, and fewer than two captions.
    """
    if isinstance(data, Examples):
        data.check_kind("pictures", "pictures with their captions")
        return data
    named = _paths(data)
    if named is not None and len(named) == 1 and str(named[0]).startswith("sample:"):
        return read_glyphs(str(named[0]))
    rows = _in_memory(data, columns) if named is None else _of_files(named, columns, encoding, delimiter)
    captions, repeated, seen = list[Caption](), list[str](), set[tuple[str, str]]()
    for row in rows:
        key = row[3], row[1]
        if key in seen:
            repeated.append(row[2])
        else:
            captions.append(row)
        seen.add(key)
    if repeated:
        remark(f"the same caption of the same picture as before, left out: {counted(repeated, 'row')}")
    if len(captions) < _FEWEST:
        name = "" if named is None else f"{' '.join(map(str, named))}: "
        raise InputError(
            f"{name}{len(captions)} caption{'s' * (len(captions) != 1)} of pictures; expected at least {_FEWEST}"
        )
    pictures, texts, where, groups = (list(column) for column in zip(*captions, strict=True))
    return Examples("pictures", pictures, texts, where, groups)


def read_pictures(path: Path, layout: Layout | None = None) -> Iterator[Row] | None:
    """The pictures in a folder, or those that a table names in each row, as paths; None for a file that is one picture.

    A row of a table has all its columns, and a name without a file is an error of that row alone.
    """
    layout = layout or Layout()
    if path.is_dir():
        return (Row(str(file), str(file), {"picture": str(file.relative_to(path))}) for file in picture_files(path))
    return _of_table(path, layout) if is_table(path) else None


def _of_table(path: Path, layout: Layout) -> Iterator[Row]:
    names = PictureNames(None, path)
    column = layout.names[0]
    if layout.columns is None:
        with open_table(path, layout.encoding, layout.delimiter) as table:
            place, headless = picture_column(path, table, names, layout.encoding, layout.delimiter)
            if place is None:
                raise InputError(
                    f'{table.where}: no column names pictures; name yours with columns="PICTURE"', "columns"
                )
            column = str(place + 1) if headless else table.headings[place]
    for row in table_rows(path, Layout(column, layout.delimiter, layout.encoding)):
        found = row.input if isinstance(row.input, InputError) or not row.input.strip() else names.find(row.input)
        yield row._replace(input=_missing(row.input, row.where, names) if found is None else found)


def _missing(picture: str, where: str, names: PictureNames) -> InputError:
    return InputError(f"{where}: no picture {picture!r:.200} in {names.where}; expected {names.expected}")


# Files ----------------------------------------------------------------------------------------------------------------


def _paths(data: Any) -> list[Path] | None:
    """The paths that data is, or None where it is in memory."""
    if isinstance(data, str | Path):
        return [Path(data)]
    is_list = isinstance(data, list | tuple) and len(data) > 0
    return [Path(one) for one in data] if is_list and all(isinstance(one, str | Path) for one in data) else None


def _of_files(
    paths: Sequence[Path], columns: Sequence[str] | None, encoding: str, delimiter: str | None
) -> Iterator[Caption]:
    for path in paths:
        if not path.exists():
            raise InputError(f"{str(path)!r}: no such file or folder; expected a folder of pictures and a table")
        if path.suffix.lower() in SUFFIXES and path.is_file():
            raise InputError(f"{path}: one picture; expected a folder of pictures and a table of captions")
    folders, tables = [p for p in paths if p.is_dir()], [p for p in paths if not p.is_dir()]
    if len(folders) > 1:
        raise InputError(f"{folders[0]} and {folders[1]}: two folders of pictures; expected one that holds both")
    folder = folders[0] if folders else None
    captioned = set[str]()
    for table in tables or [_table_within(folders[0])]:
        names = PictureNames(folder, table)
        yield from _found(caption_rows(table, names, columns, encoding, delimiter), names, captioned)
    if folder is not None:
        rest = [str(file) for file in picture_files(folder) if str(file) not in captioned]
        if rest:
            remark(f"{folder}: without a caption, and left out: {counted(rest, 'picture')}")


def _table_within(folder: Path) -> Path:
    """The only table in a folder of pictures."""
    tables = [Path(entry.path) for entry in entries(folder) if entry.is_file() and is_table(Path(entry.path))]
    if len(tables) == 1:
        return tables[0]
    problem = "no table of captions in it" if not tables else f"{len(tables)} tables in it"
    raise InputError(f"{folder}: {problem}; expected a folder of pictures and a table: {folder} captions.csv")


def _found(rows: Iterator[Captioned], names: PictureNames, captioned: set[str]) -> Iterator[Caption]:
    """The captions with the paths of their pictures, which are entered in ``captioned``."""
    missing = list[Captioned]()
    for row in rows:
        path = names.find(row.picture)
        if path is None:
            missing.append(row)
            continue
        captioned.add(path)
        for caption in row.captions:
            yield path, caption, row.where, path
    if missing:
        first = _missing(missing[0].picture, missing[0].where, names)
        more = f"; so it is with {len(missing) - 1:,} more" if len(missing) > 1 else ""
        raise InputError(f"{first}, or the row left out{more}")


# Memory ---------------------------------------------------------------------------------------------------------------


def _in_memory(data: Any, columns: Sequence[str] | None) -> Iterator[Caption]:
    """The captions of rows (picture, caption), of two collections, or of a frame; they are counted from 0."""
    pictures, captions = _of_frame(data, columns) if hasattr(data, "columns") else two_sides(data, _EXPECTED)
    if len(pictures) != len(captions):
        raise InputError(f"{len(pictures):,} pictures and {len(captions):,} captions; expected as many of each")
    for number, (raw, cell) in enumerate(zip(pictures, captions, strict=True)):
        where = f"row {number}"
        picture, group = _held(raw, where)
        texts = captions_of(cell, where)
        if not texts:
            raise InputError(f"{where}: the caption is empty; expected a text, or the row left out")
        for caption in texts:
            yield picture, caption, where, group


def _held(raw: Any, where: str) -> tuple[Any, str]:
    """A picture as it is kept: a path as str, bytes, or an array; and what names it."""
    if isinstance(raw, str | Path):
        if not os.path.isfile(raw):
            raise InputError(f"{where}: no picture {str(raw)!r:.200}; expected the path of a file")
        return str(raw), str(raw)
    if isinstance(raw, bytes):
        return raw, sha256(raw).hexdigest()
    if not isinstance(raw, np.ndarray) and not is_pillow(raw):
        raise InputError(f"{where}: {type(raw).__name__}; expected a picture: a path, bytes, an array or an image")
    picture = np.ascontiguousarray(read_picture(raw, where))
    return picture, sha256(str(picture.shape).encode() + picture.tobytes()).hexdigest()


def _of_frame(frame: Any, columns: Sequence[str] | None) -> tuple[list[Any], list[Any]]:
    names = list(map(str, frame.columns))
    if columns is None:
        usual = [usual_places(names, side) for side in ("picture", "caption")]
        columns = [names[places[0]] for places in usual if places]
    if len(columns) != 2 or not set(columns) <= set(names):
        shown = ", ".join(names[:20])
        raise InputError(f"a frame with the columns {shown}; expected two of them: columns=(PICTURE, CAPTION)")
    return items(frame[columns[0]]), items(frame[columns[1]])
