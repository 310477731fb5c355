"""Classifiers: a sequence → one label.

All three read vectors (B, T, D) and differ in what order is to them: a bag has none, a dense network has a window whose
weights grow with it, a recurrent network a memory whose weights do not. Where ``vocabulary`` is not 0 the inputs are
ids (B, T) of words that have learned vectors; else they are the vectors themselves.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from unrolled.arrays import Array, Namespace, Noise, Tree
from unrolled.cells import CELLS
from unrolled.layers import Dense, Embedding, Pooling, Recurrent, dropout

__all__ = ["BagClassifier", "Classifier", "DenseClassifier", "RecurrentClassifier", "rows_at_once", "vectors"]

_NUMBERS = 2**25  # of the vectors in memory at once


class Classifier(Protocol):
    """What a classifier is to the rooms that use it."""

    @property
    def vocabulary(self) -> int: ...

    @property
    def width(self) -> int: ...

    @property
    def words(self) -> Embedding: ...

    @property
    def dropout(self) -> float: ...

    def shapes(self) -> Tree:
        """The shape of each parameter."""

    def initial(self, rng: np.random.Generator) -> Tree:
        """Parameters to start training from, numpy arrays."""

    def scores(self, xp: Namespace, params: Any, x: Array, lengths: Array, noise: Noise | None = None) -> Array:
        """Vectors (B, T, D), lengths (B,) → scores (B, C), whose softmax is the distribution of the label."""


def vectors(xp: Namespace, model: Classifier, params: Any, inputs: Array) -> Array:
    """The vectors (B, T, D) of ids (B, T); vectors stay as they are."""
    return model.words.forward(xp, params.words, inputs) if model.vocabulary else inputs


def rows_at_once(model: Classifier, longest: int, most: int) -> int:
    """How many rows of ``longest`` steps to read side by side: 1 to ``most``, by the memory that their vectors take."""
    return max(1, min(most, _NUMBERS // max(1, longest * model.width)))


@dataclass(frozen=True)
class _Inputs:
    """What all classifiers share: ``vocabulary`` words (0: vectors are given) of ``width`` features, C ``classes``."""

    vocabulary: int
    width: int
    classes: int
    dropout: float = 0.0

    @property
    def words(self) -> Embedding:
        return Embedding(self.vocabulary, self.width)

    def _shapes(self, **layers: Any) -> Tree:
        trees = {name: layer.shapes() for name, layer in layers.items()}
        words = {"words": self.words.shapes()} if self.vocabulary else {}
        return Tree({name: tree for name, tree in {**words, **trees}.items() if tree})

    def _initial(self, rng: np.random.Generator, **layers: Any) -> Tree:
        trees = {name: layer.initial(rng) for name, layer in layers.items()}
        words = {"words": self.words.initial(rng)} if self.vocabulary else {}
        return Tree({name: tree for name, tree in {**words, **trees}.items() if tree})


@dataclass(frozen=True)
class BagClassifier(_Inputs):
    """The mean of the vectors → scores: the same for any order of the words."""

    @property
    def output(self) -> Dense:
        return Dense(self.width, self.classes)

    def shapes(self) -> Tree:
        return self._shapes(output=self.output)

    def initial(self, rng: np.random.Generator) -> Tree:
        return self._initial(rng, output=self.output)

    def scores(self, xp: Namespace, params: Any, x: Array, lengths: Array, noise: Noise | None = None) -> Array:
        x = _inside(xp, dropout(x, self.dropout, noise), lengths)
        return self.output.forward(params.output, Pooling("mean", self.width).forward(xp, {}, x, lengths))


@dataclass(frozen=True)
class DenseClassifier(_Inputs):
    """The vectors of the first ``window`` steps side by side → tanh units → scores.

    The hidden layer has units × (window · width) weights: they grow with the window, and what lies outside is not seen.
    """

    units: int = 128
    window: int = 30

    @property
    def hidden(self) -> Dense:
        return Dense(self.window * self.width, self.units)

    @property
    def output(self) -> Dense:
        return Dense(self.units, self.classes)

    def shapes(self) -> Tree:
        return self._shapes(hidden=self.hidden, output=self.output)

    def initial(self, rng: np.random.Generator) -> Tree:
        return self._initial(rng, hidden=self.hidden, output=self.output)

    def scores(self, xp: Namespace, params: Any, x: Array, lengths: Array, noise: Noise | None = None) -> Array:
        batch, time = x.shape[:2]
        x = _inside(xp, dropout(x, self.dropout, noise), lengths)
        if time < self.window:
            x = xp.join_time([x, xp.zeros((batch, self.window - time, self.width), x)])
        side_by_side = x[:, : self.window].reshape(batch, self.window * self.width)
        h = xp.tanh(self.hidden.forward(params.hidden, side_by_side))
        return self.output.forward(params.output, dropout(h[:, None], self.dropout, noise)[:, 0])


@dataclass(frozen=True)
class RecurrentClassifier(_Inputs):
    """Vectors → recurrent layers → pooling over time → scores."""

    widths: tuple[int, ...] = (128,)
    cell: str = "lstm"
    bidirectional: bool = False
    pooling: str = "last"

    @property
    def layers(self) -> Recurrent:
        return Recurrent(CELLS[self.cell], self.width, self.widths, self.bidirectional, self.dropout)

    @property
    def pool(self) -> Pooling:
        return Pooling(self.pooling, self.layers.outputs, self.bidirectional)

    @property
    def output(self) -> Dense:
        return Dense(self.layers.outputs, self.classes)

    def shapes(self) -> Tree:
        return self._shapes(layers=self.layers, pool=self.pool, output=self.output)

    def initial(self, rng: np.random.Generator) -> Tree:
        return self._initial(rng, layers=self.layers, pool=self.pool, output=self.output)

    def scores(self, xp: Namespace, params: Any, x: Array, lengths: Array, noise: Noise | None = None) -> Array:
        y, _ = self.layers.forward(xp, params.layers, dropout(x, self.dropout, noise), None, lengths, noise)
        pooled = self.pool.forward(xp, params.get("pool"), y, lengths)
        return self.output.forward(params.output, dropout(pooled[:, None], self.dropout, noise)[:, 0])


def _inside(xp: Namespace, x: Array, lengths: Array) -> Array:
    """x (B, T, D) with zeros in the padding, whatever stood there."""
    alive = xp.arange(x.shape[1])[None] < lengths[:, None]
    return xp.where(alive[..., None], x, xp.zeros(x.shape, x))
