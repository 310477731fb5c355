"""Numbers as files write them: what a value, a missing value and a label look like, and how gaps are filled."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.data.examples import Examples
from unrolled.errors import InputError
from unrolled.progress import remark

__all__ = ["MISSING", "Gaps", "Series", "check_words", "is_numbers", "label_of", "number", "numbers"]

MISSING = ("", "?", "nan", "na", "n/a", "null", "none", "<na>")
"""How files write that a value is missing, in small letters."""
_LARGEST = float(np.finfo(np.float32).max)


class Series(NamedTuple):
    """A series (T, D), its label or "" where it has none, where it stands, and what it belongs to if that was asked."""

    values: NDArray[np.float32]
    label: str
    where: str
    group: str | None = None


def number(text: str) -> float | None:
    """The number that a text is, NaN for a missing one; None where it is no number."""
    text = text.strip()
    if text.lower() in MISSING:
        return math.nan
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def numbers(cells: Sequence[str], where: str) -> list[float]:
    """The numbers of cells, NaN for those that are missing; InputError for what is no finite number."""
    values = []
    for place, cell in enumerate(cells, 1):
        value = number(cell)
        if value is None or math.isinf(value):
            raise InputError(f"{where}: value {place} is {cell.strip()!r:.80}; expected a finite number, or ? for none")
        values.append(value)
    return values


def is_numbers(text: str) -> bool:
    """Whether a text is nothing but numbers, with blanks, commas or semicolons between them."""
    return all(number(part) is not None for part in re.split(r"[\s,;]+", text.strip()))


def check_words(examples: Examples, tokens: str) -> None:
    """Raise InputError where texts are to be cut into words and each is a number or several: they have no words."""
    if examples.kind == "text" and tokens == "word" and all(map(is_numbers, examples.inputs)):
        what = f"every text is a number or several, as {examples.inputs[0]!r:.80}"
        raise InputError(
            f"{examples.where[0]}: {what}: no words to learn. "
            'If these are symbols, take tokens="space" or character; if they are measured, put a series in each '
            'row, its label first, without a head of names, or name columns="id,time,value,label"',
            *('tokens="space"', 'columns="id,time,value,label"'),
        )


def label_of(text: str) -> str:
    """A label as it is written, but that of a whole number as one: "1.0" and "1.0000000e+00" are "1"."""
    text = text.strip()
    value = number(text)
    whole = value is not None and math.isfinite(value) and value.is_integer() and abs(value) < 1e15
    return str(int(value)) if whole and value is not None else text


class Gaps:
    """Fills missing values, and tells at the end how many there were in a file."""

    def __init__(self, file: Path) -> None:
        self.file, self.missing, self.series = file, 0, 0

    def filled(self, values: NDArray[np.float64], where: str) -> NDArray[np.float32]:
        """(T, D) → the same, with straight lines over the gaps of a channel, and its first and last values at the ends.

        InputError for a series without steps, a channel without values, and numbers that float32 cannot hold.
        """
        if not values.size:
            raise InputError(f"{where}: the series is empty; expected at least one number")
        gaps = np.isnan(values)
        if gaps.any():
            self.missing, self.series = self.missing + int(gaps.sum()), self.series + 1
            if gaps.all(0).any():
                channel = int(np.argmax(gaps.all(0))) + 1
                raise InputError(f"{where}: channel {channel} has no value at all; expected at least one")
            steps = np.arange(len(values))
            values = values.copy()
            for column, missing in zip(values.T, gaps.T, strict=True):
                column[missing] = np.interp(steps[missing], steps[~missing], column[~missing])
        if not (abs(values) <= _LARGEST).all():
            step, channel = np.argwhere(~(abs(values) <= _LARGEST))[0]
            received = f"value {step + 1} of channel {channel + 1} is {values[step, channel]}"
            raise InputError(f"{where}: {received}; expected numbers up to {_LARGEST:.1e}")
        return values.astype(np.float32)

    def tell(self) -> None:
        """Say what was filled."""
        if self.missing:
            remark(
                f"{self.file}: {self.missing:,} missing values in {self.series:,} series; "
                "each is put on the straight line between its neighbours"
            )
