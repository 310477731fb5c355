"""Covariates of a panel: what is known of a series, of the past, or of the future too; categories as 0 and 1."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.panel_columns import Coded, Column, text_of_number
from unrolled.sources.panel_sorted import SortedTable

__all__ = ["KINDS", "Covariate", "Kinds", "learned", "values_of"]

_MOST = 100  # categories of a column
_ROWS = 10  # rows for each category, at least, of a column that is not named
KINDS = ("static", "past", "future")


@dataclass(frozen=True)
class Covariate:
    """A column of numbers, or, where it has ``categories``, of texts."""

    name: str
    categories: tuple[str, ...] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns in a panel: a column for each category."""
        return (self.name,) if self.categories is None else tuple(f"{self.name}={text}" for text in self.categories)


Kinds = Mapping[str, tuple[Covariate, ...]]
"""The covariates that are "static", of the "past", and known of the "future"."""


def learned(columns: Mapping[str, Column], named: Mapping[str, Sequence[str]], rows: SortedTable) -> Kinds:
    """What each column of sorted rows is: as ``named``, or as its values are, which is said.

    Known beyond the last value: future; constant within each series: static; else past. InputError for a named column
    that is not what it is said to be, or has more than a hundred categories.
    """
    kinds: dict[str, list[Covariate]] = {kind: [] for kind in KINDS}
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    beyond = rows.beyond
    for name, column in columns.items():
        kind = next((kind for kind in KINDS if name in named[kind]), None)
        texts = len(column.values) if isinstance(column, Coded) else 0
        many = texts > (_MOST if kind else min(_MOST, len(rows.y) // _ROWS))
        if isinstance(column, np.ndarray) and column.dtype.kind == "M":
            many = True
        if kind is None and (many or _is_empty(column)):
            remark(f"{name} left out: {'a column of dates, or of many different texts' if many else 'it is empty'}")
            continue
        if many:
            raise InputError(f"{name}: more than {_MOST} different texts, or dates; expected numbers or few categories")
        values = column.codes.astype(np.float64) if isinstance(column, Coded) else column
        if isinstance(column, Coded):
            values[values < 0] = np.nan
        else:
            _check_finite(name, values, rows)
        if kind is None:
            kind = _kind(values, rows, beyond)
            found[kind].append(name)
        elif kind == "static":
            _check_constant(name, column, values, rows)
        categories = tuple(str(value) for value in column.values) if isinstance(column, Coded) else None
        kinds[kind].append(Covariate(name, categories))
    if any(found.values()):
        said = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in found.items() if names)
        options = [f'{kind}="COLUMN"' for kind in KINDS]
        remark(f"covariates read as {said}; {', '.join(options)} say otherwise", *options)
    return {kind: tuple(covariates) for kind, covariates in kinds.items()}


def _is_empty(column: Column) -> bool:
    return not column.values if isinstance(column, Coded) else bool(np.isnan(column).all())


def _kind(values: NDArray[np.float64], rows: SortedTable, beyond: NDArray[np.bool_]) -> str:
    if _changes(values, rows) is None:
        return "static"
    return "past" if np.isnan(values[beyond]).all() else "future"


def _changes(values: NDArray[np.float64], rows: SortedTable) -> int | None:
    """The first series in which values differ, or None."""
    starts = rows.bounds[:-1]
    high = np.maximum.reduceat(np.where(np.isnan(values), -np.inf, values), starts)
    low = np.minimum.reduceat(np.where(np.isnan(values), np.inf, values), starts)
    differing = high > low
    return int(differing.argmax()) if differing.any() else None


def _check_constant(name: str, column: Column, values: NDArray[np.float64], rows: SortedTable) -> None:
    series = _changes(values, rows)
    if series is not None:
        start, end = rows.bounds[series : series + 2]
        there = np.flatnonzero(~np.isnan(values[start:end])) + start
        other = int(there[(values[there] != values[there[0]]).argmax()])
        one, two = (_shown(column, row) for row in (int(there[0]), other))
        raise InputError(
            f"{rows.where(other)}: {name} is static, but {two} here and {one} at {rows.where(int(there[0]))}"
        )


def _shown(column: Column, row: int) -> str:
    return repr(column.values[column.codes[row]]) if isinstance(column, Coded) else str(column[row])


def _check_finite(name: str, values: NDArray[np.float64], rows: SortedTable) -> None:
    infinite = np.isinf(values)
    if infinite.any():
        row = int(infinite.argmax())
        raise InputError(f"{rows.where(row)}: {name} is {values[row]}; expected a finite number")


def values_of(covariate: Covariate, column: Column, where: Callable[[int], str]) -> dict[str, NDArray[np.float64]]:
    """The columns of a panel that a covariate's column in a table gives.

    A category that was not learnt is 0 in all of them, which is said. InputError for texts where numbers were learnt.
    """
    if covariate.categories is None:
        if isinstance(column, Coded):
            row = int((column.codes >= 0).argmax())
            raise InputError(f"{where(row)}: {covariate.name} is {_shown(column, row)}; expected a number")
        infinite = np.isinf(column)
        if infinite.any():
            row = int(infinite.argmax())
            raise InputError(f"{where(row)}: {covariate.name} is {column[row]}; expected a finite number")
        return {covariate.name: column}
    codes, texts = _codes(column)
    if unknown := [text for text in texts if text not in covariate.categories]:
        shown = ", ".join(unknown[:3]) + (", ..." if len(unknown) > 3 else "")
        remark(f"{covariate.name} has categories that were not learnt: {shown}")
    numbers = np.array([*(_place(covariate.categories, text) for text in texts), -2])[codes]
    missing = np.where(numbers == -2, np.nan, 0.0)
    return {name: np.where(numbers == place, 1.0, missing) for place, name in enumerate(covariate.names)}


def _place(categories: Sequence[str], text: str) -> int:
    return categories.index(text) if text in categories else -1


def _codes(column: Column) -> tuple[NDArray[np.int64], list[str]]:
    """Codes and texts of a column; numbers are texts where texts were learnt."""
    if isinstance(column, Coded):
        return column.codes.astype(np.int64), [str(value) for value in column.values]
    values, codes = np.unique(column, return_inverse=True)
    codes = np.where(np.isnan(column), -1, codes)
    return codes, [text_of_number(value) for value in values.tolist() if not math.isnan(value)]
