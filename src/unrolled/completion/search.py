"""The search of native/lexicon.h for numpy arrays, and the same in Python where the native extension is missing."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.typing_errors import INSERTION, TRANSPOSITION, omission, substitution
from unrolled.kernels import NATIVE

if NATIVE:
    from unrolled._native import best_words as native_best_words

__all__ = ["Matches", "Typed", "Words", "best_words", "reference"]

Matches = tuple[list[tuple[int, float, float]], float]
"""(id, score, cost in nats) of the best words, best first; and the sum of all scores."""


class Words(NamedTuple):
    """W words in alphabetical order as a trie; native/lexicon.h explains each array."""

    offsets: NDArray[np.int32]  # (W + 1,)
    letters: NDArray[np.uint32]
    keys: NDArray[np.uint8]
    shared: NDArray[np.uint8]  # (W,)
    order: NDArray[np.int32]  # (W,) ids: places in p
    classes: NDArray[np.uint8]  # (W,) places in factors


class Typed(NamedTuple):
    """What was typed: n ≤ 64 folded letters, and the key of each."""

    letters: NDArray[np.uint32]
    keys: NDArray[np.uint8]


def best_words(
    words: Words, typed: Typed, budget: float, p: NDArray[np.float32], factors: NDArray[np.float32], most: int
) -> Matches:
    """The ``most`` best words that begin with what was typed, where its errors cost no more than the budget.

    A word's score is p · factor · exp(-cost). Words of equal score come in alphabetical order; those that score 0 are
    left out.
    """
    if not NATIVE:
        return reference(words, typed, budget, p, factors, most)
    errors = (substitution(), omission(), INSERTION, TRANSPOSITION, budget)
    return native_best_words(words, typed, errors, p, factors, most)


def reference(
    words: Words, typed: Typed, budget: float, p: NDArray[np.float32], factors: NDArray[np.float32], most: int
) -> Matches:
    """`best_words` in Python: compares what was typed with each word in turn, without a trie."""
    letters, keys, typed_letters, typed_keys = (a.tolist() for a in (words.letters, words.keys, *typed))
    distances = [
        _distance(letters[start:end], keys[start:end], typed_letters, typed_keys)
        for start, end in pairwise(words.offsets.tolist())
    ]
    cost = np.array(distances, np.float32)
    scores = p[words.order] * factors[words.classes] * np.exp(-cost)
    scores[cost > budget] = 0.0
    best = np.argsort(-scores, kind="stable")[:most]
    matches = [(int(words.order[w]), float(scores[w]), float(cost[w])) for w in best if scores[w] > 0]
    return matches, float(scores.sum(dtype=np.float64))


def _distance(letters: list[int], keys: list[int], typed: list[int], typed_keys: list[int]) -> float:
    """The smallest weighted edit distance (Damerau's, restricted) between what was typed and any prefix of a word."""
    substituted, omitted = substitution(), omission()
    before: list[float] = []
    row = [j * INSERTION for j in range(len(typed) + 1)]
    best = row[-1]
    for d, (letter, key) in enumerate(zip(letters, keys, strict=True)):
        before2, before, row = before, row, [row[0] + float(omitted[key])]
        for j, (other, other_key) in enumerate(zip(typed, typed_keys, strict=True), start=1):
            same = letter == other
            cost = min(
                before[j] + float(omitted[key]),
                row[j - 1] + INSERTION,
                before[j - 1] + (0.0 if same else float(substituted[key, other_key])),
            )
            if d and j > 1 and letter == typed[j - 2] and letters[d - 1] == other:
                cost = min(cost, before2[j - 2] + (0.0 if same else TRANSPOSITION))
            row.append(cost)
        best = min(best, row[-1])
    return best
