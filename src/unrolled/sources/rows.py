"""Several inputs from one place, with what stands beside each: rows of a table, records, files of a folder, lines."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.settings import Layout
from unrolled.sources.cells import text
from unrolled.sources.folder import walk
from unrolled.sources.headings import places
from unrolled.sources.labelled import FASTA
from unrolled.sources.tables import is_table, open_table
from unrolled.sources.text_file import TextFile
from unrolled.storage.files import decoded_lines

__all__ = ["Row", "fasta_rows", "folder_rows", "is_fasta", "is_table", "line_rows", "table_rows"]

_SHOWN = 3


class Row(NamedTuple):
    """An input, or the InputError that says why it cannot be read; where it stands; and its columns by name."""

    input: Any
    where: str
    columns: Mapping[str, str] = {}


def is_fasta(path: Path) -> bool:
    """Whether a file is FASTA by its name."""
    return path.name.lower().removesuffix(".gz").endswith(FASTA)


def table_rows(path: Path, layout: Layout) -> Iterator[Row]:
    """The rows of a table with all their columns. A cell without a value is an empty input.

    Raises InputError for a table that cannot be read or lacks the column; a row that cannot be read is one itself.
    """
    wrong = list[InputError]()
    with open_table(path, layout.encoding, layout.delimiter, wrong.append) as table:
        (place,), headless = places(table, layout.names[:1])
        names = [str(number) for number in range(1, len(table.headings) + 1)] if headless else _distinct(table.headings)
        if headless and table.first is not None:
            yield _row(table.first, place, names)
        for cells in table.rows(range(len(names))):
            yield from _refused(wrong, names)
            yield _row(cells, place, names)
        yield from _refused(wrong, names)


def _refused(wrong: list[InputError], names: Sequence[str]) -> Iterator[Row]:
    """A row for each of the errors, which are then gone."""
    while wrong:
        error = wrong.pop(0)
        yield Row(error, str(error).partition(": ")[0], dict.fromkeys(names, ""))


def _row(cells: tuple[Sequence[object], str], place: int, names: Sequence[str]) -> Row:
    values, where = cells
    columns = {name: _shown(value, where, name) for name, value in zip(names, values, strict=True)}
    try:
        return Row(text(values[place], where, names[place]), where, columns)
    except InputError as error:
        return Row(error, where, columns)


def _shown(value: object, where: str, name: str) -> str:
    try:
        return text(value, where, name)
    except InputError:  # of no importance in a column that is only kept
        return str(value)


def _distinct(headings: Sequence[str]) -> list[str]:
    """The headings, of which a repeated one gets its number."""
    return [
        f"{name}_{number}" if name in headings[:at] else name
        for at, (name, number) in enumerate((name, headings[: at + 1].count(name)) for at, name in enumerate(headings))
    ]


def folder_rows(folder: Path, read: Callable[[Path], Any], suffixes: Collection[str]) -> Iterator[Row]:
    """The files below a folder, at any depth, that have one of the suffixes (of none: all), as ``read`` gives them."""
    passed, some = list[str](), False
    for entry in walk(folder):
        path = Path(entry.path)
        if suffixes and path.suffix.lower() not in suffixes:
            passed.append(entry.name)
            continue
        some, columns = True, {"file": str(path.relative_to(folder))}
        try:
            yield Row(read(path), str(path), columns)
        except InputError as error:
            yield Row(error, str(path), columns)
    if not some:
        raise InputError(f"{folder}: no inputs in it; expected files {', '.join(sorted(suffixes)) or 'of any name'}")
    if passed:
        more = f" and {len(passed) - _SHOWN} more" if len(passed) > _SHOWN else ""
        remark(f"{folder}: {', '.join(passed[:_SHOWN])}{more} passed over: no inputs by their names")


def fasta_rows(path: Path, encoding: str = "utf-8") -> Iterator[Row]:
    """The records of a FASTA file with their headers; letters are not looked at, and no label is asked for."""
    file, header, where, parts = TextFile.at(path), None, "", list[str]()
    for number, raw in enumerate(file.lines(encoding), 1):
        line = raw.strip()
        if line.startswith(">"):
            if header is not None:
                yield Row("".join(parts), where, {"name": header})
            header, where, parts = line[1:].strip(), f"{file.name}:{number}", []
        elif header is not None and not line.startswith(";"):
            parts.append(line)
        elif line and header is None and not line.startswith(";"):
            raise InputError(
                f"{file.name}:{number}: {line[:40]!r} stands before the first header; expected >NAME above it"
            )
    if header is None:
        raise InputError(f"{file.name}: no sequence in it; expected >NAME and its letters below")
    yield Row("".join(parts), where, {"name": header})


def line_rows(stream: Iterable[bytes], name: str) -> Iterator[Row]:
    """The lines of a text, each as soon as it is there; a blank one is an empty input."""
    for number, line in enumerate(decoded_lines(stream, name), 1):
        yield Row(line, f"{name}:{number}")
