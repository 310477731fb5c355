"""Word vectors: learnt from text by word2vec, read and written, asked for neighbours, the start of an embedding."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError, MissingExtra
from unrolled.progress import track
from unrolled.settings import VectorTraining, check
from unrolled.text.word_vector_files import Format, read_vectors, write_vectors

__all__ = ["Neighbour", "WordVectors"]

_SENTENCE = 10_000  # words; of a longer sentence gensim would drop the rest without a word
_RATE = 0.05  # learning rate at the start; at gensim's 0.025 vectors of half a million words stay too much alike
_JOBS = 100  # an epoch is cut into about as many: the learning rate falls from one to the next


class Neighbour(NamedTuple):
    """A word and the cosine of the angle between its vector and the one asked for."""

    text: str
    score: float


@dataclass(frozen=True, eq=False)
class WordVectors:
    """V different words and their vectors (V, E), float32, finite. Raises InputError for others."""

    tokens: list[str]
    vectors: NDArray[np.float32]

    def __post_init__(self) -> None:
        shape = np.shape(self.vectors)
        if len(shape) != 2 or shape[0] != len(self.tokens) or 0 in shape:
            raise InputError(f"{len(self.tokens)} words have vectors {shape}; expected (V, E), both at least 1")
        object.__setattr__(self, "vectors", np.asarray(self.vectors, np.float32))
        if not np.isfinite(self.vectors).all():
            raise InputError("the word vectors hold a number that is not finite")
        if len(self._rows) < len(self.tokens):
            twice = next(token for row, token in enumerate(self.tokens) if self._rows[token] != row)
            raise InputError(f"the word {twice!r:.80} has two vectors; expected each word once")

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def width(self) -> int:
        """E, the length of a vector."""
        return int(self.vectors.shape[1])

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {token: row for row, token in enumerate(self.tokens)}

    @classmethod
    def train(
        cls,
        sentences: Iterable[Sequence[str]],
        width: int = VectorTraining.width,
        window: int = VectorTraining.window,
        algorithm: str = VectorTraining.algorithm,
        epochs: int = VectorTraining.epochs,
        min_count: int = VectorTraining.min_count,
        seed: int = VectorTraining.seed,
        show: bool | None = None,
    ) -> "WordVectors":
        """Learn from sentences, each its words in order, by word2vec with 5 negative samples (Mikolov et al. 2013).

        ``algorithm`` "skip-gram" guesses from a word those at most ``window`` away, "cbow" a word from those. Words
        that occur less than ``min_count`` times are left out; the most frequent come first. One thread and ``seed``
        make the result the same each time. The text is in memory with 4 bytes a word. Raises InputError where no word
        is left.
        """
        check(VectorTraining(width, window, algorithm, epochs, min_count, seed=seed))
        try:
            from gensim.models import Word2Vec
        except ModuleNotFoundError as error:
            raise MissingExtra("gensim", "train", "learning word vectors") from error
        words, ids = _numbered(sentences)
        counts = np.bincount(np.concatenate(ids), minlength=len(words)) if ids else np.zeros(0, int)
        frequent = {word: int(count) for word, count in zip(words, counts, strict=True) if count >= min_count}
        if not frequent:
            raise InputError(
                f"no word occurs {min_count} times among {sum(map(len, ids)):,}; give more text, or a smaller min_count"
            )
        total = sum(map(len, ids))
        skip_gram, batch = int(algorithm == "skip-gram"), min(max(total // _JOBS, 100), _SENTENCE)
        model = Word2Vec(
            vector_size=width,
            window=window,
            sg=skip_gram,
            alpha=_RATE,
            min_count=1,
            seed=seed,
            workers=1,
            batch_words=batch,
        )
        model.build_vocab_from_freq(frequent)
        # All epochs as one, so that a single bar goes over them; the learning rate falls over all of them alike.
        passes = chain.from_iterable(
            ((len(one), [words[i] for i in one.tolist()]) for one in ids) for _ in range(epochs)
        )
        every = track(passes, epochs * total, f"learning {len(frequent):,} word vectors", show, "words")
        model.train(every, total_examples=epochs * len(ids), epochs=1)
        return cls(list(model.wv.index_to_key), model.wv.vectors)

    @classmethod
    def read(cls, path: str | Path) -> "WordVectors":
        """Those of a file; see `read_vectors`."""
        return cls(*read_vectors(path))

    def write(self, path: str | Path, kind: Format | None = None) -> None:
        """Write them to a file, in the format that its ending says; see `write_vectors`."""
        write_vectors(path, self.tokens, self.vectors, kind)

    def row(self, word: str) -> int | None:
        """The row of a word, or of the word in small letters, with a capital, or in capitals; else None."""
        variants = (word, word.lower(), word.capitalize(), word.upper())
        return next((self._rows[one] for one in variants if one in self._rows), None)

    def nearest(self, word: str, n: int = 10) -> list[Neighbour]:
        """The ``n`` words whose vectors point most nearly as that of ``word`` does, nearest first, without itself.

        Raises InputError for a word that has no vector, naming words written much like it.
        """
        if not isinstance(n, int) or n < 1:
            raise InputError(f"n is {n!r:.80}; expected a whole number, at least 1")
        if (row := self.row(word)) is None:
            raise InputError(f"there is no vector of {word!r:.80} among {len(self):,} words{self._like(word)}")
        lengths = self._lengths * self._lengths[row]
        scores = self.vectors @ self.vectors[row] / np.maximum(lengths, np.finfo(np.float32).tiny)  # 0 of a zero vector
        scores[row] = -np.inf
        best = np.argsort(-scores, kind="stable")[: min(n, len(self) - 1)]
        return [Neighbour(self.tokens[i], float(scores[i])) for i in best]

    @cached_property
    def _lengths(self) -> NDArray[np.float32]:
        """Of each vector (V,)."""
        lengths: NDArray[np.float32] = np.sqrt(np.einsum("ve,ve->v", self.vectors, self.vectors))
        return lengths

    def _like(self, word: str) -> str:
        """Up to three words written much like one, as the end of an error."""
        first, letters = word[:1].lower(), len(word)
        near = [one for one in self.tokens if one[:1].lower() == first and abs(len(one) - letters) <= 2]
        found = difflib.get_close_matches(word, near, 3)
        return f"; did you mean {', '.join(map(repr, found))}?" if found else ""

    def start(self, tokens: Sequence[str], rng: np.random.Generator, width: int) -> NDArray[np.float64]:
        """A start (len(tokens), width) of an embedding: the vectors of known tokens, random ones of the others.

        The random rows have the spread of the known ones. Raises InputError where the vectors have another width, or
        no token has one.
        """
        if width != self.width:
            raise InputError(f"the word vectors have {self.width} numbers, the embedding has {width}; make them equal")
        rows = [self.row(token) for token in tokens]
        known = np.array([row is not None for row in rows], bool)
        if not known.any():
            raise InputError(f"none of the {len(tokens):,} tokens is among the {len(self):,} words that have vectors")
        found = self.vectors[[row for row in rows if row is not None]].astype(np.float64)
        start = rng.normal(0.0, found.std(), (len(tokens), width))
        start[known] = found
        return start


def _numbered(sentences: Iterable[Sequence[str]]) -> tuple[list[str], list[NDArray[Any]]]:
    """The different words, and the sentences as their numbers; a long one in parts."""
    numbers: dict[str, int] = {}
    ids = [part for sentence in sentences for part in _parts(sentence, numbers)]
    return list(numbers), ids


def _parts(sentence: Sequence[str], numbers: dict[str, int]) -> Iterator[NDArray[np.int32]]:
    if isinstance(sentence, str):
        raise InputError(f"a sentence is the text {sentence!r:.80}; expected a list of its words")
    for start in range(0, len(sentence), _SENTENCE):
        yield np.array([numbers.setdefault(one, len(numbers)) for one in sentence[start : start + _SENTENCE]], np.int32)
