"""The queries that are known, found by how they begin: the more often asked, the earlier."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.suggestions.beginnings import Beginnings, word_starts
from unrolled.suggestions.near import Near, ranks_of

__all__ = ["Known", "Popular"]

LATER_WORD = 6.0
"""Nats that it costs a query if a later word of it, not its first, begins as was typed: about as a typing error."""
_FIRST = 4_096  # of the most frequent queries are looked through before all that begin alike


class Known(NamedTuple):
    """A query, how often it was asked, and what it costs, in nats, that it was typed so: 0 where it begins so."""

    text: str
    times: int
    cost: float


class Popular:
    """N different queries in the form of `unrolled.text.queries.normal`, and how often each was asked (N,).

    What later words and typing errors need is made when it is first asked for, see `prepare`.
    """

    def __init__(self, texts: Sequence[str], counts: NDArray[np.integer]) -> None:
        order = sorted(range(len(texts)), key=texts.__getitem__)
        self._texts = [texts[i] for i in order]
        self._counts = np.asarray(counts, np.int64)[order]
        self._before = np.append(0, np.cumsum(self._counts))
        self._beginnings = Beginnings(self._texts)
        self._by_count = np.argsort(-self._counts, kind="stable")  # of equal counts in alphabetical order
        self._ranks = ranks_of(self._by_count)
        shares = self._counts / max(1, int(self._counts.max(initial=1)))
        self._near = Near(self._texts, shares.astype(np.float32), self._ranks)

    def __len__(self) -> int:
        return len(self._texts)

    def prepare(self) -> None:
        """Make now what is otherwise made when it is first asked for, which takes about 10 µs a query."""
        _ = self._later
        self._near.prepare()

    def count(self, query: str) -> int:
        """How often a query was asked; 0 for one that is not known."""
        place = self._beginnings.range_of(query)
        return int(self._counts[place.start]) if place and self._texts[place.start] == query else 0

    def exact(self, query: str) -> list[Known]:
        """This query, where it is known."""
        times = self.count(query)
        return [Known(query, times, 0.0)] if times else []

    def total(self, prefix: str) -> int:
        """How often all queries that begin so were asked."""
        among = self._beginnings.range_of(prefix)
        return int(self._before[among.stop] - self._before[among.start])

    def best(self, prefix: str, n: int) -> list[Known]:
        """Up to ``n`` queries for what was typed, which itself is not among them, best first.

        First those that begin so, the most frequent first. Where they are fewer, those follow of which a later word
        begins so, and, where there are none, those that begin nearly so: by their counts, less what this costs.
        """
        typed = prefix.rstrip(" ")
        range_of = self._beginnings.range_of(prefix)
        found = [place for place in self._most_frequent(range_of, n + 1) if self._texts[place] != typed][:n]
        known = [Known(self._texts[place], int(self._counts[place]), 0.0) for place in found]
        if len(known) == n or not typed:
            return known
        others = {place: LATER_WORD for place in self._inside(prefix, 2 * n) if place not in range_of}
        for place, cost in [] if range_of else self._near.best(prefix, 2 * n):
            others[place] = min(cost, others.get(place, cost))
        more = [Known(self._texts[place], int(self._counts[place]), cost) for place, cost in others.items()]
        more.sort(key=lambda one: (-one.times * np.exp(-one.cost), one.text))
        return known + [one for one in more if one.text != typed][: n - len(known)]

    def _most_frequent(self, among: range, n: int) -> list[int]:
        """The places of the ``n`` most frequent of a range."""
        first = self._by_count[:_FIRST]
        there = first[(first >= among.start) & (first < among.stop)][:n]
        if len(there) < min(n, len(among)):
            there = self._by_count[_smallest(self._ranks[among.start : among.stop], n)]
        places: list[int] = there.tolist()
        return places

    @cached_property
    def _later(self) -> tuple[Beginnings, NDArray[np.int32]]:
        """What later words of queries begin, in order, and the place of the query of each."""
        pairs = sorted(
            (text[start:], place) for place, text in enumerate(self._texts) for start in word_starts(text)[1:]
        )
        return Beginnings([text for text, _ in pairs]), np.array([place for _, place in pairs], np.int32)

    def _inside(self, prefix: str, n: int) -> list[int]:
        """The places of the most frequent queries of which a later word begins so."""
        beginnings, owners = self._later
        among = beginnings.range_of(prefix)
        ranks = _smallest(self._ranks[owners[among.start : among.stop]], 4 * n)  # a query may be there several times
        places: list[int] = self._by_count[ranks].tolist()
        return list(dict.fromkeys(places))[:n]


def _smallest(values: NDArray[np.integer], n: int) -> NDArray[np.integer]:
    """The ``n`` smallest values, in order."""
    return np.sort(values if len(values) <= n else np.partition(values, n)[:n])
