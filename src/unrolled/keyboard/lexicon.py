"""A trie over sorted words, and the best of them for the letters typed so far (native/lexicon.h)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.keyboard import typing_errors
from unrolled.keyboard.search import Found, Ranges, rank, search

__all__ = ["CAPITALISED", "LONGEST", "LOWER", "OTHER", "Candidate", "Lexicon", "fold", "letter_case"]

LONGEST = 64  # letters of a word, and of what is typed; longer ones are not looked for
LOWER, CAPITALISED, OTHER = 0, 1, 2


class Candidate(NamedTuple):
    """A word's id, its probability times that of the errors made, and what these cost in nats."""

    id: int
    score: float
    cost: float


class Lexicon:
    """Words by id; in memory about 10 bytes a letter. Those that are empty or longer than LONGEST are never found."""

    def __init__(self, words: Sequence[str], ids: Sequence[int] | None = None) -> None:
        ids = range(len(words)) if ids is None else ids
        folded = sorted((fold(word), word, i) for i, word in zip(ids, words, strict=True) if 0 < len(word) <= LONGEST)
        texts = [text for text, _, _ in folded]
        lengths = np.array([len(text) for text in texts], np.int32)
        joined = "".join(texts)
        self.order = np.array([i for _, _, i in folded], np.int32)
        self.classes = np.array([letter_case(word) for _, word, _ in folded], np.uint8)
        self.offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)])
        self.letters = _code_points(joined)
        self.keys = np.frombuffer(typing_errors.keys_of(joined), np.uint8)
        self.shared = _shared(self.letters, self.offsets)
        self._arrays = (self.offsets, self.letters, self.keys, self.shared)
        self._all = Ranges(1, np.zeros(1, np.int32), np.array([len(texts)], np.int32), np.zeros(1, np.float32))

    def best(
        self, typed: str, p: NDArray[np.float32], factors: NDArray[np.float32], most: int, tolerant: bool = True
    ) -> tuple[list[Candidate], float]:
        """The ``most`` best words that begin with ``typed``, errors forgiven, and the sum of all scores.

        p holds a probability for each id; factors (3,) that of writing a LOWER, CAPITALISED or OTHER word as typed.
        A score is p · factor · exp(-cost). An error in a single letter is not forgiven.
        """
        if not len(self.order) or len(typed) > LONGEST:
            return [], 0.0
        ranges = self._all if not typed else self._search(fold(typed), tolerant)
        found: Found = rank(ranges, self.order, self.classes, p, factors, most)
        picked = zip(found.index, found.score, found.cost, strict=True)
        return [Candidate(int(self.order[i]), s, c) for i, s, c in picked], found.total

    def _search(self, typed: str, tolerant: bool) -> Ranges:
        letters, keys = _code_points(typed), np.frombuffer(typing_errors.keys_of(typed), np.uint8)
        return search(self._arrays, letters, keys, typing_errors.budget(len(typed)) if tolerant else 0.0)


def fold(text: str) -> str:
    """Lower case letter by letter, so that a beginning of a text folds to a beginning; what would grow stays."""
    if text.isascii():
        return text.lower()
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def letter_case(word: str) -> int:
    """LOWER without a capital, CAPITALISED with one that is its first letter, else OTHER."""
    if word == word.lower():
        return LOWER
    return CAPITALISED if len(word) > 1 and word[1:] == word[1:].lower() else OTHER


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _shared(letters: NDArray[np.uint32], offsets: NDArray[np.int32]) -> NDArray[np.uint8]:
    """How many first letters each word shares with the one before, (W,)."""
    lengths = np.diff(offsets)
    if not len(lengths):
        return np.zeros(0, np.uint8)
    columns = np.arange(lengths.max())
    padded = np.zeros((len(lengths), len(columns)), np.uint32)
    padded[columns < lengths[:, None]] = letters
    same = (padded[1:] == padded[:-1]) & (columns < np.minimum(lengths[1:], lengths[:-1])[:, None])
    shared = np.logical_and.accumulate(same, axis=1).sum(axis=1)
    return np.concatenate([[0], shared]).astype(np.uint8)
