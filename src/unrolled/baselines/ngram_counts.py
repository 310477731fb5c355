"""The counts of a Kneser-Ney n-gram, as a trie of sorted levels.

An n-gram is a node; the nodes that continue one node lie side by side, sorted by their last word. So a level needs
only the last words, the counts and the number of children of each parent, and the n-gram "parent, word" is found by
binary search.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.text.cutting import END

__all__ = ["Level", "count_levels"]


class Level(NamedTuple):
    """All n-grams of one length."""

    words: NDArray[np.integer]  # (N,) last word; ascending within one parent
    counts: NDArray[np.integer]  # (N,) adjusted counts; 0 only for single words never seen
    sizes: NDArray[np.integer]  # (M,) how many of the N continue each of the M nodes one level below


def count_levels(ids: NDArray[np.integer], vocabulary_size: int, order: int) -> list[Level]:
    """Count the 1- to `order`-grams of the text `ids` (N,), a stream with one END before it.

    The longest n-grams count occurrences, the shorter ones the distinct words before them (Kneser & Ney 1995). Those
    which only ever open the stream have no word before them and count occurrences, as SRILM's do at its begin mark.
    Contexts reach across END: Penn Treebank's validation perplexity is then 147.7 at order 5, within sentences 148.0.
    """
    text = np.concatenate([[END], ids]).astype(np.int64)
    levels = [_single_words(text[1:], vocabulary_size)]
    nodes = text  # the node of the n-gram that ends at each place, from the first place where one fits
    for length in range(2, order + 1):
        keys = nodes[:-1] * vocabulary_size + text[length - 1 :]
        unique, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        shorter = np.empty(len(unique), np.int64)
        shorter[inverse] = nodes[1:]  # the node that remains when the first word is dropped
        levels[-1] = _count_distinct(levels[-1], shorter)
        sizes = np.bincount(unique // vocabulary_size, minlength=len(levels[-1].words))
        levels.append(Level(unique % vocabulary_size, counts, sizes))
        nodes = inverse
    return levels


def _single_words(words: NDArray[np.int64], vocabulary_size: int) -> Level:
    counts = np.bincount(words, minlength=vocabulary_size)
    return Level(np.arange(vocabulary_size), counts, np.array([vocabulary_size]))


def _count_distinct(level: Level, shorter: NDArray[np.int64]) -> Level:
    before = np.bincount(shorter, minlength=len(level.words))
    return level._replace(counts=np.where(before > 0, before, level.counts))
