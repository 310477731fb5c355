"""Bodies turn a sequence into features, a vector for each step.

A body reads what its input gives: ids (B, T) of entries that have learned vectors, or vectors (B, T, D). `embed` turns
the first into the second, so that inspection can start from vectors.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from unrolled.arrays import NUMPY, Array, Namespace, Noise, State, Tree, checked_state
from unrolled.layers import Convolution, Dense, Embedding, Recurrent, dropout
from unrolled.layers.chunks import Read, read_in_chunks
from unrolled.layers.window import inside, moving_window
from unrolled.models.base import Composite

__all__ = ["Body", "RecurrentBody", "VectorBody", "WindowBody"]


class Body(Protocol):
    """What a model asks of its body."""

    @property
    def inputs(self) -> int:
        """D, features of the vectors that it reads."""

    @property
    def outputs(self) -> int:
        """E, features of a step."""

    @property
    def streams(self) -> bool:
        """Whether it can continue from a state, step by step."""

    def shapes(self) -> Tree:
        """The shape of each parameter."""

    def initial(self, rng: np.random.Generator) -> Tree:
        """Parameters to start training from, numpy arrays."""

    def embed(self, xp: Namespace, params: Tree, inputs: Array) -> Array:
        """Inputs (B, T) or (B, T, D) → what `forward` reads."""

    def forward(
        self,
        xp: Namespace,
        params: Tree,
        x: Array,
        state: State | None = None,
        lengths: Array | None = None,
        noise: Noise | None = None,
    ) -> tuple[Array, State]:
        """x as `embed` gives it → features (B, T, E), state; steps from ``lengths`` (B,) on are padding."""

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> State:
        """The state before the first step; ``like`` gives the dtype."""


@dataclass(frozen=True)
class _OverVectors(Composite):
    """Base of bodies over vectors: those of ``words``, or None where the inputs are vectors already."""

    words: Embedding | None

    def embed(self, xp: Namespace, params: Tree, inputs: Array) -> Array:
        """ids (B, T) → vectors (B, T, D); vectors stay as they are."""
        return inputs if self.words is None else self.words.forward(xp, params.words, inputs)


@dataclass(frozen=True)
class RecurrentBody(_OverVectors):
    """Vectors → recurrent layers (Mikolov et al. 2010; Zaremba et al. 2014), where there is a ``convolution`` over what
    that makes of them. The state is that of `Recurrent`, or a pair of the convolution's and that.

    ``dropout`` acts on the vectors that the layers read.
    """

    layers: Recurrent
    dropout: float = 0.0
    convolution: Convolution | None = field(default=None, repr=False)  # the repr is in the fingerprint of saved streams

    @property
    def inputs(self) -> int:
        """Features of a vector."""
        return self.layers.inputs if self.convolution is None else self.convolution.inputs

    @property
    def outputs(self) -> int:
        """Units of the last layer, in all directions."""
        return self.layers.outputs

    @property
    def streams(self) -> bool:
        """True, unless layers read in both directions."""
        return not self.layers.bidirectional

    def forward(
        self,
        xp: Namespace,
        params: Tree,
        x: Array,
        state: State | None = None,
        lengths: Array | None = None,
        noise: Noise | None = None,
    ) -> tuple[Array, State]:
        """Vectors (B, T, D) → features (B, T, H), state."""
        if self.convolution is None:
            x = dropout(x, self.dropout, noise, self.layers.variational)
            return self.layers.forward(xp, params.layers, x, state, lengths, noise)
        before, own = checked_state(state, self.zero_state(xp, x.shape[0], x))
        x, seen = self.convolution.forward(xp, params.convolution, x, before, lengths)
        x = dropout(x, self.dropout, noise, self.layers.variational)
        y, own = self.layers.forward(xp, params.layers, x, own, lengths, noise)
        return y, (seen, own)

    def read(self, xp: Namespace, params: Tree, x: Array) -> Array:
        """Vectors (B, T, D) → what the recurrent layers read of them."""
        return x if self.convolution is None else self.convolution.forward(xp, params.convolution, x)[0]

    def in_chunks(self, params: Tree, read: Read, count: int) -> Read:
        """`forward` of one long row, whose vectors come in ``count`` chunks."""
        front = self.convolution
        if front is None:
            return read_in_chunks(self.layers, params.layers, read, count)

        def convolved(chunk: int) -> Array:
            x = read(chunk)
            before, earlier = front.zero_state(NUMPY, 1, x)[:, :0], chunk
            while earlier > 0 and before.shape[1] < front.window - 1:
                earlier -= 1
                before = NUMPY.join_time([read(earlier), before])
            state = NUMPY.join_time([front.zero_state(NUMPY, 1, x), before])[:, before.shape[1] :]
            return front.forward(NUMPY, params.convolution, x, state)[0]

        return read_in_chunks(self.layers, params.layers, convolved, count)

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> State:
        """Zeros for every layer."""
        zero = self.layers.zero_state(xp, batch, like)
        return zero if self.convolution is None else (self.convolution.zero_state(xp, batch, like), zero)


@dataclass(frozen=True)
class WindowBody(Composite):
    """The feed-forward network over the vectors of the last ``window`` words (Bengio et al. 2003).

    Its hidden layer has units × (window · D) weights: they grow with the window, and what lies outside it is lost.
    The state is the last window - 1 ids (B, window - 1); before the beginning stands ``beginning``.
    """

    words: Embedding
    hidden: Dense
    window: int
    dropout: float = 0.0
    variational: bool = False
    beginning: int = 1

    @property
    def inputs(self) -> int:
        """Features of a vector."""
        return self.words.width

    @property
    def outputs(self) -> int:
        """Hidden units."""
        return self.hidden.outputs

    @property
    def streams(self) -> bool:
        """True: the window moves on."""
        return True

    def embed(self, xp: Namespace, params: Tree, inputs: Array) -> Array:
        """ids (B, T) as they are: the window keeps those."""
        return inputs

    def forward(
        self,
        xp: Namespace,
        params: Tree,
        x: Array,
        state: State | None = None,
        lengths: Array | None = None,
        noise: Noise | None = None,
    ) -> tuple[Array, State]:
        """ids (B, T) → features (B, T, units), state; rows of different lengths are not known here."""
        time = x.shape[1]
        state = checked_state(state, self.zero_state(xp, x.shape[0], params.words.vectors))
        seen = xp.join_time([state, x])  # (B, window - 1 + T)
        vectors = dropout(self.words.forward(xp, params.words, seen), self.dropout, noise, self.variational)
        return xp.tanh(self.hidden.forward(params.hidden, moving_window(xp, vectors, self.window))), seen[:, time:]

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> State:
        """A window full of ``beginning``."""
        window: State = xp.full_ids((batch, self.window - 1), self.beginning)
        return window


@dataclass(frozen=True)
class VectorBody(_OverVectors):
    """The vectors themselves, zero in the padding. Only the pooling may depend on their order."""

    inputs: int
    dropout: float = 0.0

    @property
    def outputs(self) -> int:
        """Features of a vector."""
        return self.inputs

    @property
    def streams(self) -> bool:
        """False: the pooling reads all vectors together."""
        return False

    def forward(
        self,
        xp: Namespace,
        params: Tree,
        x: Array,
        state: State | None = None,
        lengths: Array | None = None,
        noise: Noise | None = None,
    ) -> tuple[Array, State]:
        """Vectors (B, T, D) → the same, with zeros in the padding."""
        x = dropout(x, self.dropout, noise)
        return (x if lengths is None else inside(xp, x, lengths)), ()

    def in_chunks(self, params: Tree, read: Read, count: int) -> Read:
        """`forward` of one long row, whose vectors come in ``count`` chunks."""
        return read

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> State:
        """An empty state."""
        return ()
