"""A trie over sorted words, and the best of them for the letters typed so far (native/lexicon.h)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.letters import bases_of, code_points, composed, fold, pairs_of
from unrolled.completion.search import Matches, Typed, Words, best_words
from unrolled.completion.typing_errors import TypingErrors, typing_errors

__all__ = ["CAPITALISED", "LONGEST", "LOWER", "OTHER", "Lexicon", "fold", "letter_case", "typed_letters"]

LONGEST = 64  # letters of a word, and of what is typed; longer words are never found
LOWER, CAPITALISED, OTHER = 0, 1, 2


class Lexicon:
    """Words by id, about 15 bytes of memory a letter. Empty words and those longer than LONGEST are never found."""

    def __init__(self, words: Sequence[str], first: int = 0) -> None:
        numbered = enumerate(map(composed, words), start=first)
        folded = sorted((fold(word), word, i) for i, word in numbered if 0 < len(word) <= LONGEST)
        joined = "".join(text for text, _, _ in folded)
        letters = code_points(joined)
        offsets = np.cumsum([0, *(len(text) for text, _, _ in folded)], dtype=np.int32)
        self.words = Words(
            offsets,
            letters,
            bases_of(joined),
            pairs_of(joined),
            _shared(letters, offsets),
            np.array([i for _, _, i in folded], np.int32),
            np.array([letter_case(word) for _, word, _ in folded], np.uint8),
        )

    def __len__(self) -> int:
        return len(self.words.order)

    def best(
        self,
        typed: Typed,
        p: NDArray[np.float32],
        factors: NDArray[np.float32],
        most: int,
        errors: TypingErrors | None = None,
    ) -> Matches:
        """The ``most`` best words that begin with what was typed, typing errors tolerated: see `best_words`.

        p holds a probability for each id; factors (3,) the probability that a LOWER, CAPITALISED or OTHER word is typed
        in this case.
        """
        if not len(self):
            return [], 0.0
        return best_words(
            self.words, typed, errors or typing_errors(len(typed.letters)), p, factors, min(most, len(self))
        )


def typed_letters(text: str) -> Typed:
    """The letters of what was typed, in lower case, and their bases."""
    folded = fold(composed(text))
    return Typed(code_points(folded), bases_of(folded))


def letter_case(word: str) -> int:
    """LOWER for a word without a capital, CAPITALISED where only its first letter is one, else OTHER."""
    if word == word.lower():
        return LOWER
    return CAPITALISED if len(word) > 1 and word[1:] == word[1:].lower() else OTHER


def _shared(letters: NDArray[np.uint32], offsets: NDArray[np.int32]) -> NDArray[np.uint8]:
    """The length of the prefix that each word shares with the word before it, (W,)."""
    lengths = np.diff(offsets)
    if not len(lengths):
        return np.zeros(0, np.uint8)
    columns = np.arange(lengths.max())
    padded = np.zeros((len(lengths), len(columns)), np.uint32)
    padded[columns < lengths[:, None]] = letters
    same = (padded[1:] == padded[:-1]) & (columns < np.minimum(lengths[1:], lengths[:-1])[:, None])
    shared = np.logical_and.accumulate(same, axis=1).sum(axis=1)
    return np.concatenate([[0], shared]).astype(np.uint8)
