"""Texts as numbers: four ways, one face. Each says whether it keeps the order of the words.

    count      how often each word of the vocabulary occurs               (N, V)      order lost
    tfidf      that, times how rare the word is among the documents       (N, V)      order lost
    one-hot    a 1 in the column of the word, of each word in turn        N × (T, V)  order kept
    word2vec   the learnt vector of each word in turn                     N × (T, E)  order kept

All are transformers of scikit-learn: steps of a `Pipeline`, cloned, searched over. What they have learnt is a few
arrays; with these `from_arrays` makes a vectorizer that needs neither scikit-learn nor gensim.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Self, overload

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError, MissingExtra
from unrolled.settings import check, option
from unrolled.text.word_vectors import WordVectors
from unrolled.text.words import words

__all__ = ["VECTORIZERS", "Count", "OneHot", "Sequences", "TfIdf", "Vectorizer", "Word2Vec"]

Arrays = Mapping[str, NDArray[Any]]

_NO_WORD = "no word to learn from: every text is empty"


@dataclass(eq=False)
class Vectorizer(ABC):
    """Base of the vectorizers: fields are settings, as in scikit-learn; attributes ending in ``_`` are learnt."""

    lowercase: bool = option(True, "all letters are made small", kw_only=True)
    keeps_order: ClassVar[bool]

    @property
    @abstractmethod
    def width(self) -> int:
        """Features of a vector."""

    @abstractmethod
    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        """Learn from texts; ``y`` is not used. Raises InputError where they hold no word."""

    @abstractmethod
    def transform(self, texts: Iterable[str]) -> Any:
        """The vectors of texts: a scipy CSR matrix (N, V), float32, or `Sequences` of N arrays (T, width)."""

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learnt."""

    @abstractmethod
    def _restore(self, arrays: Arrays) -> None:
        """Set what was learnt from `arrays`."""

    @classmethod
    def from_arrays(cls, arrays: Arrays, **settings: Any) -> Self:
        """The fitted vectorizer of these settings whose `arrays` these are; InputError for others."""
        made = cls(**settings)
        made._restore(arrays)
        return made

    def words(self, text: str) -> list[str]:
        """The words of a text: of a sequence, what its steps are."""
        return words(text, self.lowercase)

    def fit_transform(self, texts: Iterable[str], y: Any = None) -> Any:
        """`fit` and `transform` of the same texts."""
        texts = list(texts)
        return self.fit(texts, y).transform(texts)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def set_params(self, **params: Any) -> Self:
        """Change settings; InputError on a name there is not."""
        for name, value in params.items():
            if name not in self.get_params():
                known = ", ".join(self.get_params())
                raise InputError(f"{type(self).__name__} has no setting {name!r:.80}; it has {known}")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        reads = InputTags(one_d_array=True, two_d_array=False, string=True)
        return Tags(None, TargetTags(required=False), TransformerTags(), input_tags=reads)

    def __sklearn_is_fitted__(self) -> bool:
        return any(name.endswith("_") for name in vars(self))

    def _cut(self, texts: Iterable[str]) -> list[list[str]]:
        """The words of each text; InputError for what is no text."""
        if isinstance(texts, str):
            raise InputError(f"texts is the one text {texts!r:.80}; expected a list of texts")
        found = []
        for number, text in enumerate(texts):
            if not isinstance(text, str):
                raise InputError(f"text {number} is {text!r:.80}; expected a str")
            found.append(self.words(text))
        return found

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise InputError(f"this {type(self).__name__} has learnt nothing yet; call fit first")


@dataclass(eq=False)
class Count(Vectorizer):
    """How often each word of the vocabulary occurs: the bag of words. Other words count nowhere."""

    vocabulary: int | None = option(None, "the most frequent words alone, at most so many", 1)
    min_documents: int = option(1, "words that occur in fewer documents are left out", 1)
    keeps_order: ClassVar[bool] = False

    @property
    def width(self) -> int:
        self._check_fitted()
        return len(self.vocabulary_)

    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        """Learn the vocabulary by scikit-learn's CountVectorizer; MissingExtra without it."""
        check(self)
        learnt = _learnt("CountVectorizer", self._cut(texts), self.vocabulary, self.min_documents)
        self.vocabulary_ = _numbered(learnt.get_feature_names_out())
        return self

    def transform(self, texts: Iterable[str]) -> Any:
        return _csr([self.sparse(cut) for cut in self._cut(texts)], self.width)

    def sparse(self, cut: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The columns of a text's words, ascending, and the values there; needs no scipy."""
        self._check_fitted()
        return _counts(cut, self.vocabulary_)

    def arrays(self) -> dict[str, NDArray[Any]]:
        self._check_fitted()
        return {"tokens": _packed(self.vocabulary_)}

    def _restore(self, arrays: Arrays) -> None:
        self.vocabulary_ = _unpacked(arrays)


@dataclass(eq=False)
class TfIdf(Vectorizer):
    """Counts times ln((1 + N) / (1 + documents with the word)) + 1, at length 1 (Spärck Jones 1972)."""

    vocabulary: int | None = option(None, "the most frequent words alone, at most so many", 1)
    min_documents: int = option(1, "words that occur in fewer documents are left out", 1)
    keeps_order: ClassVar[bool] = False

    @property
    def width(self) -> int:
        self._check_fitted()
        return len(self.vocabulary_)

    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        """Learn vocabulary and rarity by scikit-learn's TfidfVectorizer; MissingExtra without it."""
        check(self)
        learnt = _learnt("TfidfVectorizer", self._cut(texts), self.vocabulary, self.min_documents)
        self.vocabulary_ = _numbered(learnt.get_feature_names_out())
        self.idf_: NDArray[np.float32] = learnt.idf_.astype(np.float32)
        return self

    def transform(self, texts: Iterable[str]) -> Any:
        return _csr([self.sparse(cut) for cut in self._cut(texts)], self.width)

    def sparse(self, cut: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The columns of a text's words, ascending, and the values there; needs no scipy."""
        self._check_fitted()
        columns, values = _counts(cut, self.vocabulary_)
        values = values * self.idf_[columns]
        return columns, values / np.float32(max(np.linalg.norm(values), np.finfo(np.float32).tiny))

    def arrays(self) -> dict[str, NDArray[Any]]:
        self._check_fitted()
        return {"tokens": _packed(self.vocabulary_), "idf": self.idf_}

    def _restore(self, arrays: Arrays) -> None:
        vocabulary, idf = _unpacked(arrays), arrays.get("idf", np.zeros(0))
        if idf.shape != (len(vocabulary),) or idf.dtype != np.float32 or not np.isfinite(idf).all():
            raise InputError(
                f"idf is {idf.dtype} {idf.shape}; expected a finite float32 of each of {len(vocabulary)} words"
            )
        self.vocabulary_, self.idf_ = vocabulary, idf


@dataclass(eq=False)
class OneHot(Vectorizer):
    """Of each word in turn a vector of zeros with a 1 in the word's column; of an unknown word zeros alone."""

    vocabulary: int | None = option(None, "the most frequent words alone, at most so many", 1)
    keeps_order: ClassVar[bool] = True

    @property
    def width(self) -> int:
        self._check_fitted()
        return len(self.vocabulary_)

    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        """Learn the vocabulary, the most frequent words first."""
        check(self)
        counts = Counter(chain.from_iterable(self._cut(texts)))
        if not counts:
            raise InputError(_NO_WORD)
        self.vocabulary_ = _numbered(sorted(counts, key=lambda word: (-counts[word], word))[: self.vocabulary])
        return self

    def transform(self, texts: Iterable[str]) -> "Sequences":
        ids = [[self.vocabulary_.get(word, -1) for word in cut] for cut in self._cut(texts)]
        return Sequences([np.array(one, np.int32) for one in ids], self.width)

    def arrays(self) -> dict[str, NDArray[Any]]:
        self._check_fitted()
        return {"tokens": _packed(self.vocabulary_)}

    def _restore(self, arrays: Arrays) -> None:
        self.vocabulary_ = _unpacked(arrays)


@dataclass(eq=False)
class Word2Vec(Vectorizer):
    """Of each word in turn its vector, learnt from the texts or read from a file; of an unknown word zeros.

    The settings but ``file`` are those of `WordVectors.train`; a file of vectors is read in place of learning.
    """

    size: int = 100
    window: int = 5
    algorithm: str = "skip-gram"
    epochs: int = 5
    min_count: int = 2
    seed: int = 0
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
        return {"tokens": _packed(self.vectors_.tokens), "vectors": self.vectors_.vectors}

    def _restore(self, arrays: Arrays) -> None:
        self.vectors_ = WordVectors(list(_unpacked(arrays)), arrays.get("vectors", np.zeros(0)))


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


VECTORIZERS: dict[str, type[Vectorizer]] = {"count": Count, "tfidf": TfIdf, "one-hot": OneHot, "word2vec": Word2Vec}


def _learnt(name: str, cut: list[list[str]], vocabulary: int | None, min_documents: int) -> Any:
    """One of scikit-learn's vectorizers, fitted on words."""
    try:
        from sklearn.feature_extraction import text
    except ModuleNotFoundError as error:
        raise MissingExtra("scikit-learn", "train", "learning a vocabulary") from error
    if not any(cut):
        raise InputError(_NO_WORD)
    made = getattr(text, name)(analyzer=list, max_features=vocabulary, min_df=min_documents)
    try:
        return made.fit(cut)
    except ValueError:
        raise InputError(f"no word occurs in {min_documents} of {len(cut)} texts; lower min_documents") from None


def _numbered(tokens: Iterable[str]) -> dict[str, int]:
    return {str(token): number for number, token in enumerate(tokens)}


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
    columns, values = (
        np.concatenate([np.zeros(0, kind), *(row[i] for row in rows)]) for i, kind in enumerate((np.int32, np.float32))
    )
    return csr_matrix((values, columns, ends), (len(rows), width))


def _packed(tokens: Iterable[str]) -> NDArray[np.uint8]:
    """Words, none of which has a line break in it, as the bytes of their lines."""
    return np.frombuffer("\n".join(tokens).encode(), np.uint8)


def _unpacked(arrays: Arrays) -> dict[str, int]:
    """The words in the array `tokens` by number; InputError where it is not what `_packed` made."""
    tokens = arrays.get("tokens")
    if tokens is None or tokens.dtype != np.uint8:
        raise InputError("a vectorizer without its tokens; expected an array of bytes")
    try:
        lines = tokens.tobytes().decode().split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"the tokens of a vectorizer are not valid utf-8 at byte {error.start}") from None
    found = _numbered(lines)
    if len(found) < len(lines) or "" in found:
        raise InputError(f"the tokens of a vectorizer are {len(found)} of {len(lines)} words; expected each once")
    return found
