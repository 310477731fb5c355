"""What a fit reached on a test part, and at what cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from time import perf_counter
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from unrolled.metrics import classification_scores

__all__ = ["Measured", "microseconds_of"]

TIMED = 100, 2.0  # answers that are timed one by one, and the seconds that this may take

Raw = TypeVar("Raw")


@dataclass(frozen=True)
class Measured:
    """``probabilities`` (N, C) beside ``targets`` (N,), how many numbers the weights are, training ``seconds``, and the
    median time in ``microseconds`` from a raw input to its answer; of a network how many ``epochs`` it learnt for, and
    the share of the ``validation`` part that was right, and whether it was still learning when its budget was over."""

    probabilities: NDArray[np.floating]
    targets: NDArray[np.integer]
    parameters: int = 0
    seconds: float = 0.0
    microseconds: float = 0.0
    epochs: float | None = None
    validation: float | None = None
    unfinished: bool = False

    @cached_property
    def metrics(self) -> dict[str, float]:
        """As of `classification_scores`."""
        return classification_scores(self.probabilities, self.targets)

    @property
    def accuracy(self) -> float:
        """The share of the test part that was right."""
        return self.metrics["accuracy"]

    @property
    def answers(self) -> NDArray[np.intp]:
        """The most probable label of each example, (N,)."""
        return np.asarray(self.probabilities.argmax(1))

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which answers are right, (N,)."""
        return np.asarray(self.answers == self.targets)


def microseconds_of(answer: Callable[[Raw], object], inputs: Sequence[Raw]) -> float:
    """The median time of an answer to one input, after one that is not timed."""
    most, seconds = TIMED
    answer(inputs[0])
    times, began = list[float](), perf_counter()
    for raw in inputs[:most]:
        start = perf_counter()
        answer(raw)
        times.append(perf_counter() - start)
        if perf_counter() - began > seconds:
            break
    return 1e6 * median(times)
