"""The kernels of native/lexicon.h for numpy arrays, and the same in Python where the native extension is missing."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.typing_errors import INSERTION, TRANSPOSITION, omission, substitution
from unrolled.kernels import NATIVE

if NATIVE:
    from unrolled import _native

__all__ = ["Found", "Typed", "Words", "best_words", "reference"]

Found = tuple[list[tuple[int, float, float]], float]
"""(id, score, cost in nats) of the best words, best first; and the sum of all scores."""


class Words(NamedTuple):
    """W words in alphabetical order; native/lexicon.h has the meaning of each array."""

    offsets: NDArray[np.int32]  # (W + 1,)
    letters: NDArray[np.uint32]
    keys: NDArray[np.uint8]
    shared: NDArray[np.uint8]  # (W,)
    order: NDArray[np.int32]  # (W,) ids: places in p
    classes: NDArray[np.uint8]  # (W,) places in factors


class Typed(NamedTuple):
    """n ≤ 64 folded letters and the keys they are on."""

    letters: NDArray[np.uint32]
    keys: NDArray[np.uint8]


def best_words(
    words: Words, typed: Typed, budget: float, p: NDArray[np.float32], factors: NDArray[np.float32], most: int
) -> Found:
    """The ``most`` best words that begin with what was typed, at a cost of errors within the budget.

    By p · factor · exp(-cost), of equals the first in the alphabet; those with 0 are left out.
    """
    if not NATIVE:
        return reference(words, typed, budget, p, factors, most)
    errors = (substitution(), omission(), INSERTION, TRANSPOSITION, budget)
    return _native.best_words(words, typed, errors, p, factors, most)


def reference(
    words: Words, typed: Typed, budget: float, p: NDArray[np.float32], factors: NDArray[np.float32], most: int
) -> Found:
    """`best_words` in Python: each word for itself, without a trie."""
    letters, keys, typed_letters, typed_keys = (a.tolist() for a in (words.letters, words.keys, *typed))
    least = [
        _distance(letters[start:end], keys[start:end], typed_letters, typed_keys)
        for start, end in pairwise(words.offsets.tolist())
    ]
    cost = np.array(least, np.float32)
    scores = p[words.order] * factors[words.classes] * np.exp(-cost)
    scores[cost > budget] = 0.0
    best = np.argsort(-scores, kind="stable")[:most]
    picked = [(int(words.order[w]), float(scores[w]), float(cost[w])) for w in best if scores[w] > 0]
    return picked, float(scores.sum(dtype=np.float64))


def _distance(letters: list[int], keys: list[int], typed: list[int], typed_keys: list[int]) -> float:
    """The least weighted edit distance (Damerau's, restricted) of what was typed from any beginning of a word."""
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
