"""The hypotheses of a search that are not finished yet, and what it has found so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.decoding.base import Hypothesis
from unrolled.decoding.constraints import Progress
from unrolled.decoding.penalties import length_penalty, penalized
from unrolled.settings import Search

__all__ = ["Found", "Live", "begin"]


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

    def select(self, rows: NDArray[np.int64]) -> "Live":
        """Some of the rows, in this order; a row may come several times."""
        progress = tuple([self.progress[row] for row in rows]) if self.progress else ()
        source, ids, trace = self.source[rows], self.ids[rows], self.trace[rows]
        return Live(source, ids, trace, self.log_probability[rows], self.coverage[rows], progress)

    def extended(self, rows: NDArray[np.int64], ids: NDArray[np.int64], reached: NDArray[np.float64]) -> "Live":
        """Some of the rows, each with one more token, which takes it to these log-probabilities."""
        parents = self.select(rows)
        return parents._replace(
            ids=np.concatenate((parents.ids, ids[:, None]), 1),
            trace=np.concatenate((parents.trace, rows[:, None]), 1),
            log_probability=reached,
        )


class Ended(NamedTuple):
    """A finished hypothesis, whose attention is gathered only if it is among the best."""

    ids: tuple[int, ...]
    trace: Sequence[int]
    log_probability: float
    score: float


@dataclass
class Found:
    """What a search has found so far, for N sources."""

    lengths: NDArray[np.int64]
    """(N,)"""
    free: NDArray[np.int64]
    """(N,): how many hypotheses may still go on; one that is finished gives up its place."""
    least: NDArray[np.float64]
    """(N,): the score of the last that would be given, -inf until there are as many as are asked for."""
    live: Live
    finished: list[list[Ended]]
    """Of each source, in the order in which they ended."""
    attention: list[NDArray[np.float32]] = field(default_factory=list)
    """Of each step, (R, S)."""

    def finish(self, live: Live, row: int, reached: float, search: Search) -> None:
        """Put down that a row of ``live`` has written END, which takes it to the log-probability ``reached``."""
        source, ids = live.source[row], live.ids[row].tolist()
        score = penalized(reached, len(ids) + 1, live.coverage[row, : self.lengths[source]], search)
        self.finished[source].append(Ended(tuple(ids), (*live.trace[row].tolist(), row), reached, score))
        self.free[source] -= 1
        if len(self.finished[source]) >= search.n_best:
            self.least[source] = sorted(ended.score for ended in self.finished[source])[-search.n_best]

    def may_win(
        self, source: NDArray[np.int64], reached: NDArray[np.float64], search: Search, longest: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which hypotheses (M,) with these sources and log-probabilities may come to be among the best."""
        bounds = reached / (longest[source] + 1.0) ** length_penalty(search)
        may: NDArray[np.bool_] = (bounds > self.least[source]) & (self.free[source] > 0)
        return may

    def answers(self, source: int, most: int | None = None) -> list[Hypothesis]:
        """The best finished answers to one source, best first; of equal ones the one with the lower ids."""
        ranked = sorted(self.finished[source], key=lambda ended: (-ended.score, ended.ids))[:most]
        return [self._hypothesis(source, ended) for ended in ranked]

    def best(self, source: int = 0) -> Hypothesis:
        """One source's most probable hypothesis that goes on, or where none does the best finished one."""
        rows = np.flatnonzero(self.live.source == source)
        if not len(rows):
            return self.answers(source)[0]
        row = rows[np.argmax(self.live.log_probability[rows])]
        log_probability = float(self.live.log_probability[row])
        ids = tuple(self.live.ids[row].tolist())
        return self._hypothesis(source, Ended(ids, self.live.trace[row].tolist(), log_probability, log_probability))

    def _hypothesis(self, source: int, ended: Ended) -> Hypothesis:
        """It with its attention (T, S), S that of its own source."""
        attention = np.zeros((len(ended.trace), self.lengths[source]), np.float32)
        for step, row in enumerate(ended.trace):
            attention[step] = self.attention[step][row, : self.lengths[source]]
        return Hypothesis(list(ended.ids), attention, ended.log_probability, ended.score)


def begin(lengths: NDArray[np.int64], widths: NDArray[np.int64], progress: Sequence[Progress], search: Search) -> Found:
    """Nothing is found yet: one empty hypothesis for each of N sources."""
    sources = len(lengths)
    nothing, covered = np.zeros((sources, 0), np.int64), int(lengths.max()) if search.coverage_penalty else 0
    zeros = np.zeros(sources)
    live = Live(np.arange(sources), nothing, nothing, zeros, np.zeros((sources, covered)), tuple(progress))
    return Found(lengths, widths.copy(), np.full(sources, -np.inf), live, [[] for _ in range(sources)])
