"""Texts that begin nearly as was typed, typing errors in between."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.candidates import is_close
from unrolled.completion.lexicon import LONGEST, Lexicon, typed_letters

__all__ = ["Near", "ranks_of"]

_ANY_CASE = np.ones(3, np.float32)


class Near:
    """N texts, how frequent each is (N,), and its rank by that (N,). Their lexicon is made when it is first needed."""

    def __init__(self, texts: Sequence[str], frequency: NDArray[np.float32], ranks: NDArray[np.integer]) -> None:
        self._texts, self._frequency, self._ranks = texts, frequency, ranks

    @cached_property
    def _lexicon(self) -> Lexicon:
        return Lexicon(self._texts)

    def prepare(self) -> None:
        """Make the lexicon now."""
        _ = self._lexicon

    def best(self, typed: str, most: int) -> list[tuple[int, float]]:
        """The places of up to ``most`` texts that begin so but for typing errors, best first, and what these cost."""
        if len(typed) > LONGEST:
            return []
        matches, _ = self._lexicon.best(typed_letters(typed), self._frequency, _ANY_CASE, most)
        return [
            (place, cost)
            for place, _, cost in matches
            if cost > 0 and is_close(self._texts[place], typed, int(self._ranks[place]))
        ]


def ranks_of(order: NDArray[np.integer]) -> NDArray[np.int64]:
    """The rank (N,) of each, where ``order`` (N,) has their places, the first one first."""
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks
