"""A translation memory: the target of the pair whose source is most like the input.

Sources are compared by the cosine of their TF-IDF vectors, over words and pairs of neighbouring words; where they are
single words, or are written without spaces, over runs of two to four letters.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Arrays
from unrolled.baselines.packed import packed, read_array, unpacked
from unrolled.errors import InputError
from unrolled.text.cutting import Cutting
from unrolled.text.vectorizers import inverse_document_frequency

__all__ = ["NearestSentence"]

MOST_PAIRS, MOST_LETTERS = 100_000, 9_000_000  # that are kept
LONGEST = 100  # words, or letters, of a source that are compared
RUNS = 2, 3, 4  # letters
EDGE = "\x00"  # before the first word, and about a word's letters


class NearestSentence:
    """Pairs of texts that are looked up by their sources: by words, or by ``letters``."""

    file: ClassVar[str] = "nearest"
    name: ClassVar[str] = "nearest sentence"

    def __init__(self, sources: Sequence[str], targets: Sequence[str], letters: bool) -> None:
        self.sources, self.targets, self.letters = sources, targets, letters

    @classmethod
    def fit(cls, sources: Sequence[str], targets: Sequence[str]) -> Self:
        """Keep the pairs; of very many some, spread over all."""
        letters = sum(map(len, sources)) + sum(map(len, targets))
        step = max(1, -(-len(sources) // MOST_PAIRS), -(-letters // MOST_LETTERS))
        kept = list(sources[::step])
        single = sum(" " not in source.strip() for source in kept)
        return cls(kept, list(targets[::step]), 2 * single > len(kept))

    def answers(self, sources: Sequence[str]) -> list[str]:
        """The target of the pair that is most like each source; of equally near ones the first.

        It is empty where no word, or letter, is known.
        """
        nearest = (self._index.nearest(self._features(source)) for source in sources)
        return ["" if place is None else self.targets[place] for place in nearest]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that `restore` reads; what pairs are looked up by is made anew when it is first asked for."""
        letters = np.array([self.letters], np.int32)
        return {"sources": packed(self.sources), "targets": packed(self.targets), "letters": letters}

    @classmethod
    def restore(cls, arrays: Arrays) -> Self:
        """The inverse of `arrays`; InputError where they are damaged."""
        sources, targets = unpacked(arrays, "sources"), unpacked(arrays, "targets")
        if len(sources) != len(targets) or not sources:
            raise InputError(f"the nearest sentence's pairs are {len(sources)} sources and {len(targets)} targets")
        return cls(sources, targets, bool(read_array(arrays, "letters", "i", 1).any()))

    @cached_property
    def _index(self) -> "_Index":
        return _Index.of([self._features(source) for source in self.sources])

    def _features(self, text: str) -> list[str]:
        cutting = Cutting("word")
        folded = cutting.folded(text)
        if self.letters:
            word = EDGE + folded[:LONGEST] + EDGE
            return [word[i : i + n] for n in RUNS for i in range(len(word) - n + 1)]
        words = [piece for piece, _ in cutting.pieces(folded)][:LONGEST]
        pairs = zip([EDGE, *words], words, strict=False)
        return [*words, *map(" ".join, pairs)]


class _Index(NamedTuple):
    """For each feature, from ``starts`` on, the documents that have it and its value in each."""

    numbers: dict[str, int]
    idf: NDArray[np.float32]
    starts: NDArray[np.int64]
    documents: NDArray[np.int32]
    values: NDArray[np.float32]
    size: int

    @classmethod
    def of(cls, features: Sequence[Sequence[str]]) -> "_Index":
        numbers: dict[str, int] = {}
        ids = [numbers.setdefault(feature, len(numbers)) for document in features for feature in document]
        document = np.repeat(np.arange(len(features)), [len(document) for document in features])
        cells, counts = np.unique(np.array(ids, np.int64) * len(features) + document, return_counts=True)
        feature, document = np.divmod(cells, len(features))
        frequency = np.bincount(feature, minlength=len(numbers))
        idf = inverse_document_frequency(frequency, len(features))
        values = counts * idf[feature]
        lengths = np.sqrt(np.bincount(document, values**2, len(features)))
        starts = np.concatenate([[0], np.cumsum(frequency)])
        shares = (values / lengths[document]).astype(np.float32)
        return cls(numbers, idf, starts, document.astype(np.int32), shares, len(features))

    def nearest(self, features: Sequence[str]) -> int | None:
        """The document with the largest cosine; None where no feature is known."""
        known, counts = np.unique([self.numbers[f] for f in features if f in self.numbers], return_counts=True)
        if not len(known):
            return None
        postings = [slice(*self.starts[i : i + 2].tolist()) for i in known.astype(np.int64).tolist()]
        weights = counts * self.idf[known.astype(np.int64)]
        documents = np.concatenate([self.documents[p] for p in postings])
        values = np.concatenate([self.values[p] * weight for p, weight in zip(postings, weights, strict=True)])
        return int(np.bincount(documents, values, self.size).argmax())
