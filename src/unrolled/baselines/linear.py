"""Logistic regression over one vector of features for each input: a baseline of labelled examples."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.baselines.base import Arrays, LabelledPart, Predictions
from unrolled.baselines.choice import Folds, Tried
from unrolled.errors import InputError, MissingExtra
from unrolled.inputs.features import Features, LearntFeatures
from unrolled.metrics.classification import classification_scores

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Linear", "LogisticRegression"]

PENALTIES = 0.1, 1.0, 10.0, 100.0  # C: how much an example counts beside the size of the weights
SCALED_PENALTIES = 0.01, 0.1, 1.0, 10.0  # of features with variance 1
MOST_FEATURES = 100_000
MOST_WEIGHTS = 20_000_000
ITERATIONS = 300
NEVER = -30.0  # the bias of a class without examples


@dataclass(frozen=True)
class Linear:
    """Logistic regression over ``features``, for a number of ``classes``."""

    features: Features
    classes: int
    usual: ClassVar[float] = 10.0

    @property
    def name(self) -> str:
        """Its name, for people."""
        return f"{self.features.name} + logistic regression"

    def tried(self, pool: LabelledPart, folds: Folds) -> Iterator[Tried]:
        """Each C with its probabilities of what each of the folds holds out."""
        learnt = self._learnt(pool)
        table = _table(learnt.vectors(pool.encoded), learnt.width)
        for penalty in SCALED_PENALTIES if self.features.scaled else PENALTIES:
            scores = [self._fitted(table[fit], pool.targets[fit], penalty, table[held]) for fit, held in folds]
            yield penalty, kernels.softmax(np.concatenate(scores))

    def fit(self, part: LabelledPart, setting: float) -> "LogisticRegression":
        """Fit with C = ``setting``; only this needs scikit-learn."""
        learnt = self._learnt(part)
        table = _table(learnt.vectors(part.encoded), learnt.width)
        weights, bias = _regression(table, part.targets, self.classes, setting, self.features.scaled)
        return LogisticRegression(weights, bias, learnt, self.name)

    def restore(self, arrays: Arrays) -> "LogisticRegression":
        """The inverse of `LogisticRegression.arrays`; InputError where they are damaged."""
        learnt, weights, bias = self.features.restore(arrays), arrays.get("W"), arrays.get("b")
        shape = self.classes, learnt.width
        if weights is None or bias is None or weights.shape != shape or bias.shape != shape[:1]:
            raise InputError(f"the baseline's weights are not {shape} and {shape[:1]}")
        if {weights.dtype, bias.dtype} != {np.dtype(np.float32)}:
            raise InputError(f"the baseline's weights are {weights.dtype} and {bias.dtype}; expected float32")
        return LogisticRegression(weights, bias, learnt, self.name)

    def _learnt(self, part: LabelledPart) -> LearntFeatures:
        return self.features.learn(part.encoded, min(MOST_FEATURES, MOST_WEIGHTS // self.classes))

    def _fitted(
        self, table: "csr_array", targets: NDArray[np.integer], penalty: float, held: "csr_array"
    ) -> NDArray[np.float64]:
        weights, bias = _regression(table, targets, self.classes, penalty, self.features.scaled)
        return np.asarray(held @ weights.T.astype(np.float64) + bias)


class LogisticRegression:
    """Weights (C, F) and bias (C,) over learnt ``features``."""

    def __init__(
        self, weights: NDArray[np.float32], bias: NDArray[np.float32], features: LearntFeatures, name: str
    ) -> None:
        self.weights, self.bias, self.features, self.name = weights, bias, features, name

    def scores(self, encoded: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        """Encoded inputs → scores (N, C), whose softmax is the distribution of the label."""
        vectors = self.features.vectors(encoded)
        scores = [self.weights[:, places] @ values + self.bias for places, values in vectors]
        return np.stack(scores).astype(float) if scores else np.zeros((0, len(self.bias)))

    def loss(self, part: LabelledPart) -> float:
        """Mean nats per example."""
        return classification_scores(kernels.softmax(self.scores(part.encoded)), part.targets)["loss"]

    def predictions(self, part: LabelledPart) -> Predictions:
        """The probabilities (N, C) of all examples, and their targets."""
        yield kernels.softmax(self.scores(part.encoded)), np.asarray(part.targets)

    def arrays(self) -> Arrays:
        """The arrays that `Linear.restore` reads."""
        return {"W": self.weights, "b": self.bias, **self.features.arrays()}


def _regression(
    table: "csr_array", targets: NDArray[np.integer], classes: int, penalty: float, scaled: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The weights (C, F) and the bias (C,) of scikit-learn's regression over rows (N, F) and their targets (N,).

    Where all targets are one class, it always answers with that class. ``scaled`` brings the columns to mean 0 and
    variance 1 for the fit; the weights are those of the columns as they are.
    """
    try:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression as Library
    except ModuleNotFoundError as error:
        raise MissingExtra("scikit-learn", "train", "the baseline of a classifier") from error
    weights, bias = np.zeros((classes, table.shape[1])), np.full(classes, NEVER)
    if len(only := np.unique(targets)) == 1:  # which scikit-learn refuses
        bias[only] = 0
        return weights.astype(np.float32), bias.astype(np.float32)
    mean, deviation = np.zeros(table.shape[1]), np.ones(table.shape[1])
    if scaled:
        dense = table.toarray()
        mean, deviation = dense.mean(0), np.where(dense.std(0) > 0, dense.std(0), 1)
        table = (dense - mean) / deviation
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what is nearly there is good enough
        fitted = Library(C=penalty, max_iter=ITERATIONS).fit(table, targets)
    rows, shift = fitted.coef_ / deviation, fitted.intercept_ - (fitted.coef_ / deviation) @ mean
    if len(fitted.classes_) == 2:  # one row of weights, for the second class
        rows, shift = np.concatenate([-rows, rows]) / 2, np.array([-1, 1]) * shift / 2
    weights[fitted.classes_], bias[fitted.classes_] = rows, shift
    return weights.astype(np.float32), bias.astype(np.float32)


def _table(vectors: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]], width: int) -> "csr_array":
    """Sparse vectors as a table (N, F)."""
    try:
        from scipy.sparse import csr_array
    except ModuleNotFoundError as error:
        raise MissingExtra("scipy", "train", "the baseline of a classifier") from error
    ends = np.cumsum([0, *(len(places) for places, _ in vectors)], dtype=np.int32)
    places = np.concatenate([np.zeros(0, np.int32), *(places.astype(np.int32) for places, _ in vectors)])
    values = np.concatenate([np.zeros(0, np.float32), *(values for _, values in vectors)])
    table = csr_array((values, places, ends), shape=(len(vectors), width))
    table.eliminate_zeros()
    return table
