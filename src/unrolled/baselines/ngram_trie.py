"""The n-grams of all lengths as one trie, ready for use: shares in place of counts.

Node 0 is the empty context, its children are the V words, theirs the pairs of words, and so on: nodes are numbered by
length, and the children of one node lie side by side, sorted by their last word. -1 is the node of what was never seen.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.ngram_counts import Level

__all__ = ["Trie", "compact", "trie_of"]

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)  # KenLM's, for levels whose counts of counts define none


class Trie(NamedTuple):
    """N nodes, of which the first M are shorter than the longest n-grams. The last entry of `own` and `rest` is that of
    node -1."""

    words: NDArray[np.integer]  # (N,) last word, in the smallest type
    offsets: NDArray[np.int64]  # (M + 1,) where the children of each node begin
    own: NDArray[np.float32]  # (N + 1,) the discounted share of each n-gram
    rest: NDArray[np.float32]  # (M + 1,) γ: what each node leaves to the shorter context

    def find(self, parents: NDArray[np.int64], words: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the node of each "parent, word" (n,), -1 where there is none: a binary search among the children."""
        low, end = self.offsets[parents], self.offsets[parents + 1]
        high = np.maximum(low, end)  # the parent -1 has no children
        for _ in range(int((high - low).max(initial=0)).bit_length()):
            middle = (low + high) >> 1
            above = (low < high) & (self.words.take(middle, mode="clip") < words)
            low, high = np.where(above, middle + 1, low), np.where(above, high, middle)
        found = (low < end) & (self.words.take(low, mode="clip") == words)
        return np.where(found, low, -1)

    def child(self, parent: int, word: int) -> int:
        """`find` of one, in a microsecond."""
        if parent < 0:
            return -1
        words, end = self.words.data, self.offsets.item(parent + 1)  # whose items are Python's own numbers
        node = bisect_left(words, word, self.offsets.item(parent), end)
        return node if node < end and words[node] == word else -1

    def add_children(self, rows: NDArray[np.float32], nodes: NDArray[np.int64], shares: NDArray[np.floating]) -> None:
        """Add to each row (n, V) the children of its nodes (K, n), each node's own times its share (K, n)."""
        if len(rows) == 1:  # as at each word while one types: a few calls in place of twenty
            for node, share in zip(nodes[:, 0].tolist(), shares[:, 0].tolist(), strict=True):
                if node >= 0:
                    own = slice(self.offsets.item(node), self.offsets.item(node + 1))
                    rows[0, self.words[own]] += self.own[own] * np.float32(share)
            return
        begin = self.offsets[nodes].ravel()
        sizes = np.maximum(self.offsets[nodes + 1].ravel() - begin, 0)
        ends = np.cumsum(sizes)
        children = np.repeat(begin - ends + sizes, sizes) + np.arange(ends[-1] if len(ends) else 0)
        first = np.broadcast_to(np.arange(len(rows)) * rows.shape[1], nodes.shape).ravel()
        places = np.repeat(first, sizes) + self.words[children]
        added = self.own[children] * np.repeat(shares.astype(np.float32).ravel(), sizes)
        np.add.at(rows.reshape(-1), places, added)  # a word may be a child of several


def trie_of(levels: Sequence[Level]) -> Trie:
    """The trie of levels, each smoothed by the counts of its counts."""
    sizes = np.concatenate([level.sizes for level in levels])
    words = np.concatenate([np.zeros(1, np.uint8), *(compact(level.words) for level in levels)])
    shares = [_shares(level) for level in levels]
    own = np.concatenate([np.zeros(1), *(own for own, _ in shares), np.zeros(1)], dtype=np.float32)
    rest = np.concatenate([*(rest for _, rest in shares), np.ones(1)], dtype=np.float32)
    return Trie(words, 1 + np.append(0, np.cumsum(sizes, dtype=np.int64)), own, rest)


def compact(values: NDArray[np.integer]) -> NDArray[np.integer]:
    """Values in the smallest type that holds them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def _shares(level: Level) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The discounted share (N,) of each n-gram of a level, and what each parent leaves to the shorter context (M,)."""
    counts = compact(level.counts)
    less = np.array([0, *_discounts(counts)])
    kinds = np.minimum(counts, 3)
    offsets = np.append(0, np.cumsum(level.sizes, dtype=np.int64))
    totals = _sums(counts, offsets)
    left = sum(less[k] * _sums(kinds == k, offsets) for k in (1, 2, 3))
    rest = np.where(totals > 0, left / np.maximum(totals, 1), 1.0)
    return (counts - less[kinds]) / np.repeat(np.maximum(totals, 1), level.sizes), rest


def _sums(values: NDArray[Any], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum of the values (N,) of each parent's children, (M,)."""
    return np.diff(np.append(0, np.cumsum(values, dtype=np.int64))[offsets])


def _discounts(counts: NDArray[np.integer]) -> tuple[float, ...]:
    """Return what is taken from n-grams seen once, twice and more often (Chen & Goodman 1999, eq. 26)."""
    once, twice, thrice, four_times = (int(np.count_nonzero(counts == k)) for k in range(1, 5))
    if not (once and twice and thrice and four_times):
        return FALLBACK_DISCOUNTS
    share = once / (once + 2 * twice)
    discounts = (
        1 - 2 * share * twice / once,
        2 - 3 * share * thrice / twice,
        3 - 4 * share * four_times / thrice,
    )
    return discounts if min(discounts) > 0 else FALLBACK_DISCOUNTS
