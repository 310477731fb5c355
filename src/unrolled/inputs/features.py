"""Encoded inputs as sparse vectors of features, for models without a network.

`Fixed` says of each input by itself what its vector is. `Grams` are learnt: which runs of symbols occur, and how rare
each is. What is learnt is a few arrays, so that a saved model reads them without a library for sparse matrices.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.text.vectorizers import SparseVector, inverse_document_frequency

__all__ = ["BREAK", "Features", "Fixed", "Grams", "LearntFeatures", "LearntGrams", "moments", "resampled", "values_at"]

BREAK = -1
"""A symbol that no run may hold."""
_BLOCK = 2**20  # symbols whose runs are counted at once
_MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no two short runs share a number
_RAREST = 100.0  # idf; more than any number of inputs gives

Steps = NDArray[Any]
Arrays = Mapping[str, NDArray[Any]]


class LearntFeatures(Protocol):
    """Features that are ready for use."""

    @property
    def width(self) -> int:
        """The number of features, F."""

    def vectors(self, encoded: Sequence[Steps]) -> list[SparseVector]:
        """The vector (F,) of each encoded input."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learnt, to be saved."""


class Features(Protocol):
    """A way of turning encoded inputs into vectors, with a ``name`` for people.

    ``scaled`` says that a model should bring each feature to mean 0 and variance 1.
    """

    @property
    def name(self) -> str: ...
    @property
    def scaled(self) -> bool: ...

    def learn(self, encoded: Sequence[Steps], most: int) -> LearntFeatures:
        """Learn from the inputs of the training part; where the number of features is open, it is at most ``most``."""

    def restore(self, arrays: Arrays) -> LearntFeatures:
        """The inverse of `LearntFeatures.arrays`; InputError where they are damaged."""


@dataclass(frozen=True)
class Fixed:
    """Features with nothing to learn: the ``vector`` of one encoded input has ``width`` entries."""

    name: str
    vector: Callable[[Steps], SparseVector]
    width: int
    scaled: bool = False

    def learn(self, encoded: Sequence[Steps], most: int) -> "Fixed":
        """Itself."""
        return self

    def restore(self, arrays: Arrays) -> "Fixed":
        """Itself."""
        return self

    def vectors(self, encoded: Sequence[Steps]) -> list[SparseVector]:
        """The vector of each encoded input."""
        return [self.vector(steps) for steps in encoded]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """None."""
        return {}


@dataclass(frozen=True)
class Grams:
    """TF-IDF of the runs of 1 to ``longest`` symbols, each vector scaled to length 1.

    ``symbols`` are those of an encoded input: whole numbers from 0, and BREAK. A run that occurs n times counts
    1 + ln n.
    """

    name: str
    symbols: Callable[[Steps], NDArray[np.int64]]
    longest: int
    scaled: bool = field(default=False, init=False)

    def learn(self, encoded: Sequence[Steps], most: int) -> "LearntGrams":
        """Keep the runs that stand in most inputs, at most ``most`` of them, and how rare each is."""
        keys, frequency = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        for _, rows, found in self.runs(encoded):
            new, places = np.unique(found, return_inverse=True)
            inputs = np.unique(places * len(encoded) + rows) // len(encoded)  # each run once an input
            both, places = np.unique(np.concatenate([keys, new]), return_inverse=True)
            counts = np.concatenate([frequency, np.bincount(inputs, minlength=len(new))])
            keys, frequency = both, np.bincount(places, counts, len(both)).astype(np.int64)
        kept = np.sort(np.argsort(-frequency, kind="stable")[:most])
        return LearntGrams(self, keys[kept], inverse_document_frequency(frequency[kept], len(encoded)))

    def restore(self, arrays: Arrays) -> "LearntGrams":
        """The inverse of `LearntGrams.arrays`; InputError where they are damaged."""
        keys, idf = arrays.get("runs"), arrays.get("idf")
        if keys is None or idf is None or (keys.dtype, idf.dtype) != (np.dtype(np.uint64), np.dtype(np.float32)):
            raise InputError(f"the baseline's arrays are {sorted(arrays)[:9]}; expected runs, uint64, and idf, float32")
        if keys.ndim != 1 or idf.shape != keys.shape or not (keys[1:] > keys[:-1]).all():
            raise InputError(f"the baseline's runs {keys.shape} and idf {idf.shape}: expected (F,), ascending")
        if not ((idf >= 1) & (idf <= _RAREST)).all():
            raise InputError(f"the baseline's idf is damaged: expected 1 to {_RAREST:g}")
        return LearntGrams(self, keys, idf)

    def runs(self, encoded: Sequence[Steps]) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.uint64]]]:
        """Blocks of (how many inputs are read, rows (n,), numbers (n,)): of every run the row of its input and a number
        that stands for it."""
        block, rows, size = list[NDArray[np.int64]](), list[int](), 0
        for row, steps in enumerate(encoded):
            block.append(np.append(self.symbols(steps), BREAK))
            rows.append(row)
            size += len(block[-1])
            if size > _BLOCK or row == len(encoded) - 1:
                of = np.repeat(rows, [len(one) for one in block])
                yield row + 1, *_runs(of, np.concatenate(block), self.longest)
                block, rows, size = [], [], 0


@dataclass(frozen=True)
class LearntGrams:
    """The runs of ``grams`` that count as features: the numbers (F,) that stand for them, ascending, and how rare each
    is, (F,)."""

    grams: Grams
    keys: NDArray[np.uint64]
    idf: NDArray[np.float32]

    @property
    def width(self) -> int:
        """How many runs there are."""
        return len(self.keys)

    def vectors(self, encoded: Sequence[Steps]) -> list[SparseVector]:
        """The TF-IDF of each encoded input."""
        found: list[SparseVector] = []
        wide = max(self.width, 1)
        for stop, rows, keys in self.grams.runs(encoded):
            columns = np.searchsorted(self.keys, keys)
            known = np.append(self.keys, np.uint64(0))[columns] == keys
            cells, counts = np.unique(rows[known] * wide + columns[known], return_counts=True)
            columns = cells % wide
            values = ((1 + np.log(counts)) * self.idf[columns]).astype(np.float32)
            ends = np.searchsorted(cells, np.arange(len(found), stop + 1) * wide)
            found += [_unit(columns[a:b], values[a:b]) for a, b in pairwise(ends)]
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that `Grams.restore` reads."""
        return {"runs": self.keys, "idf": self.idf}


def _runs(
    rows: NDArray[np.int64], symbols: NDArray[np.int64], longest: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The rows and numbers of the runs of up to ``longest`` symbols that hold no BREAK."""
    single, whole = (symbols + 1).astype(np.uint64), symbols != BREAK
    numbers, inside, found = single, whole, [(rows[whole], single[whole])]
    for length in range(2, longest + 1):
        numbers = numbers[:-1] * _MIX + single[length - 1 :]
        inside = inside[:-1] & whole[length - 1 :]
        found.append((rows[: len(inside)][inside], numbers[inside]))
    return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])


def _unit(columns: NDArray[np.int64], values: NDArray[np.float32]) -> SparseVector:
    return columns, values / np.maximum(np.sqrt((values**2).sum()), np.finfo(np.float32).tiny)


def moments(steps: Steps, parts: int) -> SparseVector:
    """Mean and standard deviation of the features of steps (T, D) over each of ``parts`` equal stretches of time."""
    starts = np.arange(parts) * len(steps) // parts
    ends = np.maximum(np.arange(1, parts + 1) * len(steps) // parts, starts + 1)
    found = [(part.mean(0), part.std(0)) for part in (steps[a:b] for a, b in zip(starts, ends, strict=True))]
    values = np.concatenate([one for pair in found for one in pair])
    return np.arange(len(values)), values.astype(np.float32)


def resampled(steps: Steps, points: int) -> NDArray[np.float32]:
    """Steps (T, D) brought to (points, D) by linear interpolation."""
    if len(steps) == points:
        return np.asarray(steps, np.float32)
    places = np.linspace(0, len(steps) - 1, points)
    before = np.minimum(places.astype(np.int64), max(len(steps) - 2, 0))
    share = (places - before)[:, None]
    after = np.minimum(before + 1, len(steps) - 1)
    return np.asarray((1 - share) * steps[before] + share * steps[after], np.float32)


def values_at(steps: Steps, points: int) -> SparseVector:
    """The values of `resampled` one after another."""
    values = resampled(steps, points).ravel()
    return np.arange(len(values)), values
