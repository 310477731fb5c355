"""Logistic regression over one vector an input: what a user would do without a network."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError, MissingExtra

__all__ = ["LogisticRegression"]

Document = tuple[NDArray[np.int64], NDArray[np.float32]]


class LogisticRegression:
    """Weights W (C, F) and bias (C,); `fit` asks scikit-learn, answering needs numpy alone."""

    def __init__(self, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        self.weights, self.bias = weights, bias

    @classmethod
    def fit(
        cls, documents: Sequence[Document], targets: NDArray[np.integer], features: int, classes: int
    ) -> "LogisticRegression":
        """Scikit-learn's, with its default penalty; places and values of each document, targets (N,).

        Of targets that are all one class it learns that.
        """
        try:
            from scipy.sparse import csr_array
            from sklearn.linear_model import LogisticRegression as Library
        except ModuleNotFoundError as error:
            raise MissingExtra("scikit-learn", "train", "the baseline of a classifier") from error
        weights, bias = np.zeros((classes, features), np.float32), np.full(classes, -30, np.float32)
        if len(only := np.unique(targets)) == 1:  # which scikit-learn refuses
            bias[only] = 0
            return cls(weights, bias)
        starts = np.cumsum([0, *(len(places) for places, _ in documents)])
        places, values = (np.concatenate(column) for column in zip(*documents, strict=True))
        table = csr_array((values.astype(np.float64), places, starts), shape=(len(documents), features))
        fitted = Library(max_iter=2_000).fit(table, targets)
        if len(fitted.classes_) == 2:  # one row of weights, for the second class
            half = np.concatenate([-fitted.coef_, fitted.coef_]) / 2
            weights[fitted.classes_], bias[fitted.classes_] = half, np.array([-1, 1]) * fitted.intercept_ / 2
        else:
            weights[fitted.classes_], bias[fitted.classes_] = fitted.coef_, fitted.intercept_
        return cls(weights, bias)

    def scores(self, documents: Sequence[Document]) -> NDArray[np.float64]:
        """Documents → scores (N, C), whose softmax is the distribution of the label."""
        return np.stack([self.weights[:, places] @ values + self.bias for places, values in documents]).astype(float)

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """For `from_arrays`."""
        return {"W": self.weights, "b": self.bias}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], features: int, classes: int) -> "LogisticRegression":
        """From what `arrays` gave; InputError for other shapes."""
        weights, bias = arrays.get("W"), arrays.get("b")
        if weights is None or bias is None or weights.shape != (classes, features) or bias.shape != (classes,):
            raise InputError(f"the baseline's weights are not ({classes}, {features}) and ({classes},)")
        return cls(weights, bias)
