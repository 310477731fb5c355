"""Text as the ids of its words, as one-hot vectors, or as one vector of counts or TF-IDF for the whole."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.batches import pad
from unrolled.errors import InputError
from unrolled.inputs.base import LONGEST, Document
from unrolled.text import vectorizers
from unrolled.text.tokens import Kind, Tokenizer

__all__ = ["Words"]

_RAREST = 100.0  # idf; more than any number of texts gives


class Words:
    """Lower-cased text, as ``form`` says: ids and one-hot keep the order; count and tf-idf are one vector, a bag."""

    def __init__(self, form: str, tokenizer: Tokenizer, idf: NDArray[np.float32]) -> None:
        self.form, self.tokenizer, self.idf = form, tokenizer, idf

    @classmethod
    def fit(cls, form: str, texts: Sequence[str], kind: Kind, size: int) -> "Words":
        """Learn the vocabulary, and in how many texts each word stands: idf = ln((1 + N) / (1 + n)) + 1."""
        tokenizer = Tokenizer.train(kind, (text.lower() for text in texts), size)
        documents = tokenizer.encode_paragraphs(text.lower() for text in texts)
        frequency = vectorizers.document_frequency(documents, len(tokenizer))
        return cls(form, tokenizer, vectorizers.inverse_document_frequency(frequency, len(texts)))

    @classmethod
    def restored(cls, form: str, arrays: Mapping[str, NDArray[Any]], text: str) -> "Words":
        """From what `saved` gave."""
        tokenizer, idf = Tokenizer.from_json(text), arrays.get("idf")
        if idf is None or idf.shape != (len(tokenizer),):
            raise InputError(f"the encoder's idf does not fit the {len(tokenizer)} words of tokenizer.json")
        if not ((idf >= 1) & (idf <= _RAREST)).all():
            raise InputError(f"the encoder's idf reaches from {idf.min()} to {idf.max()}; expected 1 to {_RAREST:g}")
        return cls(form, tokenizer, idf.astype(np.float32))

    def start(self, texts: Sequence[str], path: str | None, width: int, seed: int) -> NDArray[np.float64]:
        """Word vectors (V, width) to start from: those of the file at ``path``, or Word2Vec's of ``texts``."""
        from unrolled.text.word_vectors import WordVectors

        if path is not None:
            found = WordVectors.read(path)
        else:
            found = WordVectors.train([self.tokenizer.split(text.lower()) for text in texts], width, seed=seed)
        start: NDArray[np.float64] = found.start(self.tokenizer.tokens, np.random.default_rng(seed), width)
        return start

    def saved(self) -> tuple[Mapping[str, NDArray[Any]], Mapping[str, str]]:
        return {"idf": self.idf}, {"tokenizer.json": self.tokenizer.to_json()}

    @property
    def vocabulary(self) -> int:
        return len(self.tokenizer) if self.form == "ids" else 0

    @property
    def width(self) -> int:
        return len(self.tokenizer)

    @property
    def features(self) -> int:
        return len(self.tokenizer)

    def encode(self, given: Any) -> NDArray[np.int64]:
        """Ids (T,), T at least 1."""
        if not isinstance(given, str):
            raise InputError(f"the input is {type(given).__name__}; expected a text")
        ids = self.tokenizer.encode(given.lower())[:LONGEST]
        if not len(ids):
            raise InputError(f"{given[:80]!r} holds no words; expected a text")
        return ids

    def names(self, given: Any) -> list[str]:
        """The words as they stand, in lower case."""
        return self.tokenizer.split(given.lower())[:LONGEST]

    def collate(self, encoded: Sequence[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        if self.form == "ids":
            return pad(encoded)
        if self.form == "one-hot":
            ids, lengths = pad(encoded)
            inside = np.arange(ids.shape[1]) < lengths[:, None]
            return vectorizers.one_hot(np.where(inside, ids, -1), self.width), lengths
        vectors = np.zeros((len(encoded), 1, self.width), np.float32)
        for row, ids in zip(vectors, encoded, strict=True):
            places, values = self.document(ids) if self.form == "tf-idf" else vectorizers.count(ids)
            row[0, places] = values
        return vectors, np.ones(len(encoded), np.int64)

    def document(self, encoded: Any) -> Document:
        """TF-IDF, of length 1 (as scikit-learn's TfidfVectorizer has it)."""
        return vectorizers.tf_idf(encoded, self.idf)
