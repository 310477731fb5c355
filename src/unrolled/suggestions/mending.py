"""Typing errors in what is typed of a query: what may have been meant, and what it costs to believe so."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from unrolled.completion.lexicon import LONGEST
from unrolled.suggestions.beginnings import Beginnings
from unrolled.suggestions.near import Near, ranks_of

__all__ = ["Meant", "Mending"]

SHORTEST = 3
"""Letters of a word from which on it is mended."""
MOST = 3


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
        frequency /= max(float(frequency.sum()), 1e-30)
        self._near = Near(self._words, frequency, ranks_of(np.argsort(-frequency, kind="stable")))

    def prepare(self) -> None:
        """Make now what is otherwise made at the first typing error."""
        self._near.prepare()

    def meant(self, prefix: str) -> list[Meant]:
        """Up to three prefixes that may have been meant, most probable first; none where every word is known."""
        words = prefix.split(" ")
        for place, word in enumerate(words):
            last = place == len(words) - 1
            if not SHORTEST <= len(word) <= LONGEST or any(map(str.isdigit, word)) or self._is_known(word, last):
                continue
            found = [
                Meant(" ".join([*words[:place], self._words[number], *words[place + 1 :]]), cost)
                for number, cost in self._near.best(word, 4 * MOST)
                if last or abs(len(self._words[number]) - len(word)) < 2  # what is finished is no beginning of a word
            ]
            return found[:MOST]
        return []

    def _is_known(self, word: str, last: bool) -> bool:
        among = self._beginnings.range_of(word)
        return bool(among) and (last or self._words[among.start] == word)
