"""Measures of a classifier."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["LabelScores", "best_temperature", "calibrated_loss", "classification_scores", "label_scores"]

_BINS = 10
PRIOR = 10  # wrong answers
ENOUGH = 2  # examples of a label from which it is strange that it is never the answer
SHOWN = 5


def classification_scores(probabilities: NDArray[np.floating], targets: NDArray[np.integer]) -> dict[str, float]:
    """probabilities (N, C), targets (N,) → accuracy, macro-F1, loss (nats) and calibration error.

    Macro-F1 is the mean over the classes that occur among targets or answers; the calibration error the mean gap
    between confidence and accuracy over ten equal ranges of confidence (Guo et al. 2017, eq. 3).
    """
    answers = probabilities.argmax(1)
    right = answers == targets
    confidence = probabilities.max(1)
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [abs((right[bins == b] - confidence[bins == b]).sum()) for b in range(_BINS)]
    chosen = np.maximum(probabilities[np.arange(len(targets)), targets], 1e-300)
    return {
        "accuracy": float(right.mean()),
        "macro_f1": _macro_f1(answers, targets, probabilities.shape[1]),
        "loss": float(-np.log(chosen).mean()),
        "calibration_error": float(sum(gaps) / len(targets)),
        "examples": float(len(targets)),
    }


class LabelScores(dict[str, float]):
    """`classification_scores`, and beside them ``answered`` (C,), how often each label was the answer, and ``wanted``
    (C,), how often it was the target."""

    def __init__(self, probabilities: NDArray[np.floating], targets: NDArray[np.integer]) -> None:
        super().__init__(classification_scores(probabilities, targets))
        classes = probabilities.shape[1]
        self.answered = np.bincount(probabilities.argmax(1), minlength=classes)
        self.wanted = np.bincount(targets, minlength=classes)

    def warning(self, labels: Sequence[str]) -> str:
        """That all answers are one of the ``labels`` (C,), or which are never the answer though they occur; or empty.

        Of fewer than `ENOUGH` examples a label that is never the answer says nothing.
        """
        never = np.flatnonzero((self.answered == 0) & (self.wanted > 0)).tolist()
        if self.answered.astype(bool).sum() == 1 and never:
            only = labels[int(self.answered.argmax())]
            return (
                f"every answer is {only}: the model tells nothing apart. More examples help most; then another "
                "learning rate, other tokens or vectors, and for rare labels the setting balanced"
            )
        rare = [labels[place] for place in never if self.wanted[place] >= ENOUGH]
        if not rare:
            return ""
        named = ", ".join(rare[:SHOWN]) + (f" and {len(rare) - SHOWN} more" if len(rare) > SHOWN else "")
        return f"never the answer: {named}. More examples of these help most; then the setting balanced"


def label_scores(predictions: Iterable[tuple[NDArray[np.floating], NDArray[np.integer]]]) -> LabelScores:
    """Blocks of (probabilities (n, C), targets (n,)) → the scores of all."""
    probabilities, targets = (np.concatenate(columns) for columns in zip(*predictions, strict=True))
    return LabelScores(probabilities, targets)


def _macro_f1(answers: NDArray[np.integer], targets: NDArray[np.integer], classes: int) -> float:
    answered, wanted = (np.bincount(x, minlength=classes) for x in (answers, targets))
    both = np.bincount(targets[answers == targets], minlength=classes)
    occurring = answered + wanted > 0
    return float((2 * both[occurring] / (answered + wanted)[occurring]).mean())


def best_temperature(scores: NDArray[np.floating], targets: NDArray[np.integer]) -> float:
    """The T between 1/20 and 20 by which scores are divided so that the probabilities suit the targets.

    scores (N, C), targets (N,). The T of least loss (Guo et al. 2017, sec. 4.2) is drawn towards 1 as if `PRIOR` wrong
    answers spoke for 1: where few are wrong, T is hardly known, and where none is, ever smaller T would look ever
    better. Never worse than T = 1 on these examples. The loss is convex in 1 / T: golden sections find its minimum.
    """
    low, high, golden = -np.log(20.0), np.log(20.0), (np.sqrt(5.0) - 1) / 2
    while high - low > 1e-4:
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if _loss(scores, targets, left) < _loss(scores, targets, right) else (left, high)
    wrong = int((scores.argmax(1) != targets).sum())
    return float(np.exp(-(low + high) / 2 * wrong / (wrong + PRIOR)))


def calibrated_loss(scores: NDArray[np.floating], targets: NDArray[np.integer]) -> float:
    """The loss in nats of softmax(scores / T) at `best_temperature`; scores (N, C), targets (N,)."""
    return _loss(scores, targets, -np.log(best_temperature(scores, targets)))


def _loss(scores: NDArray[np.floating], targets: NDArray[np.integer], log_inverse: float) -> float:
    """The mean loss at the temperature of which the negative logarithm is given."""
    scaled = scores.astype(np.float64) * np.exp(log_inverse)
    shifted = scaled - scaled.max(1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(targets)), targets]).mean())
