"""Long tables: a row for each step of a series, with the series' identifier, the time, the values and the label."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from unrolled.errors import InputError
from unrolled.sources.series_values import Gaps, Series, label_of, number, numbers
from unrolled.sources.tables import read_table

__all__ = ["read_long_table"]


@dataclass
class _Rows:
    """What the rows of one series hold."""

    label: str
    where: str
    group: str | None = None
    times: list[str] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)


def read_long_table(
    path: Path,
    columns: Sequence[str],
    encoding: str = "utf-8",
    labels: bool = True,
    group: str | None = None,
    delimiter: str | None = None,
) -> Iterator[Series]:
    """The series of a table with the ``columns`` identifier, time, value …, label, in the order of their first rows.

    The steps of a series are sorted by time: by number where all its times are numbers, else as texts, as dates like
    2026-11-27 are. Without ``labels`` the column of the label is not read; ``group`` is that of what a series belongs
    to. Raises InputError, naming file and line, for a label that changes within a series, a time that comes twice, and
    whatever `read_table` refuses.
    """
    wanted = columns[: None if labels else -1]
    series: dict[str, _Rows] = {}
    for cells, where in read_table(path, wanted, encoding, delimiter, group, decimals=True):
        identifier, time, *values = cells
        of = None if group is None else values.pop()
        label = label_of(values.pop()) if labels else ""
        rows = series.setdefault(identifier.strip(), _Rows(label, where, of))
        if rows.label != label:
            received = f"the label of {columns[0]} {identifier.strip()!r:.80} is {label!r:.80}"
            raise InputError(f"{where}: {received}; expected {rows.label!r:.80}, as in {rows.where}")
        rows.times.append(time.strip())
        rows.values.append(numbers(values, where))
        rows.places.append(where)
    gaps = Gaps(path)
    for identifier, rows in series.items():
        steps = np.array(rows.values, np.float64)[_order(rows)]
        yield Series(
            gaps.filled(steps, rows.where), rows.label, f"{rows.where}, {columns[0]} {identifier:.80}", rows.group
        )
    gaps.tell()


def _order(rows: _Rows) -> list[int]:
    """The rows by their times."""
    known = [number(time) for time in rows.times]
    keys: Sequence[float | str] = [time for time in known if time is not None and not math.isnan(time)]
    if len(keys) != len(known):
        keys = rows.times
    order = sorted(range(len(keys)), key=keys.__getitem__)
    for before, after in pairwise(order):
        if keys[before] == keys[after]:
            raise InputError(
                f"{rows.places[after]}: the time {rows.times[after]!r:.80} was in {rows.places[before]} already; "
                "expected each once in a series"
            )
    return order
