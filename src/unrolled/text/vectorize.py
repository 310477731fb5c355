"""Texts as numbers in four ways. Each says whether it keeps the order of the words.

    count      how often each word of the vocabulary occurs               (N, V)      order lost
    tf-idf     that, times how rare the word is among the documents       (N, V)      order lost
    one-hot    a 1 in the column of the word, of each word in turn        N × (T, V)  order kept
    word2vec   the learnt vector of each word in turn                     N × (T, E)  order kept

All are transformers of scikit-learn: steps of a `Pipeline`, cloned, searched over. What they have learnt is a few
arrays, from which `from_arrays` restores them.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError, MissingExtra
from unrolled.settings import check, option
from unrolled.text import vectorizers
from unrolled.text.cutting import words
from unrolled.text.vector_training import VectorTraining
from unrolled.text.vectorizers import Sequences, SparseVector
from unrolled.text.vocabulary import ids_of, numbered, pack_words, unpack_words
from unrolled.text.word_vectors import WordVectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.utils import Tags

__all__ = ["VECTORIZERS", "Count", "OneHot", "Sequences", "TfIdf", "Vectorizer", "Word2Vec"]

_Arrays = Mapping[str, NDArray[np.generic]]
_EMPTY = "no word to learn from: every text is empty"


@dataclass(eq=False)
class Vectorizer(ABC):
    """Base of the vectorizers: fields are settings, as in scikit-learn; attributes ending in ``_`` are learnt."""

    lowercase: bool = option(True, "all letters are made small")
    keeps_order: ClassVar[bool]

    @property
    @abstractmethod
    def width(self) -> int:
        """The number of features of a vector."""

    @abstractmethod
    def _learn(self, texts: Iterable[str]) -> None:
        """Set what is learnt from texts."""

    @abstractmethod
    def transform(self, texts: Iterable[str]) -> "csr_matrix | Sequences":
        """The vectors of texts: a scipy CSR matrix (N, V), float32, or `Sequences` of N arrays (T, width)."""

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What was learnt, as arrays by name."""

    @abstractmethod
    def _restore(self, arrays: _Arrays) -> None:
        """Set what was learnt from `arrays`."""

    @classmethod
    def from_arrays(cls, arrays: _Arrays, **settings: object) -> Self:
        """The fitted vectorizer with these settings and these `arrays`; InputError for damaged ones."""
        vectorizer = cls().set_params(**settings)
        vectorizer._restore(arrays)
        return vectorizer

    def words(self, text: str) -> list[str]:
        """The words of a text, in order."""
        return words(text, self.lowercase)

    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        """Learn from texts; ``y`` is not used. Raises InputError where they hold no word."""
        check(self)
        self._learn(texts)
        return self

    def fit_transform(self, texts: Iterable[str], y: object = None) -> "csr_matrix | Sequences":
        """`fit` and `transform` of the same texts."""
        texts = list(texts)
        return self.fit(texts, y).transform(texts)

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """The settings by name."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def set_params(self, **params: object) -> Self:
        """Change settings; InputError for an unknown name."""
        for name, value in params.items():
            if name not in self.get_params():
                known = ", ".join(self.get_params())
                raise InputError(f"{type(self).__name__} has no setting {name!r:.80}; it has {known}")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> "Tags":
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        reads = InputTags(one_d_array=True, two_d_array=False, string=True)
        return Tags(None, TargetTags(required=False), TransformerTags(), input_tags=reads)

    def __sklearn_is_fitted__(self) -> bool:
        return any(name.endswith("_") for name in vars(self))

    def _documents(self, texts: Iterable[str]) -> list[list[str]]:
        """The words of each text; InputError for what is no text."""
        if isinstance(texts, str):
            raise InputError(f"texts is the one text {texts!r:.80}; expected a list of texts")
        texts = list(texts)
        for number, text in enumerate(texts):
            if not isinstance(text, str):
                raise InputError(f"text {number} is {text!r:.80}; expected a str")
        return [self.words(text) for text in texts]

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise InputError(f"this {type(self).__name__} has learnt nothing yet; call fit first")


@dataclass(eq=False)
class _OverWords(Vectorizer):
    """Base of those whose columns are the words of a learnt vocabulary, ``vocabulary_``."""

    vocabulary: int | None = option(None, "the most frequent words alone, at most so many", 1)

    @property
    def width(self) -> int:
        self._check_fitted()
        return len(self.vocabulary_)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        self._check_fitted()
        return {"tokens": pack_words(self.vocabulary_)}

    def _restore(self, arrays: _Arrays) -> None:
        self.vocabulary_: dict[str, int] = unpack_words(arrays)


@dataclass(eq=False)
class _Bag(_OverWords):
    """Base of Count and TfIdf: each text is a row of a sparse matrix."""

    min_documents: int = option(1, "words that occur in fewer documents are left out", 1)
    keeps_order: ClassVar[bool] = False

    @abstractmethod
    def sparse(self, cut: Sequence[str]) -> SparseVector:
        """The vector of a text, given as its words; needs no scipy."""

    def transform(self, texts: Iterable[str]) -> "csr_matrix":
        rows = [self.sparse(document) for document in self._documents(texts)]
        try:
            from scipy.sparse import csr_matrix
        except ModuleNotFoundError as error:
            raise MissingExtra("scipy", "train", "a sparse matrix") from error
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([np.zeros(0, np.int64), *(columns for columns, _ in rows)])
        values = np.concatenate([np.zeros(0, np.float32), *(values for _, values in rows)])
        return csr_matrix((values, columns, ends), (len(rows), self.width))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """The word of each column."""
        self._check_fitted()
        return np.array(list(self.vocabulary_), object)

    def _choose_words(self, documents: list[list[str]]) -> NDArray[np.int64]:
        """Set the vocabulary, alphabetical, as scikit-learn's CountVectorizer does; its document frequencies (V,)."""
        tokens = sorted(set(chain.from_iterable(documents)))
        if not tokens:
            raise InputError(_EMPTY)
        numbers = numbered(tokens)
        ids = [ids_of(document, numbers) for document in documents]
        frequency = vectorizers.document_frequency(ids, len(tokens))
        columns = np.flatnonzero(frequency >= self.min_documents)
        if self.vocabulary is not None and len(columns) > self.vocabulary:
            totals = np.bincount(np.concatenate(ids))
            # Not a stable sort: of words that occur equally often, those that CountVectorizer keeps.
            columns = np.sort(columns[np.argsort(-totals[columns])[: self.vocabulary]])
        if not len(columns):
            raise InputError(f"no word occurs in {self.min_documents} of {len(documents)} texts; lower min_documents")
        self.vocabulary_ = numbered(tokens[column] for column in columns)
        return frequency[columns]


@dataclass(eq=False)
class Count(_Bag):
    """How often each word of the vocabulary occurs: the bag of words. Other words count nowhere."""

    def _learn(self, texts: Iterable[str]) -> None:
        self._choose_words(self._documents(texts))

    def sparse(self, cut: Sequence[str]) -> SparseVector:
        """The counts of a text, given as its words."""
        self._check_fitted()
        return vectorizers.count(ids_of(cut, self.vocabulary_))


@dataclass(eq=False)
class TfIdf(_Bag):
    """Counts times ln((1 + N) / (1 + documents with the word)) + 1, at length 1 (Spärck Jones 1972)."""

    def _learn(self, texts: Iterable[str]) -> None:
        documents = self._documents(texts)
        self.idf_ = vectorizers.inverse_document_frequency(self._choose_words(documents), len(documents))

    def sparse(self, cut: Sequence[str]) -> SparseVector:
        """The weighted counts of a text, given as its words."""
        self._check_fitted()
        return vectorizers.tf_idf(ids_of(cut, self.vocabulary_), self.idf_)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The words, and how rare each is."""
        return {**super().arrays(), "idf": self.idf_}

    def _restore(self, arrays: _Arrays) -> None:
        known, idf = unpack_words(arrays), arrays.get("idf", np.zeros(0))
        if idf.shape != (len(known),) or idf.dtype != np.float32 or not np.isfinite(idf).all():
            raise InputError(f"idf is {idf.dtype} {idf.shape}; expected a finite float32 of each of {len(known)} words")
        self.vocabulary_, self.idf_ = known, np.asarray(idf, np.float32)


@dataclass(eq=False)
class OneHot(_OverWords):
    """Of each word in turn a vector with a 1 in the word's column, the most frequent first; zeros for unknown words."""

    keeps_order: ClassVar[bool] = True

    def _learn(self, texts: Iterable[str]) -> None:
        counts = Counter(chain.from_iterable(self._documents(texts)))
        if not counts:
            raise InputError(_EMPTY)
        self.vocabulary_ = numbered(sorted(counts, key=lambda word: (-counts[word], word))[: self.vocabulary])

    def transform(self, texts: Iterable[str]) -> Sequences:
        """Of each text an array (T, V)."""
        self._check_fitted()
        return Sequences([ids_of(document, self.vocabulary_) for document in self._documents(texts)], self.width)


@dataclass(eq=False)
class Word2Vec(Vectorizer):
    """Of each word in turn its vector, learnt from the texts or read from a file; of an unknown word zeros.

    The settings but ``file`` are those of `WordVectors.train`; a file of vectors is read in place of learning.
    Learning needs gensim: without it `fit` raises MissingExtra.
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
        """E, the length of a vector."""
        self._check_fitted()
        return self.vectors_.width

    def _learn(self, texts: Iterable[str]) -> None:
        if self.file is not None:
            self.vectors_ = WordVectors.read(self.file)
            return
        settings = self.window, self.algorithm, self.epochs, self.min_count, self.seed, self.show
        self.vectors_ = WordVectors.train(self._documents(texts), self.size, *settings)

    def transform(self, texts: Iterable[str]) -> Sequences:
        """Of each text an array (T, E)."""
        self._check_fitted()
        rows = [[self.vectors_.row(word) for word in document] for document in self._documents(texts)]
        ids = [np.array([-1 if row is None else row for row in document], np.int32) for document in rows]
        return Sequences(ids, self.width, self.vectors_.vectors)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The words and their vectors."""
        self._check_fitted()
        return {"tokens": pack_words(self.vectors_.tokens), "vectors": self.vectors_.vectors}

    def _restore(self, arrays: _Arrays) -> None:
        self.vectors_ = WordVectors(
            list(unpack_words(arrays)), np.asarray(arrays.get("vectors", np.zeros(0)), np.float32)
        )


VECTORIZERS: dict[str, type[Vectorizer]] = {"count": Count, "tf-idf": TfIdf, "one-hot": OneHot, "word2vec": Word2Vec}
