"""Typing errors in what is typed of a query: what may have been meant, and what it costs to believe so."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from unrolled.completion.candidates import is_close
from unrolled.completion.lexicon import LONGEST, Lexicon, typed_letters
from unrolled.suggestions.beginnings import Beginnings

__all__ = ["Meant", "Mending"]

SHORTEST = 3
"""Letters of a word from which on it is mended."""
MOST = 3
_ANY_CASE = np.ones(3, np.float32)


class Meant(NamedTuple):
    """What may have been meant, and what the typing errors in between cost in nats."""

    prefix: str
    cost: float


class Mending:
    """Mends one word of what is typed that is neither known nor the beginning of a known one.

    ``words`` are the known ones, and how frequent each is.
    """

    def __init__(self, words: Mapping[str, float]) -> None:
        self._words = sorted(words)
        self._beginnings = Beginnings(self._words)
        frequency = np.array([words[word] for word in self._words], np.float32)
        self._frequency = frequency / max(float(frequency.sum()), 1e-30)
        self._ranks = np.empty(len(words), np.int64)
        self._ranks[np.argsort(-self._frequency, kind="stable")] = np.arange(len(words))
        self._lexicon = Lexicon(self._words)

    def meant(self, prefix: str) -> list[Meant]:
        """Up to three prefixes that may have been meant, most probable first; none where every word is known."""
        words = prefix.split(" ")
        for place, word in enumerate(words):
            last = place == len(words) - 1
            if not SHORTEST <= len(word) <= LONGEST or any(map(str.isdigit, word)) or self._is_known(word, last):
                continue
            matches, _ = self._lexicon.best(typed_letters(word), self._frequency, _ANY_CASE, 4 * MOST)
            found = [
                Meant(" ".join([*words[:place], self._words[number], *words[place + 1 :]]), cost)
                for number, _, cost in matches
                if cost > 0 and self._fits(number, word, last)
            ]
            return found[:MOST]
        return []

    def _fits(self, number: int, word: str, last: bool) -> bool:
        """Whether a known word may be what was typed as ``word``: one that is finished is no beginning of a word."""
        known = self._words[number]
        return is_close(known, word, int(self._ranks[number])) and (last or abs(len(known) - len(word)) < 2)

    def _is_known(self, word: str, last: bool) -> bool:
        among = self._beginnings.range_of(word)
        return bool(among) and (last or self._words[among.start] == word)
