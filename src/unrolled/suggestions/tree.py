"""Beginnings of queries that the model has read, each once: what is typed next often needs them again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.suggestions.model import QueryModel, States
from unrolled.text.cutting import END

__all__ = ["Tree"]

MOST = 768
"""Beginnings that are kept; where they are too many, all are read again as they are needed."""
_FIRST = 64


class Tree:
    """Rows of states and of the probabilities of the next token; row 0 is the empty query."""

    def __init__(self, model: QueryModel) -> None:
        self.model = model
        self.clear()

    def clear(self) -> None:
        """Forget all but the empty query."""
        start = self.model.begin()
        self._rows: dict[tuple[int, int], int] = {}
        self._states = start.rows(np.zeros(_FIRST, np.int64))
        self.p = np.zeros((_FIRST, self.model.tokens), np.float32)
        self._count = 1
        p, states = self.model.step(np.array([END]), start)
        self._put(0, p, states)

    @property
    def full(self) -> bool:
        """Whether it should be cleared before the next search."""
        return self._count > MOST

    def rows(self, parents: Sequence[int], tokens: Sequence[int]) -> NDArray[np.int64]:
        """The rows of beginnings, each one token longer than the one in its parent's row."""
        known = self._rows
        steps = list(zip(parents, tokens, strict=True))
        new = list(dict.fromkeys([step for step in steps if step not in known]))
        if new:
            first = self._count
            before = np.array([parent for parent, _ in new])
            p, states = self.model.step(np.array([token for _, token in new]), self._states.rows(before))
            self._reserve(first + len(new))
            self._put(first, p, states)
            self._count += len(new)
            known.update(zip(new, range(first, self._count), strict=True))
        return np.array([known[step] for step in steps])

    def _put(self, first: int, p: NDArray[np.float32], states: States) -> None:
        self.p[first : first + len(p)] = p
        self._states.put(first, states)

    def _reserve(self, rows: int) -> None:
        if rows > len(self.p):
            more = np.arange(max(rows, 2 * len(self.p))) % len(self.p)
            self.p, self._states = self.p[more], self._states.rows(more)
