"""A trie over sorted words, and the best of them for the letters typed so far (native/lexicon.h)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.search import Found, Typed, Words, best_words
from unrolled.completion.typing_errors import budget, keys_of

__all__ = ["CAPITALISED", "LONGEST", "LOWER", "OTHER", "Lexicon", "fold", "letter_case", "typed_letters"]

LONGEST = 64  # letters of a word, and of what is typed; longer ones are not looked for
LOWER, CAPITALISED, OTHER = 0, 1, 2


class Lexicon:
    """Words by id; in memory about 10 bytes a letter. Those that are empty or longer than LONGEST are never found."""

    def __init__(self, words: Sequence[str], first: int = 0) -> None:
        numbered = enumerate(words, start=first)
        folded = sorted((fold(word), word, i) for i, word in numbered if 0 < len(word) <= LONGEST)
        joined = "".join(text for text, _, _ in folded)
        letters = _code_points(joined)
        offsets = np.cumsum([0, *(len(text) for text, _, _ in folded)], dtype=np.int32)
        self.words = Words(
            offsets,
            letters,
            np.frombuffer(keys_of(joined), np.uint8),
            _shared(letters, offsets),
            np.array([i for _, _, i in folded], np.int32),
            np.array([letter_case(word) for _, word, _ in folded], np.uint8),
        )
        self._last = int(self.words.order.max(initial=-1))

    def __len__(self) -> int:
        return len(self.words.order)

    def best(self, typed: Typed, p: NDArray[np.float32], factors: NDArray[np.float32], most: int) -> Found:
        """The ``most`` best words that begin with what was typed, errors forgiven: see `best_words`.

        p holds a probability for each id; factors (3,) that of writing a LOWER, CAPITALISED or OTHER word as typed.
        """
        if not len(self):
            return [], 0.0
        assert len(p) > self._last, "a probability for each word"  # the kernel does not look
        return best_words(self.words, typed, budget(len(typed.letters)), p, factors, min(most, len(self)))


def typed_letters(text: str) -> Typed:
    """The letters and keys of what was typed, case aside."""
    folded = fold(text)
    return Typed(_code_points(folded), np.frombuffer(keys_of(folded), np.uint8))


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
