"""Language models: which item comes next, given all that came before.

Both have one face, so that training, streaming and evaluation know only that: ids (B, T) and a state give features
(B, T, E) and the next state, and `output` gives the matrix (V, E) and bias (V,) that turn features into scores.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from unrolled.arrays import Array, Namespace, Noise, Tree, checked_state
from unrolled.cells import CELLS
from unrolled.errors import InputError
from unrolled.layers import Dense, Embedding, Recurrent, dropout

__all__ = ["DenseLanguageModel", "LanguageModel", "RecurrentLanguageModel", "next_probabilities"]


class LanguageModel(Protocol):
    """What a language model is to the rooms that use it."""

    def shapes(self) -> Tree:
        """The shape of each parameter."""

    def initial(self, rng: np.random.Generator) -> Tree:
        """Parameters to start training from, numpy arrays."""

    def forward(
        self, xp: Namespace, params: Any, ids: Array, state: Any = None, noise: Noise | None = None
    ) -> tuple[Array, Any]:
        """ids (B, T) → features (B, T, E), state."""

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> Any:
        """The state before the first item; ``like`` gives the dtype."""

    def output(self, params: Any) -> tuple[Array, Array]:
        """The output layer: weights (V, E), bias (V,)."""


def next_probabilities(xp: Namespace, model: LanguageModel, params: Any, features: Array) -> Array:
    """features (…, E) → probabilities (…, V) of the next item."""
    weights, bias = model.output(params)
    return xp.softmax(features @ weights.T + bias)


@dataclass(frozen=True)
class RecurrentLanguageModel:
    """Word vectors → recurrent layers → scores (Mikolov et al. 2010; Zaremba et al. 2014).

    ``tied``: the output layer's matrix is that of the word vectors (Inan et al. 2017; Press & Wolf 2017); the last
    layer's width must then be ``embedding``. The state is that of `Recurrent`.
    """

    vocabulary: int
    embedding: int
    widths: tuple[int, ...]
    cell: str = "lstm"
    tied: bool = True
    dropout: float = 0.0
    variational: bool = False

    def __post_init__(self) -> None:
        if self.tied and self.widths[-1] != self.embedding:
            raise InputError(
                f"the last of widths is {self.widths[-1]}; tied to the word vectors it is {self.embedding}"
            )

    @property
    def words(self) -> Embedding:
        return Embedding(self.vocabulary, self.embedding)

    @property
    def layers(self) -> Recurrent:
        return Recurrent(CELLS[self.cell], self.embedding, self.widths, False, self.dropout, self.variational)

    def shapes(self) -> Tree:
        output = Tree(b=(self.vocabulary,))
        if not self.tied:
            output["W"] = (self.vocabulary, self.widths[-1])
        return Tree(words=self.words.shapes(), layers=self.layers.shapes(), output=output)

    def initial(self, rng: np.random.Generator) -> Tree:
        output = Tree(b=np.zeros(self.vocabulary))
        words, layers = self.words.initial(rng), self.layers.initial(rng)
        if not self.tied:
            output["W"] = Dense(self.widths[-1], self.vocabulary).initial(rng).W
        return Tree(words=words, layers=layers, output=output)

    def forward(
        self, xp: Namespace, params: Any, ids: Array, state: Any = None, noise: Noise | None = None
    ) -> tuple[Array, Any]:
        x = dropout(self.words.forward(xp, params.words, ids), self.dropout, noise, self.variational)
        y, state = self.layers.forward(xp, params.layers, x, state, None, noise)
        return dropout(y, self.dropout, noise, self.variational), state

    def scores(
        self, xp: Namespace, params: Any, x: Array, lengths: Array | None = None, noise: Noise | None = None
    ) -> Array:
        """Word vectors (B, T, embedding), lengths (B,) from 1 to T → scores (B, V) of what follows each row's last."""
        y, _ = self.layers.forward(xp, params.layers, x, None, lengths, noise)
        last = y[:, -1] if lengths is None else xp.gather_time(y, (lengths - 1)[:, None])[:, 0]
        weights, bias = self.output(params)
        return last @ weights.T + bias

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> Any:
        return self.layers.zero_state(xp, batch, like)

    def output(self, params: Any) -> tuple[Array, Array]:
        return (params.words.vectors if self.tied else params.output.W), params.output.b


@dataclass(frozen=True)
class DenseLanguageModel:
    """The feed-forward network over the vectors of the last ``window`` words (Bengio et al. 2003).

    Its hidden layer has width × (window · embedding) weights: they grow with the window, and what lies outside the
    window is lost. The state is the last window - 1 ids (B, window - 1); before the beginning stands ``beginning``.
    """

    vocabulary: int
    embedding: int
    width: int
    window: int
    tied: bool = True
    dropout: float = 0.0
    variational: bool = False
    beginning: int = 1

    def __post_init__(self) -> None:
        if self.tied and self.width != self.embedding:
            raise InputError(f"the hidden layer has {self.width} units; tied to word vectors it needs {self.embedding}")

    @property
    def words(self) -> Embedding:
        return Embedding(self.vocabulary, self.embedding)

    @property
    def hidden(self) -> Dense:
        return Dense(self.window * self.embedding, self.width)

    def shapes(self) -> Tree:
        output = Tree(b=(self.vocabulary,))
        if not self.tied:
            output["W"] = (self.vocabulary, self.width)
        return Tree(words=self.words.shapes(), hidden=self.hidden.shapes(), output=output)

    def initial(self, rng: np.random.Generator) -> Tree:
        output = Tree(b=np.zeros(self.vocabulary))
        words, hidden = self.words.initial(rng), self.hidden.initial(rng)
        if not self.tied:
            output["W"] = Dense(self.width, self.vocabulary).initial(rng).W
        return Tree(words=words, hidden=hidden, output=output)

    def forward(
        self, xp: Namespace, params: Any, ids: Array, state: Any = None, noise: Noise | None = None
    ) -> tuple[Array, Any]:
        batch, time = ids.shape
        state = checked_state(state, self.zero_state(xp, batch, params.words.vectors))
        seen = xp.join_time([state, ids])  # (B, window - 1 + T)
        vectors = self.words.forward(xp, params.words, seen)
        vectors = dropout(vectors, self.dropout, noise, self.variational)
        windows = xp.concat([vectors[:, i : i + time] for i in range(self.window)])  # (B, T, window * E), oldest first
        y = xp.tanh(self.hidden.forward(params.hidden, windows))
        return dropout(y, self.dropout, noise, self.variational), seen[:, time:]

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> Any:
        return xp.full_ids((batch, self.window - 1), self.beginning)

    def output(self, params: Any) -> tuple[Array, Array]:
        return (params.words.vectors if self.tied else params.output.W), params.output.b
