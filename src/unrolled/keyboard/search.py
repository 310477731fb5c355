"""The kernels of native/lexicon.h for numpy arrays, and the same in Python where the native extension is missing."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from unrolled.kernels import NATIVE
from unrolled.keyboard.typing_errors import INSERTION, TRANSPOSITION, omission, substitution

if NATIVE:
    from unrolled import _native

__all__ = ["Found", "Ranges", "rank", "search"]

Words = tuple[NDArray[np.int32], NDArray[np.uint32], NDArray[np.uint8], NDArray[np.uint8]]
"""offsets (W + 1,), letters, keys, shared (W,): see native/lexicon.h."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """The first ``count`` of the arrays: words begin … end, and what the errors in them cost."""

    count: int
    begin: NDArray[np.int32]
    end: NDArray[np.int32]
    cost: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """Places in the alphabet, scores and costs of the best words, and the sum of all scores."""

    index: list[int]
    score: list[float]
    cost: list[float]
    total: float


def search(words: Words, letters: NDArray[np.uint32], keys: NDArray[np.uint8], budget: float) -> Ranges:
    """The words that begin with the typed letters (n,), n ≤ 64, at a cost within the budget."""
    if not NATIVE:
        return _search(words, letters, keys, budget)
    size = len(words[3])
    begin, end, cost = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.float32)
    errors = (substitution(), omission(), INSERTION, TRANSPOSITION, budget)
    return Ranges(_native.search(words, (letters, keys), errors, (begin, end, cost)), begin, end, cost)


def rank(
    ranges: Ranges,
    order: NDArray[np.int32],
    classes: NDArray[np.uint8],
    p: NDArray[np.float32],
    factors: NDArray[np.float32],
    most: int,
) -> Found:
    """The best words of the ranges by p[order] · factors[classes] · exp(-cost); those with 0 are left out."""
    if not NATIVE:
        return _rank(ranges, order, classes, p, factors, most)
    index, score, cost = np.empty(most, np.int32), np.empty(most, np.float32), np.empty(most, np.float32)
    searched = ranges.count, ranges.begin, ranges.end, ranges.cost
    count, total = _native.rank(searched, order, classes, p, factors, (index, score, cost))
    return Found(index[:count].tolist(), score[:count].tolist(), cost[:count].tolist(), total)


def _search(words: Words, letters: NDArray[np.uint32], keys: NDArray[np.uint8], budget: float) -> Ranges:
    """The reference: each word for itself, without a trie."""
    typed, typed_keys = letters.tolist(), keys.tolist()
    offsets, all_letters, all_keys, _ = (array.tolist() for array in words)
    substituted, omitted = substitution().tolist(), omission().tolist()
    costs = []
    for start, end in pairwise(offsets):
        before: list[float] = []
        row = [j * INSERTION for j in range(len(typed) + 1)]
        best = row[-1]
        for d in range(start, end):
            before2, before, row = before, row, [row[0] + omitted[all_keys[d]]]
            for j, (letter, key) in enumerate(zip(typed, typed_keys, strict=True), start=1):
                same = all_letters[d] == letter
                cost = min(
                    before[j - 1] + (0.0 if same else substituted[all_keys[d]][key]),
                    before[j] + omitted[all_keys[d]],
                    row[j - 1] + INSERTION,
                )
                if before2 and j > 1 and all_letters[d] == typed[j - 2] and all_letters[d - 1] == letter:
                    cost = min(cost, before2[j - 2] + (0.0 if same else TRANSPOSITION))
                row.append(cost)
            best = min(best, row[-1])
        costs.append(best)
    near = np.flatnonzero(np.array(costs, np.float32) <= budget).astype(np.int32)
    return Ranges(len(near), near, near + np.int32(1), np.array(costs, np.float32)[near])


def _rank(
    ranges: Ranges,
    order: NDArray[np.int32],
    classes: NDArray[np.uint8],
    p: NDArray[np.float32],
    factors: NDArray[np.float32],
    most: int,
) -> Found:
    arrays = [array[: ranges.count].tolist() for array in (ranges.begin, ranges.end, ranges.cost)]
    scored = []
    total = 0.0
    for begin, end, cost in zip(*arrays, strict=True):
        likelihood = np.float32(math.exp(-cost))
        scores = p[order[begin:end]] * factors[classes[begin:end]] * likelihood
        total += float(scores.sum(dtype=np.float64))
        scored += [(-float(s), w, cost) for w, s in enumerate(scores, start=begin) if s > 0]
    best = sorted(scored)[:most]
    return Found([w for _, w, _ in best], [-s for s, _, _ in best], [c for _, _, c in best], total)
