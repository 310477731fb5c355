"""Heads turn features into scores, and scores into a loss and probabilities.

A head reads the whole tree of parameters, as its weights may be those of another layer; its own are called output.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from unrolled.arrays import Array, Namespace, Tree
from unrolled.layers import Dense

__all__ = ["Bernoulli", "Classes", "Head", "Softmax"]


class Head(Protocol):
    """What a model asks of its head."""

    @property
    def outcomes(self) -> int:
        """K, the number of scores."""

    def shapes(self) -> Tree:
        """The shape of each parameter."""

    def initial(self, rng: np.random.Generator) -> Tree:
        """Parameters to start training from, numpy arrays."""

    def matrix(self, params: Tree) -> tuple[Array, Array]:
        """The output layer: weights (K, E) and bias (K,)."""

    def scores(self, params: Tree, features: Array) -> Array:
        """features (…, E) → scores (…, K)."""

    def loss(self, xp: Namespace, params: Tree, features: Array, targets: Array, weights: Array | None = None) -> Array:
        """Nats, summed over the rows of features (N, E), each times its weight (N,)."""

    def predicted(self, xp: Namespace, scores: Array) -> Array:
        """Scores (…, K) → the predictions that measures read."""


@dataclass(frozen=True)
class Softmax:
    """One of K items: p = softmax(W y + b).

    ``tied``: W is the matrix of the word vectors (Inan et al. 2017; Press & Wolf 2017).
    """

    outcomes: int
    features: int
    tied: bool = False

    def shapes(self) -> Tree:
        """b (K,) and, where it is not tied, W (K, E)."""
        shapes = Tree(b=(self.outcomes,))
        return shapes if self.tied else Tree(shapes | {"W": (self.outcomes, self.features)})

    def initial(self, rng: np.random.Generator) -> Tree:
        """W as a dense layer starts it, b zero."""
        arrays = Tree(b=np.zeros(self.outcomes))
        return arrays if self.tied else Tree(arrays | {"W": Dense(self.features, self.outcomes).initial(rng).W})

    def matrix(self, params: Tree) -> tuple[Array, Array]:
        """Weights (K, E), bias (K,)."""
        return (params.words.vectors if self.tied else params.output.W), params.output.b

    def scores(self, params: Tree, features: Array) -> Array:
        """features (…, E) → scores (…, K)."""
        weights, bias = self.matrix(params)
        return features @ weights.T + bias

    def loss(self, xp: Namespace, params: Tree, features: Array, targets: Array, weights: Array | None = None) -> Array:
        """-log p of the targets (N,), summed; the scores of all rows together are never kept, unless ``weights``."""
        if weights is None:
            return xp.cross_entropy(features, *self.matrix(params), targets)
        return (self.surprise(xp, params, features, targets) * weights).sum()

    def surprise(self, xp: Namespace, params: Tree, features: Array, targets: Array) -> Array:
        """-log p (N,) of each target."""
        return _surprise(xp, self.scores(params, features), targets)

    def predicted(self, xp: Namespace, scores: Array) -> Array:
        """Probabilities (…, K)."""
        return xp.softmax(scores)


@dataclass(frozen=True)
class _DenseHead:
    """Base of heads whose scores are those of a dense layer: W (K, E), b (K,)."""

    outcomes: int
    features: int

    @property
    def _dense(self) -> Dense:
        return Dense(self.features, self.outcomes)

    def shapes(self) -> Tree:
        """W (K, E) and b (K,)."""
        return self._dense.shapes()

    def initial(self, rng: np.random.Generator) -> Tree:
        """W and b as a dense layer starts them."""
        return self._dense.initial(rng)

    def matrix(self, params: Tree) -> tuple[Array, Array]:
        """Weights (K, E), bias (K,)."""
        return params.output.W, params.output.b

    def scores(self, params: Tree, features: Array) -> Array:
        """features (…, E) → scores (…, K)."""
        return self._dense.forward(params.output, features)


@dataclass(frozen=True)
class Bernoulli(_DenseHead):
    """K keys, each on or off by itself: p_k = σ(V y + b)_k (Boulanger-Lewandowski et al. 2012, their "RNN")."""

    def loss(self, xp: Namespace, params: Tree, features: Array, targets: Array, weights: Array | None = None) -> Array:
        """-log p of the frames ``targets`` (N, K) of zeros and ones, summed over rows and keys."""
        scores = self.scores(params, features)
        nats = -(targets * xp.log_sigmoid(scores) + (1 - targets) * xp.log_sigmoid(-scores)).sum(-1)
        return nats.sum() if weights is None else (nats * weights).sum()

    def predicted(self, xp: Namespace, scores: Array) -> Array:
        """The log-odds themselves, as probabilities close to 1 would be rounded to 1."""
        return scores


@dataclass(frozen=True)
class Classes(_DenseHead):
    """One of K classes of a whole sequence: p = softmax(W y + b)."""

    def loss(self, xp: Namespace, params: Tree, features: Array, targets: Array, weights: Array | None = None) -> Array:
        """-log p of the classes ``targets`` (N,), summed."""
        nats = _surprise(xp, self.scores(params, features), targets)
        return nats.sum() if weights is None else (nats * weights).sum()

    def predicted(self, xp: Namespace, scores: Array) -> Array:
        """Probabilities (…, K)."""
        return xp.softmax(scores)


def _surprise(xp: Namespace, scores: Array, targets: Array) -> Array:
    """-log softmax(scores (N, K)) of each row's target (N,)."""
    chosen = xp.gather_time(xp.log_softmax(scores)[:, :, None], targets[:, None])
    return -chosen[:, 0, 0]
