"""One vector a text, whatever the order of its words: counts, and counts weighed by rarity."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError, MissingExtra
from unrolled.settings import check, option
from unrolled.text.vectorizer import NO_WORD, Arrays, OverWords, numbered, unpacked

__all__ = ["Count", "TfIdf"]


@dataclass(eq=False)
class _Bag(OverWords):
    """Base of both: rows of a sparse matrix."""

    min_documents: int = option(1, "words that occur in fewer documents are left out", 1)
    keeps_order: ClassVar[bool] = False

    @abstractmethod
    def sparse(self, cut: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The columns of a text's words, ascending, and the values there; needs no scipy."""

    def transform(self, texts: Iterable[str]) -> Any:
        return _csr([self.sparse(cut) for cut in self._cut(texts)], self.width)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """The word of each column."""
        self._check_fitted()
        return np.array(list(self.vocabulary_), object)


@dataclass(eq=False)
class Count(_Bag):
    """How often each word of the vocabulary occurs: the bag of words. Other words count nowhere."""

    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        """Learn the vocabulary by scikit-learn's CountVectorizer; MissingExtra without it."""
        check(self)
        learnt = _learnt("CountVectorizer", self._cut(texts), self.vocabulary, self.min_documents)
        self.vocabulary_ = numbered(learnt.get_feature_names_out())
        return self

    def sparse(self, cut: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        self._check_fitted()
        return _counts(cut, self.vocabulary_)


@dataclass(eq=False)
class TfIdf(_Bag):
    """Counts times ln((1 + N) / (1 + documents with the word)) + 1, at length 1 (Spärck Jones 1972)."""

    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        """Learn vocabulary and rarity by scikit-learn's TfidfVectorizer; MissingExtra without it."""
        check(self)
        learnt = _learnt("TfidfVectorizer", self._cut(texts), self.vocabulary, self.min_documents)
        self.vocabulary_ = numbered(learnt.get_feature_names_out())
        self.idf_: NDArray[np.float32] = learnt.idf_.astype(np.float32)
        return self

    def sparse(self, cut: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        self._check_fitted()
        columns, values = _counts(cut, self.vocabulary_)
        values = values * self.idf_[columns]
        return columns, values / np.float32(max(np.linalg.norm(values), np.finfo(np.float32).tiny))

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {**super().arrays(), "idf": self.idf_}

    def _restore(self, arrays: Arrays) -> None:
        vocabulary, idf = unpacked(arrays), arrays.get("idf", np.zeros(0))
        if idf.shape != (len(vocabulary),) or idf.dtype != np.float32 or not np.isfinite(idf).all():
            raise InputError(
                f"idf is {idf.dtype} {idf.shape}; expected a finite float32 of each of {len(vocabulary)} words"
            )
        self.vocabulary_, self.idf_ = vocabulary, idf


def _learnt(name: str, cut: list[list[str]], vocabulary: int | None, min_documents: int) -> Any:
    """One of scikit-learn's vectorizers, fitted on words."""
    try:
        from sklearn.feature_extraction import text
    except ModuleNotFoundError as error:
        raise MissingExtra("scikit-learn", "train", "learning a vocabulary") from error
    if not any(cut):
        raise InputError(NO_WORD)
    made = getattr(text, name)(analyzer=list, max_features=vocabulary, min_df=min_documents)
    try:
        return made.fit(cut)
    except ValueError:
        raise InputError(f"no word occurs in {min_documents} of {len(cut)} texts; lower min_documents") from None


def _counts(cut: Sequence[str], vocabulary: dict[str, int]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    found = Counter(vocabulary[word] for word in cut if word in vocabulary)
    columns = np.array(sorted(found), np.int32)
    return columns, np.array([found[column] for column in columns], np.float32)


def _csr(rows: list[tuple[NDArray[np.int32], NDArray[np.float32]]], width: int) -> Any:
    """Sparse rows as a scipy CSR matrix (N, width)."""
    try:
        from scipy.sparse import csr_matrix
    except ModuleNotFoundError as error:
        raise MissingExtra("scipy", "train", "a sparse matrix") from error
    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = np.concatenate([np.zeros(0, np.int32), *(columns for columns, _ in rows)])
    values = np.concatenate([np.zeros(0, np.float32), *(values for _, values in rows)])
    return csr_matrix((values, columns, ends), (len(rows), width))
