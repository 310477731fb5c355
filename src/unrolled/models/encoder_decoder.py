"""Encoder–decoders (Sutskever et al. 2014; Cho et al. 2014) with attention (Bahdanau et al. 2015; Luong et al. 2015).

    m_1 … m_S = encoder(x_1 … x_S)          the memory: a vector for each step of the source
    s_0       = tanh(V mean(m) + b)          the bridge: where the decoder starts
    h_t       = decoder(y_{t-1}, h_{t-1})    what was written so far
    c_t, α_t  = attention(h_t, m)            the context: what to look at now, and the weights of each step
    u_t       = upper([h_t; c_t], u_{t-1})   what was looked at so far; left out with one layer
    r_t       = tanh(R [u_t; c_t; y_{t-1}] + b)
    p(y_t)    = softmax(E r_t + b)           E: the vectors of the target's words, where they are tied

Nothing that is written at a step but the token itself reaches the next one, so that the decoder reads a whole target in
one call of its kernel, and attention is one product. With ``feeding`` r_{t-1} stands beside y_{t-1} (input feeding,
Luong et al. 2015), and steps are taken one by one. One step is the same function, with T = 1. Attention that sees what
it covered takes its own steps one by one, as it is given all h_t.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from unrolled.arrays import Array, Namespace, Noise, State, Tree
from unrolled.layers import Attention, Covering, Dense, Embedding, Memory, Recurrent, dropout
from unrolled.models.base import Composite
from unrolled.models.heads import Softmax
from unrolled.models.pointer import Pointer, known

__all__ = ["Bridge", "DecoderState", "Dropouts", "Encoder", "EncoderDecoder", "TextEncoder"]


class Dropouts(NamedTuple):
    """The share dropped of the word vectors, of the memory, and of what the head reads."""

    words: float = 0.0
    memory: float = 0.0
    output: float = 0.0


class Encoder(Protocol):
    """Makes a memory of sources."""

    @property
    def outputs(self) -> int:
        """E, features of a step of the memory."""

    def steps(self, lengths: Array | None) -> Array | None:
        """How many steps of the memory count (B,), where ``lengths`` (B,) of the sources do; None for all."""

    def read(
        self, xp: Namespace, params: Tree, sources: Array, lengths: Array | None = None, noise: Noise | None = None
    ) -> Array:
        """Sources (B, S, …), of which ``lengths`` (B,) steps count → the memory (B, S, E)."""


@dataclass(frozen=True)
class TextEncoder(Composite):
    """Word vectors and recurrent layers over them. ``source`` is None where they are those of the target."""

    source: Embedding | None
    encoder: Recurrent
    dropout: float = 0.0

    @property
    def outputs(self) -> int:
        """Units of the last layer, in all directions."""
        return self.encoder.outputs

    def steps(self, lengths: Array | None) -> Array | None:
        """One for each token."""
        return lengths

    def read(
        self, xp: Namespace, params: Tree, sources: Array, lengths: Array | None = None, noise: Noise | None = None
    ) -> Array:
        """Ids (B, S) → the memory (B, S, E)."""
        vectors = params.words.vectors if self.source is None else params.source.vectors
        x = dropout(xp.take(vectors, sources), self.dropout, noise)
        return self.encoder.forward(xp, params.encoder, x, None, lengths, noise)[0]


class DecoderState(NamedTuple):
    """What a decoder remembers of B rows.

    ``fed`` (B, R) is what it read out last, or () without input feeding; ``covered`` (B, S) how much each step of the
    memory was attended to, or () where attention does not ask.
    """

    lower: State
    upper: State
    fed: Array | tuple[()]
    covered: Array | tuple[()] = ()


@dataclass(frozen=True)
class Bridge:
    """The first state of a decoder's layers: a dense layer of the memory's mean for each entry (B, H) of a state.

    Entries of other sizes, such as matrices, start from zeros.
    """

    memory: int
    layers: tuple[Recurrent, ...]

    @property
    def _sizes(self) -> list[int]:
        """The numbers of each entry that starts from the memory, in order; 0 for the others."""
        return [
            size if size == hidden else 0
            for layers in self.layers
            for hidden in layers.widths
            for size in layers.cell.state_sizes(hidden)
        ]

    def shapes(self) -> Tree:
        """W (all entries, E), b."""
        return Dense(self.memory, sum(self._sizes)).shapes()

    def initial(self, rng: np.random.Generator) -> Tree:
        """As a dense layer starts."""
        return Dense(self.memory, sum(self._sizes)).initial(rng)

    def forward(self, xp: Namespace, params: Tree, memory: Memory) -> list[State]:
        """The memory of B sources → the states of the decoder's layers."""
        count = memory.mask.sum(1)[:, None]
        mean = memory.values.sum(1) / xp.where(count > 0, count, count + 1)
        start, sizes, at = xp.tanh(mean @ params.W.T + params.b), iter(self._sizes), 0
        states = []
        for layers in self.layers:
            entries = []
            for zero in layers.zero_state(xp, mean.shape[0], mean):
                size_of, parts = [next(sizes) for _ in zero], []
                for entry, size in zip(zero, size_of, strict=True):
                    parts.append(start[:, at : at + size] if size else entry)
                    at += size
                entries.append(type(zero)(*parts))
            states.append(tuple(entries))
        return states


@dataclass(frozen=True)
class EncoderDecoder(Composite):
    """See the module. The names of its fields are those of its parameters; ``words`` are the target's vectors."""

    encoder: Encoder
    words: Embedding
    attention: Attention
    bridge: Bridge
    decoder: Recurrent
    upper: Recurrent | None
    readout: Dense
    output: Softmax
    pointer: Pointer | None = None
    dropouts: Dropouts = Dropouts()  # noqa: RUF009  an immutable tuple
    feeding: bool = False

    @classmethod
    def of(
        cls,
        encoder: Encoder,
        words: Embedding,
        attention: type[Attention],
        decoder: Recurrent,
        upper: Recurrent | None,
        dropouts: Dropouts,
        tied: bool = True,
        copying: bool = False,
    ) -> "EncoderDecoder":
        """A model whose parts fit together: ``decoder`` that reads more than words is fed what was read out last.

        What is read out is as wide as the word vectors, as it is compared with them. One that is ``copying`` reads
        sources of the target's vocabulary, extended: see `unrolled.models.pointer`.
        """
        recurrent = (decoder,) if upper is None else (decoder, upper)
        return cls(
            encoder,
            words,
            attention(decoder.outputs, encoder.outputs),
            Bridge(encoder.outputs, recurrent),
            decoder,
            upper,
            Dense(recurrent[-1].outputs + encoder.outputs + words.width, words.width),
            Softmax(words.vocabulary, words.width, tied),
            Pointer(words.width) if copying else None,
            dropouts,
            decoder.inputs > words.width,
        )

    def read(
        self, xp: Namespace, params: Tree, sources: Array, lengths: Array | None = None, noise: Noise | None = None
    ) -> Memory:
        """Sources (B, S), of which ``lengths`` (B,) steps count → what the decoder attends to."""
        sources = known(sources, self.words.vocabulary) if self.pointer else sources
        values = dropout(self.encoder.read(xp, params, sources, lengths, noise), self.dropouts.memory, noise)
        return self.attention.read(xp, params.get("attention", Tree()), values, self.encoder.steps(lengths))

    def start(self, xp: Namespace, params: Tree, memory: Memory) -> DecoderState:
        """The state before the first token."""
        states = self.bridge.forward(xp, params.bridge, memory)
        fed = xp.zeros((memory.values.shape[0], self.readout.outputs), memory.values) if self.feeding else ()
        covered = xp.zeros(tuple(memory.values.shape[:2]), memory.values) if self._covering else ()
        return DecoderState(states[0], () if self.upper is None else states[1], fed, covered)

    @property
    def _covering(self) -> bool:
        return isinstance(self.attention, Covering)

    def forward(
        self,
        xp: Namespace,
        params: Tree,
        memory: Memory,
        tokens: Array,
        state: DecoderState,
        lengths: Array | None = None,
        noise: Noise | None = None,
    ) -> tuple[Array, Array, DecoderState]:
        """tokens (B, T), each written before the step → features (B, T, R), attention (B, T, S), state.

        Steps from ``lengths`` (B,) on are padding: their features mean nothing.
        """
        tokens = known(tokens, self.words.vocabulary) if self.pointer else tokens
        y = dropout(self.words.forward(xp, params.words, tokens), self.dropouts.words, noise)
        if not self.feeding:
            return self._steps(xp, params, memory, y, state, lengths, noise)
        features, attention = [], []
        for t in range(tokens.shape[1]):
            alive = None if lengths is None else (lengths > t) * 1
            now, weights, state = self._steps(xp, params, memory, y[:, t : t + 1], state, alive, noise)
            state = state._replace(fed=now[:, 0])
            features.append(now)
            attention.append(weights)
        return xp.join_time(features), xp.join_time(attention), state

    def _steps(
        self,
        xp: Namespace,
        params: Tree,
        memory: Memory,
        y: Array,
        state: DecoderState,
        lengths: Array | None,
        noise: Noise | None,
    ) -> tuple[Array, Array, DecoderState]:
        """Word vectors (B, T, D) → features, attention, state; with input feeding T is 1."""
        read = xp.concat([y, state.fed[:, None]]) if self.feeding else y  # type: ignore[call-overload]
        h, lower = self.decoder.forward(xp, params.decoder, read, state.lower, lengths, noise)
        context, weights, covered = self._look(xp, params.get("attention", Tree()), h, memory, state.covered)
        upper = state.upper
        if self.upper is not None:
            above = xp.concat([h, context])  # the context is of a memory of which a share is dropped already
            u, upper = self.upper.forward(xp, params.upper, above, upper, lengths, noise)
            h = u + h if u.shape == h.shape else u
        features = xp.tanh(self.readout.forward(params.readout, xp.concat([h, context, y])))
        features = dropout(features, self.dropouts.output, noise)
        return features, weights, DecoderState(lower, upper, state.fed, covered)

    def _look(
        self, xp: Namespace, params: Tree, h: Array, memory: Memory, covered: Array | tuple[()]
    ) -> tuple[Array, Array, Array | tuple[()]]:
        """h (B, T, H) → context (B, T, E), weights (B, T, S), what is covered after."""
        if not isinstance(self.attention, Covering):
            return *self.attention.forward(xp, params, h, memory), covered
        contexts, every = [], []
        for t in range(h.shape[1]):
            context, weights, covered = self.attention.step(xp, params, h[:, t : t + 1], memory, covered)
            contexts.append(context)
            every.append(weights)
        return xp.join_time(contexts), xp.join_time(every), covered
