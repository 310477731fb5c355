"""Is one model better than another on the same test part, or was it luck?"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unrolled.errors import InputError

__all__ = ["PairedBootstrap", "paired_bootstrap", "resampled_difference"]

_INTERVAL = 2.5, 97.5  # percent
_DRAWN = 1 << 22  # examples that are drawn at a time


class PairedBootstrap(NamedTuple):
    """``difference`` of two measures, its 95 % interval from ``low`` to ``high``, and ``p``, two-sided: how often the
    difference would be at least as far from 0 if there were none."""

    difference: float
    low: float
    high: float
    p: float


def paired_bootstrap(
    correct_a: ArrayLike, correct_b: ArrayLike, rounds: int = 10_000, seed: int = 0
) -> PairedBootstrap:
    """Which answers of a and of b to the same N examples are right, (N,) each → accuracy of a less that of b.

    Examples are drawn again with replacement ``rounds`` times (Efron & Tibshirani 1993, ch. 13; Koehn 2004). Only three
    kinds of example matter, those that a alone, b alone, or both or neither got right, so a round is one draw from a
    multinomial distribution. p is 2 · min(share of rounds ≤ 0, ≥ 0), with one added to the counts so that it is never
    0. The seed fixes all. Raises InputError where nothing is to be compared.
    """
    a, b = _right(correct_a), _right(correct_b)
    if a.shape != b.shape or not a.size or rounds < 1:
        raise InputError(
            f"{a.size} answers, {b.size} and {rounds} rounds; expected as many answers, at least 1 of each"
        )
    kinds = np.array([(a & ~b).sum(), (b & ~a).sum(), (a == b).sum()])
    drawn = np.random.default_rng(seed).multinomial(a.size, kinds / a.size, rounds)
    differences = drawn[:, 0] - drawn[:, 1]  # in examples: whole numbers, so that 0 is exactly 0
    low, high = np.percentile(differences, _INTERVAL) / a.size
    return PairedBootstrap(float(kinds[0] - kinds[1]) / a.size, float(low), float(high), _p(differences))


def resampled_difference(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    value: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    rounds: int = 2_000,
    seed: int = 0,
) -> PairedBootstrap:
    """The measure of a less that of b, where a measure is a function of sums over the examples, as BLEU is.

    a and b, (N, C) each: numbers of the same N examples; ``value``: sums (R, C) → R measures. Examples are drawn as in
    `paired_bootstrap`. Choices of which either has no measure do not count; without any other all is not a number.
    """
    if a.shape != b.shape or not a.size or rounds < 1:
        raise InputError(f"{a.shape} answers, {b.shape} and {rounds} rounds; expected as many answers, at least 1")
    both, rng, examples = np.concatenate([a, b], 1), np.random.default_rng(seed), len(a)
    block = max(1, _DRAWN // examples)
    sums = [both.sum(0)[None]]
    for start in range(0, rounds, block):
        shape = min(block, rounds - start), examples
        place = rng.integers(0, examples, shape) + np.arange(shape[0])[:, None] * examples
        sums.append(np.bincount(place.ravel(), minlength=shape[0] * examples).reshape(shape) @ both)
    all_sums = np.concatenate(sums)
    measured, *drawn = value(all_sums[:, : a.shape[1]]) - value(all_sums[:, a.shape[1] :])
    differences = np.array(drawn)[np.isfinite(drawn)]
    low, high = np.percentile(differences, _INTERVAL) if differences.size else (np.nan, np.nan)
    return PairedBootstrap(float(measured), float(low), float(high), _p(differences))


def _p(differences: NDArray[np.number]) -> float:
    beyond = min((differences <= 0).sum(), (differences >= 0).sum())
    return min(1.0, 2.0 * (1 + int(beyond)) / (1 + len(differences)))


def _right(answers: ArrayLike) -> NDArray[np.bool_]:
    right = np.asarray(answers)
    if right.ndim != 1 or not np.isin(right, (0, 1)).all():
        raise InputError(f"answers of shape {right.shape} and {right.dtype}; expected (N,), each right or wrong")
    return right.astype(bool)
