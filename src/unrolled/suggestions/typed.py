"""What is typed of a query, letter by letter: the ways to cut it into tokens, of which the last may go on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.suggestions.parts import Parts
from unrolled.suggestions.tree import Tree
from unrolled.text.cutting import END

__all__ = ["FLOOR", "Column", "Typed"]

CUTS = 2
"""Ways to cut what is typed that are followed from each letter on."""
_FAR = 5.0  # nats below the best way, from where on one is not followed
FLOOR = 1e-30
"""A probability below all that count: its logarithm is finite."""


class Column(NamedTuple):
    """What is typed up to one letter."""

    rows: NDArray[np.int64]
    """(k,): the ways to cut it into whole tokens, as rows of the tree;"""
    scores: NDArray[np.float64]
    """(k,): and their log-probabilities."""
    open: tuple[tuple["Column", str], ...]
    """Earlier columns, after each of which a token may follow that begins with the letters since."""


class Typed:
    """The columns of what is typed, kept for each letter: a further letter adds one, a deletion goes back."""

    def __init__(self, tree: Tree, parts: Parts) -> None:
        self.tree, self.parts = tree, parts
        self._columns: dict[str, Column] = {}
        self.forget()

    def forget(self) -> None:
        """Forget what was typed: as when the tree is cleared."""
        self._columns = {"": Column(np.zeros(1, np.int64), np.zeros(1), ())}

    def column(self, letters: str) -> Column:
        """The column after these letters."""
        length = len(letters)
        while letters[:length] not in self._columns:
            length -= 1
        column = self._columns[letters[:length]]
        for end in range(length, len(letters)):
            column = self._columns[letters[: end + 1]] = self._next(column, letters[end])
        return column

    def _next(self, before: Column, letter: str) -> Column:
        ranges, ids = self.parts.ranges, self.parts.ids
        fresh = ((before, ""),) if len(before.rows) else ()
        still = tuple([(column, begun + letter) for column, begun in before.open + fresh if begun + letter in ranges])
        whole = [(column, ids[begun]) for column, begun in still if begun in ids]
        parents = [row for column, _ in whole for row in column.rows.tolist()]
        tokens = [token for column, token in whole for _ in column.rows]
        if not parents:
            return Column(np.zeros(0, np.int64), np.zeros(0), still)
        earlier = np.concatenate([column.scores for column, _ in whole])
        scores = earlier + np.log(self.tree.p[parents, tokens] + FLOOR)
        best = np.argsort(-scores, kind="stable")[:CUTS]
        best = best[scores[best] > scores[best[0]] - _FAR].tolist()
        rows = self.tree.rows([parents[one] for one in best], [tokens[one] for one in best])
        return Column(rows, scores[best], still)

    def log_probability(self, letters: str) -> float:
        """How probable it is that a query begins so; -inf where the tokens cannot write it."""
        if not letters:
            return 0.0
        column, ways = self.column(letters), []
        for earlier, begun in column.open:
            tokens = self.parts.beginning_with(begun)
            ways.append(earlier.scores + np.log(self.tree.p[earlier.rows][:, tokens].sum(1) + FLOOR))
        return float(np.logaddexp.reduce(np.concatenate(ways))) if ways else -np.inf

    def whole(self, letters: str) -> float:
        """How probable it is that these letters are the whole query."""
        column = self.column(letters)
        ends = column.scores + np.log(self.tree.p[column.rows, END] + FLOOR)
        return float(np.logaddexp.reduce(ends)) if len(ends) else -np.inf

    def next_tokens(self, letters: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], list[int]]:
        """The tokens that may be the next to end after these letters: rows of the tree (n,), tokens (n,), the
        log-probabilities (n,) that they lead to, and how many of the letters each row holds."""
        column = self.column(letters)
        rows, tokens, scores, held = [], [], [], list[int]()
        ways = [(earlier, begun, self._longer(begun)) for earlier, begun in column.open]
        ways.append((column, "", np.arange(2, len(self.parts.texts))))
        for earlier, begun, following in ways:
            for row, score in zip(earlier.rows.tolist(), earlier.scores.tolist(), strict=True):
                if len(following):
                    rows.append(np.full(len(following), row))
                    tokens.append(following)
                    scores.append(score + np.log(self.tree.p[row, following] + FLOOR))
                    held += [len(letters) - len(begun)] * len(following)
        if not rows:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), []
        return np.concatenate(rows), np.concatenate(tokens), np.concatenate(scores), held

    def _longer(self, begun: str) -> NDArray[np.int64]:
        tokens = self.parts.beginning_with(begun)
        return tokens[1:] if begun in self.parts.ids else tokens
