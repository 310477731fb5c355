"""What all measures of written answers share: answers beside the references of each, and what a measure is made of."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["PairScores", "References", "Summed", "check_references", "mean_of", "quotients"]

References = Sequence[Sequence[str]]
"""To each answer the texts that would be right, at least one."""
Sums = NDArray[np.float64]


def quotients(sums: Sums) -> Sums:
    """Sums (R, 2) → the first over the second (R,); not a number where the second is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        divided: Sums = sums[:, 0] / np.where(sums[:, 1] > 0, sums[:, 1], np.nan)
    return divided


class Summed(NamedTuple):
    """A measure that is a function of sums over the answers, so that it can be computed of any choice of them.

    ``each`` (N, C) are the numbers of each answer; ``value`` makes of R rows of their sums (R, C) as many measures.
    """

    each: Sums
    value: Callable[[Sums], Sums] = quotients

    def whole(self) -> float:
        """The measure of all answers."""
        return float(self.value(self.each.sum(0)[None])[0])


def mean_of(values: Sequence[float]) -> Summed:
    """The mean of a value (N,) that each answer has."""
    each = np.asarray(values, np.float64)
    return Summed(np.stack([each, np.ones_like(each)], 1))


class PairScores(dict[str, float]):
    """Measures by name.

    ``signature`` says how they were computed so that others can repeat it, or is empty. ``summed`` has those measures
    for which an interval can be told, by name.
    """

    def __init__(
        self, scores: Mapping[str, float], signature: str = "", summed: Mapping[str, Summed] | None = None
    ) -> None:
        super().__init__(scores)
        self.signature, self.summed = signature, summed or {}

    @classmethod
    def of(cls, summed: Mapping[str, Summed], signature: str = "") -> "PairScores":
        """All measures of N answers that have a value, and how many ``examples`` there are."""
        known = {name: one for name, one in summed.items() if np.isfinite(one.whole())}
        count = len(next(iter(summed.values())).each)
        return cls({name: one.whole() for name, one in known.items()} | {"examples": float(count)}, signature, known)


def check_references(answers: Sequence[str], references: References) -> None:
    """Raise InputError where there are no answers, or not to each of them a reference."""
    if len(answers) != len(references) or not answers or not all(references):
        there = sum(map(bool, references))
        raise InputError(f"{len(answers)} answers and references to {there}; expected as many, at least 1 of each")
