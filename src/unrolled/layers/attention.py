"""Attention: which steps of a source matter now. Scores of a query with each step, a softmax, a weighted mean.

    additive   v · tanh(W q + U m + b)     Bahdanau et al. 2015
    dot        q · m                       Luong et al. 2015
    general    q · (W m)                   Luong et al. 2015
    scaled     q · m / √d                  Vaswani et al. 2017

q is a query (of T steps of a decoder), m a step of the memory; keys are what m contributes, made once per source.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from unrolled.arrays import Array, Namespace, Tree
from unrolled.errors import InputError

__all__ = ["ATTENTIONS", "Additive", "Attention", "Covering", "Dot", "General", "GeneralByQuery", "Memory", "Scaled"]

_NEVER = -1e9  # the score of padding: its share is 0, and finite where there is nothing else


class Memory(NamedTuple):
    """What is attended to: B sources of S steps."""

    values: Array  # (B, S, E), zero in the padding
    keys: Array  # (B, S, A)
    mask: Array  # (B, S), 1 for steps, 0 for padding, in the dtype of the values


@dataclass(frozen=True)
class Attention(ABC):
    """Attention of ``queries`` numbers to steps of ``memory`` numbers."""

    queries: int
    memory: int
    kind: ClassVar[str]

    def shapes(self) -> Tree:
        """None; see the kinds."""
        return Tree()

    def initial(self, rng: np.random.Generator) -> Tree:
        """Each matrix uniform in ±1/√inputs, biases zero."""
        arrays = Tree()
        for name, shape in self.shapes().items():
            bound = shape[-1] ** -0.5
            arrays[name] = np.zeros(shape) if name == "b" else rng.uniform(-bound, bound, shape)
        return arrays

    def read(self, xp: Namespace, params: Tree, values: Array, lengths: Array | None = None) -> Memory:
        """Values (B, S, E), of which ``lengths`` (B,) steps count → what `forward` attends to.

        What stands in the padding, NaN included, reaches nothing.
        """
        mask = xp.zeros(tuple(values.shape[:2]), values)
        if lengths is None:
            mask = mask + 1
        else:
            inside = xp.arange(values.shape[1])[None, :] < lengths[:, None]
            values = xp.where(inside[..., None], values, xp.zeros((1,), values))
            mask = xp.where(inside, mask + 1, mask)
        return Memory(values, self.keys(params, values), mask)

    def forward(self, xp: Namespace, params: Tree, query: Array, memory: Memory) -> tuple[Array, Array]:
        """query (B, T, Q) → context (B, T, E), weights (B, T, S), which sum to 1; both zero for an empty source."""
        mask = memory.mask[:, None, :]
        scores = self.scores(xp, params, query, memory.keys)
        weights = xp.softmax(scores * mask + (1 - mask) * _NEVER) * mask
        return weights @ memory.values, weights

    @abstractmethod
    def keys(self, params: Tree, values: Array) -> Array:
        """Values (B, S, E) → keys (B, S, A)."""

    @abstractmethod
    def scores(self, xp: Namespace, params: Tree, query: Array, keys: Array) -> Array:
        """query (B, T, Q), keys (B, S, A) → scores (B, T, S)."""


@dataclass(frozen=True)
class Additive(Attention):
    """A small network of query and key, as wide as the query."""

    kind = "additive"

    def shapes(self) -> Tree:
        """W (Q, Q), U (Q, E), b (Q,), v (1, Q)."""
        size = self.queries
        return Tree(W=(size, size), U=(size, self.memory), b=(size,), v=(1, size))

    def keys(self, params: Tree, values: Array) -> Array:
        """U m + b."""
        return values @ params.U.T + params.b

    def scores(self, xp: Namespace, params: Tree, query: Array, keys: Array) -> Array:
        """v · tanh(W q + key)."""
        return (xp.tanh((query @ params.W.T)[:, :, None] + keys[:, None]) @ params.v.T)[..., 0]


@dataclass(frozen=True)
class Covering(Additive):
    """Additive attention that sees how much each step was attended to before (See et al. 2017, eq. 11).

        v · tanh(W q + U m + w s + b)     s: the sum of the step's weights so far

    It takes one step after another, as a step needs the weights of those before. What it attends to twice is the
    coverage loss of a step: Σ min(weights, s).
    """

    kind = "covering"

    def shapes(self) -> Tree:
        """Those of additive attention, and w (Q, 1)."""
        return Tree(super().shapes() | {"w": (self.queries, 1)})

    def step(self, xp: Namespace, params: Tree, query: Array, memory: Memory, covered: Array) -> tuple[Array, ...]:
        """query (B, 1, Q), covered (B, S), at first zeros → context (B, 1, E), weights (B, 1, S), covered."""
        seen = memory._replace(keys=memory.keys + covered[..., None] @ params.w.T)
        context, weights = self.forward(xp, params, query, seen)
        return context, weights, covered + weights[:, 0]


@dataclass(frozen=True)
class Dot(Attention):
    """The plain product, for queries as wide as the memory."""

    kind = "dot"

    def __post_init__(self) -> None:
        if self.queries != self.memory:
            raise InputError(
                f"{self.kind} attention multiplies {self.queries} numbers with {self.memory}; expected as many: "
                "take general or additive attention"
            )

    def keys(self, params: Tree, values: Array) -> Array:
        """The memory itself."""
        return values

    def scores(self, xp: Namespace, params: Tree, query: Array, keys: Array) -> Array:
        """Q · m."""
        return query @ keys.swapaxes(1, 2)


@dataclass(frozen=True)
class Scaled(Dot):
    """The plain product, divided by the root of its length so that its spread does not grow with it."""

    kind = "scaled"

    def scores(self, xp: Namespace, params: Tree, query: Array, keys: Array) -> Array:
        """Q · m / √d."""
        return super().scores(xp, params, query, keys) * self.queries**-0.5


@dataclass(frozen=True)
class General(Attention):
    """A bilinear product."""

    kind = "general"

    def shapes(self) -> Tree:
        """W (Q, E)."""
        return Tree(W=(self.queries, self.memory))

    def keys(self, params: Tree, values: Array) -> Array:
        """W m."""
        return values @ params.W.T

    def scores(self, xp: Namespace, params: Tree, query: Array, keys: Array) -> Array:
        """Q · (W m)."""
        return query @ keys.swapaxes(1, 2)


@dataclass(frozen=True)
class GeneralByQuery(General):
    """General attention that multiplies the query, (q W) · m, not the memory: the same but for rounding.

    It costs less where a source has more steps than its target, and keys need not be kept for many steps, as in
    training; it has no name of its own among the kinds.
    """

    def keys(self, params: Tree, values: Array) -> Array:
        """The memory itself."""
        return values

    def scores(self, xp: Namespace, params: Tree, query: Array, keys: Array) -> Array:
        """(q W) · m."""
        return (query @ params.W) @ keys.swapaxes(1, 2)


ATTENTIONS: dict[str, type[Attention]] = {kind.kind: kind for kind in (Additive, Dot, General, Scaled)}
"""Every kind of attention by its name."""
