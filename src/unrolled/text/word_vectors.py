"""Word vectors: learn them by word2vec, read and write them, find a word's neighbours, start an embedding."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError, MissingExtra
from unrolled.progress import track
from unrolled.settings import check
from unrolled.text.case import Casing
from unrolled.text.cutting import composed
from unrolled.text.vector_training import VectorTraining
from unrolled.text.word_vector_files import Format, read_vectors, write_vectors

__all__ = ["Neighbour", "WordVectors"]

_SENTENCE = 10_000  # words; of a longer sentence gensim would drop the rest without a warning
_RATE = 0.05  # learning rate at the start; at gensim's 0.025 vectors of half a million words stay too much alike
_JOBS = 100  # an epoch is cut into about as many: the learning rate falls from one to the next


class Neighbour(NamedTuple):
    """A word, and the cosine of the angle between its vector and that of the word asked about."""

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
        """Learn vectors by word2vec with 5 negative samples (Mikolov et al. 2013); a sentence is a list of its words.

        ``algorithm`` "skip-gram" predicts from a word those at most ``window`` away, "cbow" the word from those. Words
        that occur less than ``min_count`` times are left out; the most frequent come first. One thread and ``seed``
        make the result the same each time. The text takes 4 bytes of memory a word. Raises InputError where no word is
        left, MissingExtra without gensim.
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
        # All epochs as one for gensim: one bar covers them, and the learning rate falls over all of them.
        passes = chain.from_iterable(
            ((len(sentence), [words[i] for i in sentence.tolist()]) for sentence in ids) for _ in range(epochs)
        )
        tracked = track(passes, epochs * total, f"learning {len(frequent):,} word vectors", show, "words")
        model.train(tracked, total_examples=epochs * len(ids), epochs=1)
        return cls(list(model.wv.index_to_key), model.wv.vectors)

    @classmethod
    def read(cls, path: str | Path) -> "WordVectors":
        """The word vectors of a file; see `read_vectors`."""
        return cls(*read_vectors(path))

    def write(self, path: str | Path, kind: Format | None = None) -> None:
        """Write the word vectors to a file, in the format that its ending names; see `write_vectors`."""
        write_vectors(path, self.tokens, self.vectors, kind)

    @cached_property
    def _decomposed(self) -> dict[str, int]:
        """The rows of words that are not in Unicode's form NFC, by what they are in it."""
        return {form: row for token, row in self._rows.items() if (form := composed(token)) != token}

    def row(self, word: str) -> int | None:
        """The row of a word: as it is, else in small letters, with a capital first, or in capitals; else None.

        A letter with an accent is found whether it is one character or two, here and in the file.
        """
        casing, form = Casing(), composed(word)
        small = casing.lower(form)
        for variant in (word, form, small, casing.capitalized(small), form.upper()):
            row = self._rows.get(variant, self._decomposed.get(variant))
            if row is not None:
                return row
        return None

    def nearest(self, word: str, n: int = 10) -> list[Neighbour]:
        """The ``n`` words most similar to ``word`` by the cosine of their vectors, most similar first, without itself.

        Raises InputError for a word that has no vector; the error names words spelt much like it.
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
        """The Euclidean length of each vector (V,)."""
        lengths: NDArray[np.float32] = np.sqrt(np.einsum("ve,ve->v", self.vectors, self.vectors))
        return lengths

    def _like(self, word: str) -> str:
        """Up to three words spelt much like ``word``, as the end of an error."""
        first, letters = word[:1].lower(), len(word)
        candidates = [token for token in self.tokens if token[:1].lower() == first and abs(len(token) - letters) <= 2]
        similar = difflib.get_close_matches(word, candidates, 3)
        return f"; did you mean {', '.join(map(repr, similar))}?" if similar else ""

    def start(self, tokens: Sequence[str], rng: np.random.Generator, width: int) -> NDArray[np.float64]:
        """Where an embedding (len(tokens), width) starts: known tokens at their vectors, others at random ones.

        The random rows have the standard deviation of the known ones. Raises InputError where the vectors have another
        width, or no token has a vector.
        """
        if width != self.width:
            raise InputError(f"the word vectors have {self.width} numbers, the embedding has {width}; make them equal")
        rows = [self.row(token) for token in tokens]
        known = np.array([row is not None for row in rows], bool)
        if not known.any():
            raise InputError(f"none of the {len(tokens):,} tokens is among the {len(self):,} words that have vectors")
        vectors = self.vectors[[row for row in rows if row is not None]].astype(np.float64)
        start = rng.normal(0.0, vectors.std(), (len(tokens), width))
        start[known] = vectors
        return start


def _numbered(sentences: Iterable[Sequence[str]]) -> tuple[list[str], list[NDArray[np.int32]]]:
    """The different words, and the sentences as numbers of words; a long sentence in parts."""
    numbers: dict[str, int] = {}
    ids = [part for sentence in sentences for part in _parts(sentence, numbers)]
    return list(numbers), ids


def _parts(sentence: Sequence[str], numbers: dict[str, int]) -> Iterator[NDArray[np.int32]]:
    if isinstance(sentence, str):
        raise InputError(f"a sentence is the text {sentence!r:.80}; expected a list of its words")
    for start in range(0, len(sentence), _SENTENCE):
        part = map(composed, sentence[start : start + _SENTENCE])
        yield np.array([numbers.setdefault(word, len(numbers)) for word in part], np.int32)
