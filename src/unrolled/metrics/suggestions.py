"""Measures of search suggestions: where, among those that are shown, is the query that is being typed?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.metrics.written import PairScores, Summed

__all__ = ["SHOWN", "prefixes_of", "rank_of", "suggestion_scores"]

SHOWN = 10
"""Suggestions that are looked at."""


def prefixes_of(query: str) -> list[str]:
    """What is typed of a query, letter by letter, until its last letter is missing."""
    return [query[:length] for length in range(1, len(query))]


def rank_of(query: str, suggestions: Sequence[str]) -> int:
    """The place of a query among what is suggested, from 1; 0 where it is not among the first `SHOWN`."""
    shown = list(suggestions[:SHOWN])
    return shown.index(query) + 1 if query in shown else 0


def suggestion_scores(
    ranks: Sequence[Sequence[int]], seen: Sequence[bool], counts: Sequence[int] | NDArray[np.integer] | None = None
) -> PairScores:
    """Measures of N queries, of each of which ``ranks`` has a `rank_of` for each of `prefixes_of`.

    ``mrr_10`` is the mean over all prefixes of 1 / rank, 0 where the query is not shown (mean reciprocal rank);
    ``hit_1``, ``hit_3`` and ``hit_10`` are the shares of prefixes for which it is among so many. ``letters_saved`` is
    the share of letters that need not be typed by whoever takes the query, with one tap, as soon as it is shown. All
    are given of all queries, and also of those ``seen`` before and of others, with the endings ``_seen``, ``_unseen``.
    A query counts as often as its count says. ``summed`` holds the numbers by query.

    Queries of one letter have no prefix and count for nothing. InputError where there is nothing to measure.
    """
    if not len(ranks) == len(seen) or not any(map(len, ranks)):
        raise InputError(
            f"{len(ranks)} queries, {len(seen)} of them known or not; expected at least one of two letters"
        )
    weights = np.ones(len(ranks)) if counts is None else np.asarray(counts, np.float64)
    each = _sums(ranks) * weights[:, None]
    known = np.asarray(seen, np.float64)[:, None]
    measures = _measures(each, "")
    for share, ending in ((known, "_seen"), (1 - known, "_unseen")):
        measures |= _measures(each * share, ending)
    measures["seen_rate"] = Summed(np.concatenate([known, np.ones_like(known)], 1) * weights[:, None])
    return PairScores.of(measures)


def _sums(ranks: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """(N, 7) of each query: the sum of 1 / rank, in how many places it is among 1, 3, 10, the prefixes; the letters
    saved, and all letters."""
    rows = []
    for found in ranks:
        places = np.asarray(found, np.int64)
        shown = places > 0
        letters = len(places) + 1
        saved = letters - (int(shown.argmax()) + 2) if shown.any() else 0  # the letters typed until then, and a tap
        reciprocal = float((1 / places[shown]).sum())
        within = [int((shown & (places <= most)).sum()) for most in (1, 3, SHOWN)]
        rows.append([reciprocal, *within, len(places), max(saved, 0), letters])
    return np.array(rows, np.float64)


def _measures(each: NDArray[np.float64], ending: str) -> dict[str, Summed]:
    places = {"mrr_10": (0, 4), "hit_1": (1, 4), "hit_3": (2, 4), "hit_10": (3, 4), "letters_saved": (5, 6)}
    return {f"{name}{ending}": Summed(each[:, list(of)]) for name, of in places.items()}
