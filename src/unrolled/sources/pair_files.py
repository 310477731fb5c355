"""Pairs of texts in files: a table with a column for each side, or two files whose lines belong together."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.settings import Layout
from unrolled.sources.cells import Table, text
from unrolled.sources.headings import has_headings, places, usual_name, usual_places
from unrolled.sources.rows import Row, table_rows
from unrolled.sources.tables import TABLES, is_table, open_table, rows_of
from unrolled.sources.text_file import TextFile, check_encoding

__all__ = ["Pair", "are_parallel", "read_pair_table", "read_parallel", "source_rows"]

SIDES, TERMS = ("source", "target"), ("term", "translation")
_COLUMNS, _NUMBERS = 'columns="SOURCE,TARGET"', 'columns="1,2"'
_INPUT, _NUMBER = 'columns="INPUT"', 'columns="2"'

Pair = tuple[str, str, str]
"""A source, its target, and where they stand: "file:line"."""


def are_parallel(paths: Sequence[Path]) -> bool:
    """Whether these are two files whose lines belong together: texts by their names, no tables."""
    return len(paths) == 2 and not any(map(is_table, paths))


def read_parallel(source: Path, target: Path, encoding: str = "utf-8") -> Iterator[Pair]:
    """The lines of two files, in pairs; blank lines at the ends of the files count for nothing.

    Raises InputError, with both numbers, where the files have not equally many lines.
    """
    check_encoding(encoding)
    sides = [_lines(path, encoding) for path in (source, target)]
    if len(sides[0]) != len(sides[1]):
        raise InputError(
            f"{source} has {len(sides[0]):,} lines, {target} has {len(sides[1]):,}; expected as many of each, line by "
            "line a source and its target"
        )
    for number, (one, other) in enumerate(zip(*sides, strict=True), 1):
        yield one, other, f"{target if one and not other else source}:{number}"


def _lines(path: Path, encoding: str) -> list[str]:
    _check_file(path, "a text file with a line for each source or target")
    file = TextFile.at(path)
    lines = [line.strip() for line in file.lines(file.guessed(encoding))]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def read_pair_table(
    path: Path,
    columns: Sequence[str] | None,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    sides: Sequence[str] = SIDES,
) -> Iterator[Pair]:
    """The rows of a table: the cells in two ``columns``, named or numbered as for `headings.places`.

    Without ``columns`` a table has two, the source first; a first row such as "source, target" holds their names, any
    other is a pair itself. Raises InputError, naming file and line, for whatever is no such table.
    """
    _check_file(path, f"a table ({', '.join(TABLES)})")
    if not is_table(path):
        raise InputError(
            f"{path}: no table by its name; expected {', '.join(TABLES)}, or two files whose lines belong together, "
            "the sources first; a text with a tab between source and target is called .tsv"
        )
    if columns is not None and len(columns) != 2:
        raise InputError(f"{len(columns)} columns named; expected two: {_COLUMNS}", _COLUMNS)
    with open_table(path, encoding, _delimiter(path, delimiter)) as table:
        at, headless = _two_columns(table, columns, sides)
        for cells, where in rows_of(table, at, headless):
            source, target = (text(cell, where, side) for cell, side in zip(cells, sides, strict=True))
            yield source, target, where


def source_rows(path: Path, layout: Layout, usual: Sequence[str] = (SIDES[0], "text")) -> Iterator[Row]:
    """The rows of a table with all their columns, and the source in each as its input.

    Without ``columns`` it is what is called as a ``usual`` one is; without headings the first column of one or two.
    """
    delimiter = _delimiter(path, layout.delimiter)
    column = layout.names[0]
    if layout.columns is None:
        with open_table(path, layout.encoding, delimiter) as table:
            first = SIDES[0] if table.first is None else "1"
            named = usual_name(table, usual)
            if named is None and table.first is not None and len(table.headings) > len(SIDES):
                raise InputError(
                    f"{table.where}: {len(table.headings)} columns; expected a source alone, or a source and its "
                    f"target: name the source with {_INPUT}, or, where it has no heading, with {_NUMBER}, say",
                    _INPUT,
                    _NUMBER,
                )
            column = named or first
    return table_rows(path, Layout(column, delimiter, layout.encoding))


def _delimiter(path: Path, given: str | None) -> str | None:
    """A tab in files that are called so, as sentences may have more of other signs."""
    return "\t" if given is None and path.name.lower().removesuffix(".gz").endswith((".tsv", ".tab")) else given


def _two_columns(table: Table, columns: Sequence[str] | None, sides: Sequence[str]) -> tuple[list[int], bool]:
    """The places of source and target, and whether the first row, too, is a pair."""
    if columns is not None:
        return places(table, columns, meant=",".join(sides).upper())
    if has_headings(table, SIDES):
        return places(table, SIDES)
    if sides != SIDES and all(usual_places(table.headings, side) for side in sides):
        return places(table, sides)
    if len(table.headings) != 2:
        count = f"{len(table.headings)} column{'' if len(table.headings) == 1 else 's'}"
        problem = f"{table.where}: {count}; expected two, a {sides[0]} and its {sides[1]}"
        if sides == TERMS:
            raise InputError(problem)
        named = f'columns="{",".join(sides).upper()}"'
        raise InputError(
            f"{problem}: name yours with {named}, or, where they have no headings, with {_NUMBERS}", named, _NUMBERS
        )
    if table.first is None and sides != TERMS:
        source, target = table.headings
        remark(
            f"{table.where}: reads the column {source!r} as {sides[0]} and {target!r} as {sides[1]}; columns "
            "names others",
            "columns",
        )
    return [0, 1], table.first is not None


def _check_file(path: Path, expected: str) -> None:
    """Raise InputError unless there is a file at a path."""
    if path.is_dir():
        raise InputError(f"{path}: a folder; expected {expected}")
    if not path.exists():
        raise InputError(f"{str(path)!r}: no such file; expected {expected}")
