"""The answer that most of the others agree with: choice by the least expected risk (Kumar & Byrne 2004)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unrolled.errors import InputError

__all__ = ["agreement", "consensus"]

ORDERS = 1, 2  # n-grams that are compared
Ids = NDArray[np.int64]


def consensus(answers: Sequence[Sequence[int]], scores: ArrayLike, temperature: float = 1.0) -> Ids:
    """The order (N,) of N answers to one input, given as token ids: first the one that has most in common with all.

    With p = softmax(scores / temperature), scores (N,) being log-probabilities with whatever penalties, answer i is
    worth Σ_j p_j agreement(i, j), its own part included; of equals the more probable one is first. The lower the
    temperature, the more the most probable answers alone count. Raises InputError for numbers that do not fit.
    """
    given = np.asarray(scores, np.float64)
    if given.shape != (len(answers),) or not np.isfinite(given).all() or not temperature > 0:
        raise InputError(
            f"{len(answers)} answers, scores {given.shape} and temperature {temperature}; expected a finite score for "
            "each answer, and a temperature above 0",
            "temperature",
        )
    shares = np.exp((given - given.max(initial=-np.inf)) / temperature)
    worth = agreement(answers) @ (shares / max(shares.sum(), 1.0))
    order: Ids = np.lexsort(
        [np.arange(len(given)), -given, -worth.round(12)]
    )  # rounded: the order of sums is no tie-break
    return order


def agreement(texts: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """How much each two of N texts, given as token ids, have in common (N, N): from 0 to 1, of equal ones 1.

    It is the mean of the F1 of words and of pairs of neighbouring words, each counted as often as it stands in both;
    of two texts without pairs that of words alone.
    """
    lengths = np.array([len(text) for text in texts], np.int64)
    rows = np.repeat(np.arange(len(texts)), lengths)
    ids = np.concatenate([np.zeros(0, np.int64), *(np.asarray(text, np.int64) for text in texts)])
    ids = np.unique(ids, return_inverse=True)[1]
    paired = np.flatnonzero(rows[1:] == rows[:-1])
    pairs = ids[paired] * (ids.max(initial=0) + 1) + ids[paired + 1]
    words, of_pairs = _f1(rows, ids, len(texts)), _f1(rows[paired], pairs, len(texts))
    return np.where(np.maximum.outer(lengths, lengths) > 1, (words + of_pairs) / 2, words)


def _f1(rows: Ids, grams: Ids, count: int) -> NDArray[np.float64]:
    """2 · shared / (n-grams of one + n-grams of the other); 1 where neither has any.

    The k-th of equal n-grams of a text is a thing of its own, (n-gram, k): what two texts share is then a product of
    tables of zeros and ones.
    """
    cells = rows * (grams.max(initial=0) + 1) + grams
    order = np.argsort(cells, kind="stable")
    cells = cells[order]
    fresh = np.flatnonzero(np.append(True, cells[1:] != cells[:-1])[: len(cells)])
    repeats = np.arange(len(cells)) - np.repeat(fresh, np.diff(np.append(fresh, len(cells))))
    things = np.unique(grams[order] * (repeats.max(initial=0) + 1) + repeats, return_inverse=True)[1]
    table = np.zeros((count, things.max(initial=-1) + 1), np.float32)
    table[rows[order], things] = 1
    shared, sizes = (table @ table.T).astype(np.float64), np.bincount(rows, minlength=count)
    both = np.add.outer(sizes, sizes)
    return np.where(both > 0, 2 * shared / np.maximum(both, 1), 1.0)
