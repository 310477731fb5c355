"""Tables in JSON: an object for each row, one a line (JSON lines) or in one array."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count, islice
from typing import Any

from unrolled.errors import InputError
from unrolled.sources.cells import Refuse, Table, refused
from unrolled.sources.text_file import TextFile
from unrolled.storage.strict_json import parse_json

__all__ = ["read_json", "read_json_lines"]

_SAMPLE = 100  # rows from which the names of the columns are taken
_LARGEST = 1 << 30  # characters of one array, which is in memory as a whole
_EXPECTED = "expected an array of objects, one for each row, or one object a line"

Record = tuple[Mapping[str, Any], str]


def read_json_lines(file: TextFile, encoding: str, refuse: Refuse = refused) -> Table:
    """One object a line; a name that an object lacks is an empty cell of it."""
    return _table(file, _records(file, file.guessed(encoding), refuse))


def read_json(file: TextFile, encoding: str) -> Table:
    """An array of objects, an object that holds one such array, columns by name as pandas writes them, or JSON lines.

    Raises InputError, naming the file and the row, for anything else.
    """
    encoding = file.guessed(encoding)
    lines = [line for line in islice(file.lines(encoding), _SAMPLE) if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines[:2]):
        return read_json_lines(file, encoding)
    parts, held = list[str](), 0
    for line in file.lines(encoding):
        parts.append(line)
        held += len(line)
        if held > _LARGEST:
            raise InputError(f"{file.name}: more than a GB in one array; expected JSON lines, one object a line")
    value = parse_json("".join(parts).encode(errors="surrogatepass"), file.name)
    rows = _rows(value)
    if rows is None:
        raise InputError(
            f"{file.name}: {'an object' if isinstance(value, dict) else type(value).__name__}; {_EXPECTED}"
        )
    places = (f"{file.name}: row {number}" for number in count(1))
    return _table(file, ((_object(row, place), place) for row, place in zip(rows, places, strict=False)))


def _rows(value: object) -> Sequence[object] | None:
    """The rows that a whole file means, or None."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or not value:
        return None
    if (joined := _of_coco(value)) is not None:
        return joined
    lists = [part for part in value.values() if isinstance(part, list)]
    if len(lists) == 1 and lists[0] and all(isinstance(row, dict) for row in lists[0]):
        return lists[0]
    columns = [list(part.values()) if isinstance(part, dict) else part for part in value.values()]
    if all(isinstance(column, list) and len(column) == len(columns[0]) for column in columns):
        return [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]
    return [value] if not lists else None


def _of_coco(value: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The captions of a file as the data set COCO has them: in it annotations name their pictures by numbers."""
    images, annotations = value.get("images"), value.get("annotations")
    if not (isinstance(images, list) and isinstance(annotations, list)):
        return None
    names = {one["id"]: one.get("file_name") for one in images if isinstance(one, dict) and "id" in one}
    captions = [one for one in annotations if isinstance(one, dict) and "caption" in one]
    return [{"file_name": names.get(one.get("image_id")), "caption": one["caption"]} for one in captions] or None


def _records(file: TextFile, encoding: str, refuse: Refuse) -> Iterator[Record]:
    for number, line in enumerate(file.lines(encoding), 1):
        if line.strip():
            where = f"{file.name}:{number}"
            try:
                row = _object(parse_json(line.encode(errors="surrogatepass"), where), where)
            except InputError as error:
                refuse(error)
            else:
                yield row, where


def _object(row: object, where: str) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise InputError(f"{where}: {str(row)[:80]!r}; expected an object with a value for each column")
    return row


def _table(file: TextFile, records: Iterator[Record]) -> Table:
    sample = list(islice(records, _SAMPLE))
    names = list(dict.fromkeys(name for row, _ in sample for name in row))
    if not sample:
        raise InputError(f"{file.name}: no rows in it; {_EXPECTED}")
    return Table(
        sample[0][1],
        names,
        lambda places: (([row.get(names[place]) for place in places], where) for row, where in chain(sample, records)),
    )
