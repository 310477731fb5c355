"""Sales that were cut by what was there: a column that says how much could be sold, or whether anything could."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.panel_columns import Coded
from unrolled.sources.panel_sorted import SortedTable

__all__ = ["Available", "availability", "cut_values"]

_USUAL = ("available", "stock")


@dataclass(frozen=True)
class Available:
    """A column and what it holds: "number", the units that could be sold; "flag", 0 where there were too few; "stock",
    the units that were left."""

    name: str
    kind: str


def availability(rows: SortedTable, name: str | None, taken: Collection[str]) -> Available | None:
    """What the column ``name`` holds, or, for None, one of the usual names that is not ``taken`` otherwise."""
    name = name or next((usual for usual in _USUAL if usual in rows.others and usual not in taken), None)
    if name is None:
        return None
    values = _numbers(name, rows)
    flags = bool(np.isin(values[~np.isnan(values)], (0, 1)).all()) and bool((rows.y > 1).any())
    kind = "stock" if name.casefold() == "stock" else "flag" if flags or rows.types.get(name) == "bool" else "number"
    found = Available(name, kind)
    said = {
        "number": f"sales as large as {name} as cut by it",
        "flag": f"sales where {name} is 0 as cut",
        "stock": f"sales where {name} is 0 as cut",
    }
    remark(f"reads {said[kind]}: {int(cut_values(found, rows).sum()):,} of {len(rows.y):,}")
    return found


def cut_values(available: Available | None, rows: SortedTable) -> NDArray[np.bool_]:
    """Whether each value was cut by what was there."""
    if available is None or available.name not in rows.others:
        return np.zeros(len(rows.y), np.bool_)
    values = _numbers(available.name, rows)
    short = (values >= 0) & (rows.y >= values) if available.kind == "number" else values <= 0
    return short & ~np.isnan(rows.y)


def _numbers(name: str, rows: SortedTable) -> NDArray[np.float64]:
    column = rows.others[name]
    if isinstance(column, Coded) or column.dtype.kind == "M":
        raise InputError(
            f"{name} holds texts or dates; expected the number of units that could be sold, or true and false"
        )
    return column
