"""Which continuations of the live hypotheses are kept: the best of each source's beam, or one drawn for each."""

import numpy as np
from numpy.typing import NDArray

from unrolled.decoding.drawing import draw
from unrolled.decoding.live import Live
from unrolled.decoding.pruning import best_of_rows, places_in_groups
from unrolled.decoding.rules import IMPOSSIBLE, Rules
from unrolled.settings import Search
from unrolled.text.cutting import END

__all__ = ["Picker"]


class Picker:
    """Picks rows and ids from log-probabilities."""

    def __init__(self, search: Search, sources: int) -> None:
        self._search = search
        draws = search.n_best if search.temperature else 0
        self._random = [np.random.default_rng((search.seed, i % draws)) for i in range(sources if draws else 0)]

    def pick(
        self, log_probabilities: NDArray[np.float32], live: Live, free: NDArray[np.int64], rules: Rules
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(R, V), places free (N,) in each beam → the rows that go on, and with which ids, best first by source."""
        if self._random:
            _free(log_probabilities, log_probabilities.max(1) == -np.inf)
            drawn = [
                draw(row, self._search, self._random[source])
                for row, source in zip(log_probabilities, live.source, strict=True)
            ]
            return np.arange(len(drawn)), np.array(drawn, np.int64)
        most = int(free[live.source].max())
        rows, ids, least = best_of_rows(log_probabilities, most)
        if _free(log_probabilities, np.bincount(rows, minlength=len(log_probabilities)) == 0):
            rows, ids, least = best_of_rows(log_probabilities, most)
        if live.progress:
            rows, ids, banks = rules.with_required(live, log_probabilities, rows, ids)
        sources, scores = live.source[rows], live.log_probability[rows] + log_probabilities[rows, ids]
        if not live.progress:  # what one row's best surpass need not be sorted
            enough = np.full(len(free), -np.inf)
            np.maximum.at(enough, live.source, live.log_probability + least)
            likely = np.flatnonzero(scores >= enough[sources])
            rows, ids, sources, scores = rows[likely], ids[likely], sources[likely], scores[likely]
        order = np.lexsort((rows, ids, -scores, sources))
        if live.progress:
            order = _by_banks(order, sources, banks)
        kept = order[places_in_groups(sources[order]) < free[sources[order]]]
        return rows[kept], ids[kept]


def _free(log_probabilities: NDArray[np.float32], stuck: NDArray[np.bool_]) -> bool:
    """Let rows that may write nothing at all end, however improbable that is; says whether there are any."""
    log_probabilities[stuck, END] = IMPOSSIBLE
    return bool(stuck.any())


def _by_banks(order: NDArray[np.int64], sources: NDArray[np.int64], banks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Candidates in an order, put so that each source's banks take turns, the one with most tokens met first.

    Post & Vilar 2018, section 3.2: hypotheses that have met as many tokens compete with each other only.
    """
    banked = order[np.lexsort((-banks[order], sources[order]))]  # stable: best first within each bank
    turns = places_in_groups(sources[banked] * (banks.max(initial=0) + 1) + banks[banked])
    return banked[np.lexsort((-banks[banked], turns, sources[banked]))]
