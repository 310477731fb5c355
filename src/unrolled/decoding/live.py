"""The hypotheses of a search that are not finished yet, and what it has found so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.decoding.base import Hypothesis
from unrolled.decoding.constraints import Progress

__all__ = ["Ended", "Found", "Live"]


class Live(NamedTuple):
    """R hypotheses of t tokens each, side by side, those of one source together."""

    source: NDArray[np.int64]
    """(R,): which source each answers."""
    ids: NDArray[np.int64]
    """(R, t)"""
    trace: NDArray[np.int64]
    """(R, t): the row that it, or what it grew from, was at each step."""
    log_probability: NDArray[np.float64]
    """(R,)"""
    coverage: NDArray[np.float64]
    """(R, S): how much each has looked at each token of its source; (R, 0) where no penalty asks for it."""
    progress: tuple[Progress, ...]
    """How far each is with the phrases that it must write; empty where none is required."""

    def select(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Live":
        """Some of the rows, in this order; a row may come several times."""
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        progress = tuple([self.progress[row] for row in rows]) if self.progress else ()
        source, ids, trace = self.source[rows], self.ids[rows], self.trace[rows]
        return Live(source, ids, trace, self.log_probability[rows], self.coverage[rows], progress)

    def extended(self, rows: NDArray[np.int64], ids: NDArray[np.int64], gained: NDArray[np.float64]) -> "Live":
        """Some of the rows, each with one more token, which had these log-probabilities."""
        parents = self.select(rows)
        return parents._replace(
            ids=np.concatenate((parents.ids, ids[:, None]), 1),
            trace=np.concatenate((parents.trace, rows[:, None]), 1),
            log_probability=parents.log_probability + gained,
        )


class Ended(NamedTuple):
    """A finished hypothesis, whose attention is gathered only if it is among the best."""

    ids: tuple[int, ...]
    trace: NDArray[np.int64]
    log_probability: float
    score: float


@dataclass
class Found:
    """What a search has found so far, for N sources."""

    lengths: NDArray[np.int64]
    """(N,)"""
    attention: list[NDArray[np.float32]]
    """Of each step, (R, S)."""
    finished: list[list[Ended]]
    """Of each source, in the order in which they ended."""
    live: Live

    def answers(self, source: int) -> list[Hypothesis]:
        """The finished answers to one source, best first; of equal ones the one with the lower ids."""
        ranked = sorted(self.finished[source], key=lambda ended: (-ended.score, ended.ids))
        return [self.hypothesis(source, ended) for ended in ranked]

    def best(self, source: int = 0) -> Hypothesis:
        """The best hypothesis for one source so far, finished or not; of those not finished the most probable."""
        rows = np.flatnonzero(self.live.source == source)
        if not len(rows):
            return self.answers(source)[0]
        row = rows[np.argmax(self.live.log_probability[rows])]
        log_probability = float(self.live.log_probability[row])
        ids = tuple(self.live.ids[row].tolist())
        return self.hypothesis(source, Ended(ids, self.live.trace[row], log_probability, log_probability))

    def hypothesis(self, source: int, ended: Ended) -> Hypothesis:
        """It with its attention (T, S), S that of its own source."""
        looked = [step[row, : self.lengths[source]] for step, row in zip(self.attention, ended.trace, strict=False)]
        attention = np.stack(looked) if looked else np.zeros((0, self.lengths[source]), np.float32)
        return Hypothesis(list(ended.ids), attention, ended.log_probability, ended.score)


def begin(sources: int, width: int, progress: Sequence[Progress]) -> Live:
    """One empty hypothesis for each source; ``width``: of the coverage that is kept."""
    nothing = np.zeros((sources, 0), np.int64)
    rows, zeros = np.arange(sources), np.zeros(sources)
    return Live(rows, nothing, nothing, zeros, np.zeros((sources, width)), tuple(progress))
