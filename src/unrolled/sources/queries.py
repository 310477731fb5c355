"""Logs of queries that people typed into a search box: from files, from collections in memory, or a sample."""

import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from unrolled.data.query_log import QueryLog
from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.cells import Table, text
from unrolled.sources.character_names import SAMPLE, read_character_names
from unrolled.sources.folder import counted, walk
from unrolled.sources.headings import places, usual_places
from unrolled.sources.in_memory import is_collection, is_text, items, text_of
from unrolled.sources.tables import TABLES, is_table, open_table, rows_of
from unrolled.sources.text import SUFFIXES
from unrolled.sources.text_file import TextFile, check_encoding
from unrolled.text.personal import is_personal
from unrolled.text.queries import LONGEST, normal

__all__ = ["QUERIES", "read_queries"]

QUERIES = (
    f"A log of queries: a text with a query in each line, or a table ({', '.join(TABLES)}) with columns called query, "
    "count and user, of which the last two may be missing; also packed (.gz), folders of these, - for standard input; "
    f"{SAMPLE}."
)
"""What `read_queries` takes, for people."""
USERS = 3
_NAMES = ("query", "count", "user")
_COLUMNS, _NUMBERS = 'columns="QUERY,COUNT,USER"', 'columns="1,2"'
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_MOST = 1 << 40  # a count; larger ones are taken as this, so that sums of millions of them are exact


class _Row(NamedTuple):
    query: str
    times: str | float
    user: str | None
    where: str


def read_queries(
    data: Any,
    encoding: str = "utf-8",
    users: int = USERS,
    columns: Sequence[str] | None = None,
    delimiter: str | None = None,
) -> QueryLog:
    """The different queries of a log, each as `unrolled.text.queries.normal` writes it, and how often it was asked.

    ``data`` is a path or several, "-", "sample:characters", a list of queries or of tuples (query, count[, user]), or a
    frame of pandas or polars; see `QUERIES`. ``columns`` name those of query, count and user, or number them, where
    they are not called so; a row without a count counts once, and equal queries are added up, in whole numbers.

    What nobody should be shown is left out, which is said: queries that `is_personal`, and, where the log names users,
    those that fewer than ``users`` different ones asked. Blank queries are passed over, as are those of more than
    `LONGEST` characters.

    Raises InputError, naming file and line, for whatever cannot be read, a count that is no number of at least 1, and a
    log of which no query is left.
    """
    if _is_sample(data):
        names = dict(read_character_names(str(data)))
        return QueryLog(list(names), np.array(list(names.values()), np.int64))
    gathered = _Gathered(users)
    for row in _rows(data, encoding, columns, delimiter):
        gathered.add(row)
    return gathered.log(_shown(data))


class _Gathered:
    """Queries as they are read, and what of them is passed over."""

    def __init__(self, users: int) -> None:
        self._least = users
        self._counts = defaultdict[str, float](float)
        self._users = defaultdict[str, set[str]](set)
        self._rows = 0
        self._passed = Counter[str]()
        self._named = False

    def add(self, row: _Row) -> None:
        """Enter a row of the log; InputError for a count that is none."""
        self._rows += 1
        count = _count(row)
        query = normal(row.query[: 4 * LONGEST + 4])
        if not query or len(query) > LONGEST:
            self._passed[f"of more than {LONGEST} characters" if query else "blank"] += 1
            return
        self._counts[query] += count
        if row.user is not None:
            self._named = True
            if len(askers := self._users[query]) < self._least:
                askers.add(row.user)

    def log(self, name: str) -> QueryLog:
        """What may be learnt and shown; the rest is told, after ``name``. InputError where nothing is left."""
        passed, kept = Counter[str](), dict[str, float]()
        for query, count in self._counts.items():
            if is_personal(query):
                passed["that may be personal (addresses, long numbers)"] += 1
            elif self._named and len(self._users[query]) < self._least:
                passed[f"of fewer than {self._least} users"] += 1
            else:
                kept[query] = count
        said = [f"{number:,} row{'s' * (number != 1)} {why}" for why, number in self._passed.items()]
        said += [f"{number:,} {'query' if number == 1 else 'queries'} {why}" for why, number in passed.items()]
        if not kept:
            reasons = f": {', '.join(said)}" if said else ""
            rows = f"{self._rows:,} row{'s' * (self._rows != 1)}"
            raise InputError(f"{name}no query is left of {rows}{reasons}; expected a log with at least 1")
        if said:
            remark(
                f"{name}left out: {', '.join(said)}; {len(kept):,} of {len(self._counts):,} different queries are kept"
            )
        if not self._named and self._least > 1:
            remark(
                f"{name}the log does not tell who asked, so every query of it may be suggested, even if one person "
                f"alone asked it; with a column user, those of fewer than {self._least} would be left out",
            )
        counts = np.array([round(min(count, _MOST)) for count in kept.values()], np.int64)
        return QueryLog(list(kept), counts)


def _shown(data: Any) -> str:
    """The files that a log is in, before what is said of it; nothing where it is in memory."""
    several = [data] if isinstance(data, str | Path) else data
    if not isinstance(several, list | tuple) or not all(isinstance(one, Path) or _is_file(one) for one in several):
        return f"{data}: " if isinstance(data, str) else ""
    return f"{', '.join(map(str, several))}: "


def _count(row: _Row) -> float:
    """How often a row says that its query was asked."""
    value = row.times
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value.strip()) else math.nan
    if not 1 <= value < math.inf:
        raise InputError(f"{row.where}: the count is {row.times!r:.80}; expected a number of at least 1")
    return value


def _rows(data: Any, encoding: str, columns: Sequence[str] | None, delimiter: str | None) -> Iterator[_Row]:
    """The rows of a log as they stand."""
    check_encoding(encoding)
    if hasattr(data, "columns"):
        yield from _of_frame(data, columns)
        return
    if not isinstance(data, str | Path) and not is_collection(data):
        raise InputError(f"the log is {data!r:.80}; expected a path or several, or a list of queries")
    several = [data] if isinstance(data, str | Path) else list(data)
    if not several:
        raise InputError("no queries; expected at least 1")
    if isinstance(data, str) and is_text(data):
        raise InputError(f"{data!r:.80}: no such file or folder; queries are given in a list: [query, …]")
    if not isinstance(data, str | Path) and not all(isinstance(one, Path) or _is_file(one) for one in several):
        yield from _in_memory(several)
        return
    for one in several:
        yield from _in_file(one, encoding, columns, delimiter)


def _is_sample(data: Any) -> bool:
    several = [data] if isinstance(data, str | Path) else data
    return isinstance(several, list | tuple) and len(several) == 1 and str(several[0]).startswith("sample:")


def _is_file(value: object) -> bool:
    """Whether one of several texts is a file rather than a query: by its ending, as a query may be a file's name."""
    return isinstance(value, str) and (value == "-" or (is_table(Path(value)) and Path(value).exists()))


def _in_file(source: str | Path, encoding: str, columns: Sequence[str] | None, delimiter: str | None) -> Iterator[_Row]:
    if str(source) == "-":
        yield from _lines(TextFile(Path("-"), "standard input", False, sys.stdin.buffer.read()), encoding)
        return
    path = Path(source)
    if not path.exists():
        raise InputError(f"{str(path)!r}: no such file or folder; expected a log of queries")
    for file in _files(path):
        if is_table(file):
            yield from _in_table(file, encoding, columns, delimiter)
        else:
            yield from _lines(TextFile.at(file), encoding)


def _files(path: Path) -> Sequence[Path]:
    """The tables and texts below a folder; a file is itself all of them, whatever its name."""
    if not path.is_dir():
        return [path]
    found = [Path(entry.path) for entry in walk(path) if entry.name.lower().endswith(SUFFIXES) or is_table(Path(entry))]
    if not found:
        raise InputError(f"{path}: no log in this folder; expected names ending in {', '.join((*SUFFIXES, *TABLES))}")
    remark(f"reads {counted(list(map(str, found)), 'file')}")
    return found


def _lines(file: TextFile, encoding: str) -> Iterator[_Row]:
    for number, line in enumerate(file.lines(file.guessed(encoding)), 1):
        yield _Row(line, 1.0, None, f"{file.name}:{number}")


def _in_table(path: Path, encoding: str, columns: Sequence[str] | None, delimiter: str | None) -> Iterator[_Row]:
    with open_table(path, encoding, delimiter) as table:
        names, (at, headless) = _columns(table, columns)
        for cells, where in rows_of(table, at, headless):
            values = {name: text(cell, where, name) for name, cell in zip(names, cells, strict=True)}
            yield _Row(values["query"], values.get("count", 1.0), values.get("user"), where)


def _columns(table: Table, columns: Sequence[str] | None) -> tuple[Sequence[str], tuple[list[int], bool]]:
    """Which of query, count and user a table has, where these are, and whether the headings are themselves a row."""
    if columns is not None:
        if not 1 <= len(columns) <= len(_NAMES) or not columns[0]:
            raise InputError(f"columns are {','.join(columns)!r:.80}; expected up to three: {_COLUMNS}", _COLUMNS)
        named = {name: column for name, column in zip(_NAMES, columns, strict=False) if column}
        return list(named), places(table, list(named.values()), meant="QUERY,COUNT,USER")
    there = [name for name in _NAMES if usual_places(table.headings, name)]
    if "query" in there:
        return there, places(table, there)
    width = len(table.headings)
    if table.first is not None and width <= len(_NAMES) and (width == 1 or _NUMBER.fullmatch(table.headings[1])):
        return _NAMES[:width], (list(range(width)), True)
    shown = ", ".join(heading[:40] for heading in table.headings[:20])
    raise InputError(
        f"{table.where}: nothing says which column holds the queries; it has {shown}: name yours with {_COLUMNS}, the "
        f"last two where there are such, or, where they have no headings, number them: {_NUMBERS}",
        _COLUMNS,
        _NUMBERS,
    )


def _in_memory(several: Iterable[Any]) -> Iterator[_Row]:
    """Queries, or tuples (query, count[, user]); they are counted from 0."""
    for number, one in enumerate(several):
        where = f"query {number}"
        query, *more = one if isinstance(one, tuple | list) else (one,)
        if len(more) >= len(_NAMES):
            raise InputError(f"{where}: {one!r:.80}; expected a text, or (query, count[, user])")
        yield _row(query, more[0] if more else 1, more[1] if len(more) > 1 else None, where)


def _of_frame(frame: Any, columns: Sequence[str] | None) -> Iterator[_Row]:
    names = list(frame.columns)
    query = "query" if "query" in names else names[0]
    wanted = columns or [query, *(name if name in names else "" for name in _NAMES[1:])]
    if missing := [name for name in wanted if name and name not in names]:
        shown = ", ".join(map(str, names[:20]))
        raise InputError(f"no column {missing[0]!r}; the frame has {shown}: name yours with {_COLUMNS}", _COLUMNS)
    found = {of: items(frame[name], of) for of, name in zip(_NAMES, wanted, strict=False) if name}
    for number, query in enumerate(found["query"]):
        count, user = (found[of][number] if of in found else usual for of, usual in (("count", 1), ("user", None)))
        yield _row(query, count, user, f"row {number}")


def _row(query: Any, count: Any, user: Any, where: str) -> _Row:
    """A row of values as they came; InputError for a count that is neither a number nor a text."""
    if isinstance(count, bool) or not (isinstance(count, str) or hasattr(count, "__float__")):
        raise InputError(f"{where}: the count is {count!r:.80}; expected a number of at least 1")
    if not isinstance(count, str):
        try:
            count = float(count)
        except (OverflowError, TypeError, ValueError):
            raise InputError(f"{where}: the count is {count!s:.80}; expected a number of at least 1") from None
    return _Row(text_of(query, where), count, None if user is None else str(user), where)
