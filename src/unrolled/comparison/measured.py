"""What a fit reached on a test part, and at what cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.metrics import classification_scores

__all__ = ["Measured", "measure"]

TIMED = 100, 2.0  # answers that are timed one by one, and the seconds that this may take


@dataclass(frozen=True)
class Measured:
    """``metrics`` as of `classification_scores`, ``probabilities`` (N, C), how many numbers the weights are, training
    ``seconds``, the median time of one answer from the raw input in ``microseconds``; of a network how many ``epochs``
    it learnt for, and the share of the ``validation`` part that was right."""

    metrics: dict[str, float]
    probabilities: NDArray[np.floating]
    parameters: int
    seconds: float
    microseconds: float
    epochs: float | None
    validation: float | None

    @property
    def accuracy(self) -> float:
        return self.metrics["accuracy"]

    @property
    def answers(self) -> NDArray[np.intp]:
        """The most probable label of each example, (N,)."""
        return np.asarray(self.probabilities.argmax(1))


def measure(
    probabilities: NDArray[np.floating],
    targets: NDArray[np.integer],
    parameters: int = 0,
    seconds: float = 0.0,
    answer: Callable[[Any], object] | None = None,
    inputs: Sequence[Any] = (),
    learnt: tuple[float | None, float | None] = (None, None),
) -> Measured:
    """Score probabilities (N, C) against targets (N,), and time what answers a raw input, one input at a time.

    ``learnt``: epochs and validation accuracy.
    """
    scores = classification_scores(probabilities, targets)
    spent = 0.0 if answer is None else _microseconds(answer, inputs)
    return Measured(scores, probabilities, parameters, seconds, spent, *learnt)


def _microseconds(answer: Callable[[Any], object], inputs: Sequence[Any]) -> float:
    """The median, after one that is not timed."""
    most, seconds = TIMED
    answer(inputs[0])
    times, began = list[float](), perf_counter()
    for given in inputs[:most]:
        start = perf_counter()
        answer(given)
        times.append(perf_counter() - start)
        if perf_counter() - began > seconds:
            break
    return 1e6 * median(times)
