"""Columns of long tables: numbers, stamps, or texts, of which each different one is kept once."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.sources.cells import is_missing, pointed

__all__ = ["Coded", "Column", "GrowingColumn", "RawTable", "coded", "is_none", "of_objects", "text_of_number"]

_TRUTH = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class Coded:
    """For each row the place of its value among ``values``, which are all different; -1 where there is none."""

    codes: NDArray[np.int32]
    values: list[Any]


Column: TypeAlias = NDArray[Any] | Coded
"""Numbers (float64, NaN where missing; int64), stamps (datetime64[s]), or `Coded` texts."""


@dataclass(frozen=True)
class RawTable:
    """Columns of one length by name; ``place`` says where a row stands, for messages.

    ``types`` says how the columns of a frame came, such as "int" or "date"; ``moments`` are stamps in UTC where those
    of the table are times of day of a zone, in which an hour comes twice when clocks are put back.
    """

    name: str
    columns: Mapping[str, Column]
    place: Callable[[int], str]
    types: Mapping[str, str] = field(default_factory=dict)
    moments: NDArray[np.int64] | None = None


def coded(values: Sequence[Any], name: str = "data") -> Coded:
    """Objects, each different one once; None, NaN, NaT and texts that say so are missing. ``name`` is for messages."""
    try:
        places = dict.fromkeys(values)
    except TypeError:
        raise InputError(f"{name} is {values[0]!r:.80}; expected texts, numbers or dates") from None
    kept = [value for value in places if not is_none(value)]
    places.update((value, -1) for value in places)
    places.update((value, place) for place, value in enumerate(kept))
    return Coded(np.fromiter(map(places.__getitem__, values), np.int32, len(values)), kept)


def is_none(value: Any) -> bool:
    """Whether a value is missing: None, NaN, NaT, or a text that says so."""
    if value is None or isinstance(value, str):
        return value is None or is_missing(value)
    return math.isnan(value) if isinstance(value, float) else str(value) in ("NaT", "<NA>", "nan")


def of_objects(values: Sequence[Any], name: str = "data") -> Column:
    """Objects as numbers where they are all numbers, booleans or missing, else `coded`."""
    kinds = set(map(type, values))
    if kinds <= {int, float, bool, type(None)}:
        return np.array([math.nan if value is None else value for value in values], np.float64)
    column = coded(values, name)
    numbers = _numbers([value if isinstance(value, str) else str(value) for value in column.values], False)
    if numbers is None:
        return column
    return np.append(numbers, math.nan)[column.codes]


class GrowingColumn:
    """A column of texts that grows by chunks: numbers as long as all are, else `Coded`; or always coded."""

    def __init__(self, text: bool, commas: bool = False) -> None:
        self._places: dict[str, int] | None = {} if text else None
        self._commas = commas
        self._chunks: list[NDArray[Any]] = []

    def add(self, cells: Sequence[str]) -> None:
        """The cells of further rows."""
        if self._places is None:
            numbers = _numbers(cells, self._commas)
            if numbers is not None:
                self._chunks.append(numbers)
                return
            self._places = {}
            earlier, self._chunks = self._chunks, []
            for chunk in earlier:
                self.add(["" if math.isnan(value) else text_of_number(value) for value in chunk.tolist()])
        places = self._places
        for value in dict.fromkeys(cells):
            if value not in places:
                places[value] = len(places)
        self._chunks.append(np.fromiter(map(places.__getitem__, cells), np.int32, len(cells)))

    def column(self) -> Column:
        """All rows."""
        if self._places is None:
            return np.concatenate(self._chunks) if self._chunks else np.zeros(0)
        codes = np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int32)
        again = coded(list(self._places))
        return Coded(again.codes[codes] if len(codes) else codes, again.values)


def _numbers(cells: Sequence[str], commas: bool) -> NDArray[np.float64] | None:
    """Texts as numbers, NaN where one is missing; None where one is no number."""
    try:
        if "_" not in "".join(cells):
            return np.array([float(cell or "nan") for cell in cells])
    except ValueError:
        pass
    numbers = [_number(cell, commas) for cell in cells]
    return None if None in numbers else np.array(numbers, np.float64)


def _number(cell: str, commas: bool) -> float | None:
    if is_missing(cell):
        return math.nan
    cell = pointed(cell) if commas else cell
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return _TRUTH.get(cell.strip().lower())


def text_of_number(value: float) -> str:
    """A number as text, a whole one without its point."""
    return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)
