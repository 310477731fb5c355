"""Logistic regression over one vector for each input: the baseline of labelled examples."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.baselines.base import Arrays, BaselineKind, Predictions, Sizes
from unrolled.errors import InputError, MissingExtra
from unrolled.metrics.classification import classification_scores

__all__ = ["LOGISTIC_REGRESSION", "Documents", "LogisticRegression"]

Document = tuple[NDArray[np.int64], NDArray[np.float32]]


class Documents(NamedTuple):
    """Examples as sparse vectors of features, and their targets (N,)."""

    documents: Sequence[Document]
    targets: NDArray[np.integer]


class LogisticRegression:
    """Weights (C, F) and bias (C,) over features named ``of``; only `fit` needs scikit-learn."""

    def __init__(self, weights: NDArray[np.float32], bias: NDArray[np.float32], of: str = "features") -> None:
        self.weights, self.bias, self.of = weights, bias, of

    @property
    def name(self) -> str:
        """Its name, for people."""
        return f"{self.of} + logistic regression"

    @classmethod
    def fit(
        cls,
        documents: Sequence[Document],
        targets: NDArray[np.integer],
        features: int,
        classes: int,
        of: str = "features",
    ) -> "LogisticRegression":
        """Fit scikit-learn's regression with its default penalty to documents and their targets (N,).

        Where all targets are one class, it always answers with that class.
        """
        try:
            from scipy.sparse import csr_array
            from sklearn.linear_model import LogisticRegression as Library
        except ModuleNotFoundError as error:
            raise MissingExtra("scikit-learn", "train", "the baseline of a classifier") from error
        weights, bias = np.zeros((classes, features), np.float32), np.full(classes, -30, np.float32)
        if len(only := np.unique(targets)) == 1:  # which scikit-learn refuses
            bias[only] = 0
            return cls(weights, bias, of)
        starts = np.cumsum([0, *(len(places) for places, _ in documents)])
        places, values = (np.concatenate(column) for column in zip(*documents, strict=True))
        table = csr_array((values.astype(np.float64), places, starts), shape=(len(documents), features))
        fitted = Library(max_iter=2_000).fit(table, targets)
        if len(fitted.classes_) == 2:  # one row of weights, for the second class
            half = np.concatenate([-fitted.coef_, fitted.coef_]) / 2
            weights[fitted.classes_], bias[fitted.classes_] = half, np.array([-1, 1]) * fitted.intercept_ / 2
        else:
            weights[fitted.classes_], bias[fitted.classes_] = fitted.coef_, fitted.intercept_
        return cls(weights, bias, of)

    def scores(self, documents: Sequence[Document]) -> NDArray[np.float64]:
        """Documents → scores (N, C), whose softmax is the distribution of the label."""
        return np.stack([self.weights[:, places] @ values + self.bias for places, values in documents]).astype(float)

    def loss(self, part: Documents) -> float:
        """Mean nats per example."""
        return classification_scores(kernels.softmax(self.scores(part.documents)), part.targets)["loss"]

    def predictions(self, part: Documents) -> Predictions:
        """The probabilities (N, C) of all examples, and their targets."""
        yield kernels.softmax(self.scores(part.documents)), np.asarray(part.targets)

    def arrays(self) -> Arrays:
        """The arrays that `from_arrays` reads."""
        return {"W": self.weights, "b": self.bias}

    @classmethod
    def from_arrays(cls, arrays: Arrays, features: int, classes: int, of: str = "features") -> "LogisticRegression":
        """The inverse of `arrays`; InputError for other shapes."""
        weights, bias = arrays.get("W"), arrays.get("b")
        if weights is None or bias is None or weights.shape != (classes, features) or bias.shape != (classes,):
            raise InputError(f"the baseline's weights are not ({classes}, {features}) and ({classes},)")
        return cls(weights, bias, of)


def _fit(train: Documents, valid: Documents, sizes: Sizes) -> LogisticRegression:
    return LogisticRegression.fit(train.documents, train.targets, sizes.features, sizes.outcomes, sizes.of)


def _restore(arrays: Arrays, sizes: Sizes) -> LogisticRegression:
    return LogisticRegression.from_arrays(arrays, sizes.features, sizes.outcomes, sizes.of)


LOGISTIC_REGRESSION = BaselineKind(_fit, _restore)
"""Logistic regression as the baseline of labelled examples."""
