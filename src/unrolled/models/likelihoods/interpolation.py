"""The quantile function between and beyond the levels at which it is known."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from unrolled.errors import InputError
from unrolled.models.likelihoods.base import Floats

__all__ = ["between_levels", "checked_levels", "normal_scores"]


def checked_levels(levels: Sequence[float]) -> Floats:
    """The levels (Q,) as an array; InputError unless they rise and lie between 0 and 1."""
    array = np.asarray(levels, np.float64)
    if array.ndim != 1 or not len(array) or not (np.diff(array) > 0).all() or not 0 < array[0] <= array[-1] < 1:
        raise InputError(f"the levels are {list(levels)}; expected rising numbers between 0 and 1")
    return array


def normal_scores(levels: Floats) -> Floats:
    """The standard normal's quantiles at ``levels`` (P,)."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse(float(level)) for level in levels])


def between_levels(levels: Sequence[float], at: Sequence[float] | Floats) -> Floats:
    """Weights (Q, P) such that ``quantiles (..., Q) @ weights`` are the quantiles at the levels ``at`` (P,).

    Between two levels they are linear in the normal score, so that a normal distribution stays one; beyond the first
    and the last, tails are exponential and go on from the last two. Exact at the levels, and rising where the quantiles
    do. Levels and ``at`` are rising numbers between 0 and 1, else InputError.
    """
    known, wanted = checked_levels(levels), checked_levels(list(at))
    if len(known) == 1:
        return np.ones((1, len(wanted)))
    right = np.clip(np.searchsorted(known, wanted, side="left"), 1, len(known) - 1)
    scores, columns = normal_scores(known), np.arange(len(wanted))
    share = (normal_scores(wanted) - scores[right - 1]) / (scores[right] - scores[right - 1])
    low, high = wanted < known[0], wanted > known[-1]
    share[low] = -np.log(known[0] / wanted[low]) / np.log(known[1] / known[0])
    share[high] = 1 + np.log((1 - known[-1]) / (1 - wanted[high])) / np.log((1 - known[-2]) / (1 - known[-1]))
    weights = np.zeros((len(known), len(wanted)))
    weights[right - 1, columns] = 1 - share
    weights[right, columns] = share
    return weights
