"""The quantile function between and beyond the levels at which it is known."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY
from unrolled.errors import InputError
from unrolled.models.likelihoods.base import Floats
from unrolled.models.likelihoods.special import log_normal_survival

__all__ = ["at_scores", "between_levels", "checked_levels", "normal_scores"]


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
    weights, columns = np.zeros((len(known), len(wanted))), np.arange(len(wanted))
    if len(known) == 1:
        return weights + 1
    left, share = _shares(known, normal_scores(wanted))
    weights[left, columns] = 1 - share
    weights[left + 1, columns] = share
    return weights


def at_scores(levels: Sequence[float], quantiles: Floats, scores: Floats) -> Floats:
    """Quantiles (..., Q), at least two, and each one's own normal scores (..., n) → the quantiles there (..., n)."""
    left, share = _shares(checked_levels(levels), scores)
    below, above = (np.take_along_axis(quantiles, left + i, axis=-1) for i in (0, 1))
    return below * (1 - share) + above * share


def _shares(levels: Floats, scores: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Between which two levels a normal score lies, or by which two it goes on, and how far toward the upper one."""
    known = normal_scores(levels)
    left = np.clip(np.searchsorted(known, scores) - 1, 0, len(levels) - 2)
    share = (scores - known[left]) / (known[left + 1] - known[left])
    low, high = scores < known[0], scores > known[-1]
    share[low] = (log_normal_survival(NUMPY, -scores[low]) - np.log(levels[0])) / np.log(levels[1] / levels[0])
    beyond = np.log(1 - levels[-1]) - log_normal_survival(NUMPY, scores[high])
    share[high] = 1 + beyond / np.log((1 - levels[-2]) / (1 - levels[-1]))
    return left, share
