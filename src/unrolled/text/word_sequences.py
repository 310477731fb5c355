"""One vector a word, in the order of the text: one-hot vectors and learnt ones."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Self, overload

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.settings import VectorTraining, check
from unrolled.text.vectorizer import NO_WORD, Arrays, OverWords, Vectorizer, numbered, packed, unpacked
from unrolled.text.word_vectors import WordVectors

__all__ = ["OneHot", "Sequences", "Word2Vec"]


@dataclass(eq=False)
class OneHot(OverWords):
    """Of each word in turn a vector of zeros with a 1 in the word's column; of an unknown word zeros alone."""

    keeps_order: ClassVar[bool] = True

    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        """Learn the vocabulary, the most frequent words first."""
        check(self)
        counts = Counter(chain.from_iterable(self._cut(texts)))
        if not counts:
            raise InputError(NO_WORD)
        self.vocabulary_ = numbered(sorted(counts, key=lambda word: (-counts[word], word))[: self.vocabulary])
        return self

    def transform(self, texts: Iterable[str]) -> "Sequences":
        self._check_fitted()
        ids = [[self.vocabulary_.get(word, -1) for word in cut] for cut in self._cut(texts)]
        return Sequences([np.array(one, np.int32) for one in ids], self.width)


@dataclass(eq=False)
class Word2Vec(Vectorizer):
    """Of each word in turn its vector, learnt from the texts or read from a file; of an unknown word zeros.

    The settings but ``file`` are those of `WordVectors.train`; a file of vectors is read in place of learning.
    """

    size: int = VectorTraining.width
    window: int = VectorTraining.window
    algorithm: str = VectorTraining.algorithm
    epochs: int = VectorTraining.epochs
    min_count: int = VectorTraining.min_count
    seed: int = VectorTraining.seed
    file: str | Path | None = None
    show: bool | None = False
    keeps_order: ClassVar[bool] = True

    @property
    def width(self) -> int:
        self._check_fitted()
        return self.vectors_.width

    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        """Learn the vectors by gensim, or read those of ``file``; MissingExtra without gensim."""
        check(self)
        if self.file is not None:
            self.vectors_ = WordVectors.read(self.file)
            return self
        how = {name: getattr(self, name) for name in ("window", "algorithm", "epochs", "min_count", "seed", "show")}
        self.vectors_ = WordVectors.train(self._cut(texts), self.size, **how)
        return self

    def transform(self, texts: Iterable[str]) -> "Sequences":
        self._check_fitted()
        rows = [[self.vectors_.row(word) for word in cut] for cut in self._cut(texts)]
        ids = [np.array([-1 if row is None else row for row in one], np.int32) for one in rows]
        return Sequences(ids, self.width, self.vectors_.vectors)

    def arrays(self) -> dict[str, NDArray[Any]]:
        self._check_fitted()
        return {"tokens": packed(self.vectors_.tokens), "vectors": self.vectors_.vectors}

    def _restore(self, arrays: Arrays) -> None:
        self.vectors_ = WordVectors(list(unpacked(arrays)), arrays.get("vectors", np.zeros(0)))


@dataclass(frozen=True, eq=False)
class Sequences(Sequence[NDArray[np.float32]]):
    """N arrays (T, width), float32, each made when it is asked for: V columns of many words would not fit in memory.

    ``ids``: N rows of ``vectors`` (V, width), or without these of the identity; -1 is a row of zeros.
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
        ids = self.ids[index]
        found = np.zeros((len(ids), self.width), np.float32)
        known = np.flatnonzero(ids >= 0)
        if self.vectors is None:
            found[known, ids[known]] = 1
        else:
            found[known] = self.vectors[ids[known]]
        return found
