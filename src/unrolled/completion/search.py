"""The search of native/lexicon.h for numpy arrays, and the same in Python where the native extension is missing."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.typing_errors import TypingErrors, key_of
from unrolled.kernels import NATIVE

if NATIVE:
    from unrolled._native import best_words as native_best_words

__all__ = ["Match", "Matches", "Typed", "Words", "best_words", "reference"]

Match = tuple[int, float, float]
"""Id, score, cost in nats."""
Matches = tuple[list[Match], float]
"""The best words, best first; and the sum of all scores."""


class Words(NamedTuple):
    """W words in alphabetical order as a trie; native/lexicon.h explains each array."""

    offsets: NDArray[np.int32]  # (W + 1,)
    letters: NDArray[np.uint32]
    bases: NDArray[np.uint32]
    pairs: NDArray[np.uint16]
    shared: NDArray[np.uint8]  # (W,)
    order: NDArray[np.int32]  # (W,) ids: places in p
    classes: NDArray[np.uint8]  # (W,) places in factors


class Typed(NamedTuple):
    """What was typed: n ≤ 64 folded letters, and each without its accent."""

    letters: NDArray[np.uint32]
    bases: NDArray[np.uint32]


def best_words(
    words: Words, typed: Typed, errors: TypingErrors, p: NDArray[np.float32], factors: NDArray[np.float32], most: int
) -> Matches:
    """The ``most`` best words that begin with what was typed, where its errors cost no more than the budget.

    A word's score is p · factor · exp(-cost), where the cost of a word that was typed to its end is lower. Words of
    equal score come in alphabetical order; those that score 0 are left out.
    """
    search = native_best_words if NATIVE else reference
    return search(words, typed, errors, p, factors, most)


def reference(
    words: Words, typed: Typed, errors: TypingErrors, p: NDArray[np.float32], factors: NDArray[np.float32], most: int
) -> Matches:
    """`best_words` in Python: compares what was typed with each word in turn, without a trie."""
    letters, bases, pairs = (array.tolist() for array in (words.letters, words.bases, words.pairs))
    distances = [
        _distances(letters[start:end], bases[start:end], pairs[start:end], typed, errors)
        for start, end in pairwise(words.offsets.tolist())
    ]
    begun, whole = np.array(distances, np.float32).reshape(-1, 2).T
    gained = whole - np.where(whole == 0, errors.exact, errors.whole)
    ended = (whole <= errors.budget) & (gained < begun)
    scores = p[words.order] * factors[words.classes] * np.exp(-np.where(ended, gained, begun))
    scores[begun > errors.budget] = 0.0
    cost = np.where(ended, whole, begun)
    best = np.argsort(-scores, kind="stable")[:most]
    matches = [(int(words.order[w]), float(scores[w]), float(cost[w])) for w in best if scores[w] > 0]
    return matches, float(scores.sum(dtype=np.float64))


def _distances(
    letters: list[int], bases: list[int], pairs: list[int], typed: Typed, errors: TypingErrors
) -> tuple[float, float]:
    """The smallest weighted edit distance (Damerau's, restricted) of what was typed from any prefix of a word, and from
    all of it."""
    written, keys = typed.letters.tolist(), typed.bases.tolist()
    insertion = _insertion(keys, errors)
    before: list[float] = []
    row = [0.0]
    for j, cost in enumerate(insertion):
        row.append(row[-1] + cost + (0.0 if j else errors.first))
    best = row[-1]
    for d, (letter, base, pair) in enumerate(zip(letters, bases, pairs, strict=True)):
        omitted = float(errors.omission[key_of(base)])
        before2, before, row = before, row, [row[0] + omitted + (0.0 if d else errors.first)]
        for j, (other, other_base) in enumerate(zip(written, keys, strict=True), start=1):
            wrong = 0.0 if letter == other else errors.accent
            if base != other_base:
                wrong = float(errors.substitution[key_of(base), key_of(other_base)])
                wrong += errors.first if d == 0 and j == 1 else 0.0
            costs = [before[j] + omitted, row[j - 1] + insertion[j - 1], before[j - 1] + wrong]
            if d and j > 1 and base != other_base and base == keys[j - 2] and bases[d - 1] == other_base:
                costs.append(before2[j - 2] + errors.transposition)
            if pair and j > 1 and (pair & 255, pair >> 8) == (written[j - 2], other):
                costs.append(before[j - 2] + errors.accent)
            if pair and j == len(keys) and pair & 255 == other:
                costs.append(before[j - 1] + errors.accent)
            row.append(min(costs))
        best = min(best, row[-1])
    return best, row[-1]


def _insertion(keys: list[int], errors: TypingErrors) -> list[float]:
    """What it costs that each typed letter is one too many: the less, the nearer it lies to a letter beside it."""
    costs: list[float] = []
    for j, base in enumerate(keys):
        if j and keys[j - 1] == base:
            costs.append(errors.doubled)
        else:
            beside = [keys[max(0, j - 1)], *keys[j + 1 : j + 2]]
            costs.append(min(float(errors.insertion[key_of(other), key_of(base)]) for other in beside))
    return costs
