"""The mathematics of text as vectors, over ids: the columns of a text's words, -1 for a word outside the vocabulary."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Sequences",
    "SparseVector",
    "count",
    "document_frequency",
    "inverse_document_frequency",
    "look_up",
    "one_hot",
    "tf_idf",
]

SparseVector = tuple[NDArray[np.int64], NDArray[np.float32]]
"""A vector (V,) as the columns that are not zero, ascending, and their values."""


def count(ids: NDArray[np.integer]) -> SparseVector:
    """How often each column occurs among the ids (T,) of a document."""
    columns, counts = np.unique(ids[ids >= 0], return_counts=True)
    return columns.astype(np.int64), counts.astype(np.float32)


def document_frequency(documents: Iterable[NDArray[np.integer]], width: int) -> NDArray[np.int64]:
    """In how many documents, each given by its ids (T,), each of V = ``width`` columns occurs: (V,)."""
    frequency = np.zeros(width, np.int64)
    for ids in documents:
        frequency[count(ids)[0]] += 1
    return frequency


def inverse_document_frequency(frequency: NDArray[np.integer], documents: int) -> NDArray[np.float32]:
    """ln((1 + N) / (1 + n)) + 1 of each column (V,) that occurs in n of N documents (Spärck Jones 1972)."""
    return (np.log((1 + documents) / (1 + frequency)) + 1).astype(np.float32)


def tf_idf(ids: NDArray[np.integer], idf: NDArray[np.float32]) -> SparseVector:
    """Counts of a document's ids (T,) times ``idf`` (V,), scaled to length 1."""
    columns, counts = count(ids)
    values = counts * idf[columns]
    return columns, values / np.maximum(np.sqrt((values**2).sum()), np.finfo(np.float32).tiny)


def one_hot(ids: NDArray[np.integer], width: int) -> NDArray[np.float32]:
    """Ids (..., T) → vectors (..., T, width), each with a 1 in the column of its id; zeros alone for -1."""
    vectors = np.zeros((*ids.shape, width), np.float32)
    known = ids >= 0
    vectors[(*np.nonzero(known), ids[known])] = 1
    return vectors


def look_up(ids: NDArray[np.integer], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ids (T,) → their rows (T, E) of ``vectors`` (V, E); zeros for -1."""
    rows: NDArray[np.float32] = vectors[ids]
    rows[ids < 0] = 0
    return rows


@dataclass(frozen=True, eq=False)
class Sequences(Sequence[NDArray[np.float32]]):
    """N arrays (T, width), float32, each made when it is asked for: V columns of many words would not fit in memory.

    ``ids``: N arrays (T,) of rows of ``vectors`` (V, width), or without these of the identity; -1 is a row of zeros.
    """

    ids: list[NDArray[np.int32]]
    width: int
    vectors: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> NDArray[np.float32]: ...
    @overload
    def __getitem__(self, index: slice) -> "Sequences": ...
    def __getitem__(self, index: int | slice) -> "NDArray[np.float32] | Sequences":
        if isinstance(index, slice):
            return Sequences(self.ids[index], self.width, self.vectors)
        if self.vectors is None:
            return one_hot(self.ids[index], self.width)
        return look_up(self.ids[index], self.vectors)
