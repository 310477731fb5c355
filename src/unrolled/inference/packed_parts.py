"""Parts of an encoder–decoder for single steps on numpy, their weights packed as the native code reads them: float32,
without noise. Each stands for the part whose settings it has, and gives what that one gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.arrays import Array, Namespace, Noise, Tree, recurrent_weights
from unrolled.kernels import steps as native_steps
from unrolled.layers import Attention, Dense, Memory, Recurrent
from unrolled.layers.attention import Additive, Dot, General, Scaled
from unrolled.models.encoder_decoder import Bridge

__all__ = ["PackedAttention", "PackedBridge", "PackedDense", "PackedLayers", "SharedMemory"]


class SharedMemory(Memory):
    """A memory of N sources that R rows attend to."""

    lengths: NDArray[np.int64]  # (N,)
    source: NDArray[np.int64]  # (R,)

    def among(self, source: NDArray[np.int64]) -> "SharedMemory":
        """The same memory for other rows."""
        return shared(self, self.lengths, source)


def shared(memory: Memory, lengths: NDArray[np.int64], source: NDArray[np.int64]) -> SharedMemory:
    """The memory of N sources of these lengths (N,), for rows (R,) that read one each."""
    values, keys = (np.ascontiguousarray(array) for array in (memory.values, memory.keys))
    found = SharedMemory(values, keys, memory.mask)
    found.lengths, found.source = lengths, source
    return found


@dataclass(frozen=True)
class PackedLayers(Recurrent):
    """Recurrent layers; those of a cell without a kernel take the cell's own step."""

    stacks: tuple[native_steps.Stack | None, ...] = ()

    @classmethod
    def of(cls, own: Recurrent, params: Tree) -> "PackedLayers":
        """Layers with these settings and parameters."""
        has_kernel = own.cell.kernel in kernels.RECURRENT
        weights = [recurrent_weights(params[str(i)]) if has_kernel else None for i in range(len(own.widths))]
        stacks = [None if one is None else native_steps.Stack(str(own.cell.kernel), None, [one]) for one in weights]
        return cls(own.cell, own.inputs, own.widths, residual=own.residual, stacks=tuple(stacks))

    def forward(
        self,
        xp: Namespace,
        params: Tree,
        x: Array,
        state: tuple[Any, ...] | None = None,
        lengths: Array | None = None,
        noise: Noise | None = None,
    ) -> tuple[Array, tuple[Any, ...]]:
        """x (R, 1, inputs), state → y (R, 1, outputs), state."""
        after, y = [], x[:, 0]
        for i, before in enumerate(state or ()):
            read, stack = y, self.stacks[i]
            if stack is None:
                y, last = self.cell.step(xp, params[str(i)], read, before)
            else:
                y, flat = stack.read(read[:, None], None, _flat(before))
                last = before._make(np.split(flat, len(before), axis=1) if len(before) > 1 else [flat])
            after.append(last)
            y = y + read if self.residual and y.shape == read.shape else y
        return y[:, None], tuple(after)


def _flat(state: Sequence[Array]) -> Array:
    return state[0] if len(state) == 1 else np.concatenate(state, axis=1)


@dataclass(frozen=True)
class PackedDense(Dense):
    """A dense layer."""

    layer: native_steps.Output

    @classmethod
    def of(cls, own: Dense, params: Tree) -> "PackedDense":
        """The layer with these settings and parameters."""
        return cls(own.inputs, own.outputs, native_steps.Output(params.W, params.b))

    def forward(self, params: Tree, x: Array) -> Array:
        """X (R, 1, inputs) → (R, 1, outputs)."""
        return self.layer.scores(x[:, 0])[:, None]


@dataclass(frozen=True)
class PackedBridge(Bridge):
    """A bridge."""

    layer: native_steps.Output

    @classmethod
    def of(cls, own: Bridge, params: Tree) -> "PackedBridge":
        """The bridge with these settings and parameters."""
        return cls(own.memory, own.layers, native_steps.Output(params.W, params.b))

    def product(self, params: Tree, mean: Array) -> Array:
        """Mean (B, E) → all entries, before the tanh."""
        return self.layer.scores(mean)


@dataclass(frozen=True)
class PackedAttention(Attention):
    """Attention to a `SharedMemory`: the kinds of `unrolled.layers.attention`."""

    key: native_steps.Output | None
    query: native_steps.Output | None
    v: NDArray[np.float32] | None
    scale: float

    @classmethod
    def of(cls, own: Attention, params: Tree) -> "PackedAttention | None":
        """Attention with these settings and parameters; None for a kind that is not known here."""
        none = np.zeros(own.queries, np.float32)
        if isinstance(own, Additive):
            key, query = native_steps.Output(params.U, params.b), native_steps.Output(params.W, none)
            return cls(own.queries, own.memory, key, query, params.v[0], 1.0)
        if isinstance(own, General):
            return cls(own.queries, own.memory, native_steps.Output(params.W, none), None, None, 1.0)
        if isinstance(own, Dot):
            return cls(own.queries, own.memory, None, None, None, own.queries**-0.5 if isinstance(own, Scaled) else 1.0)
        return None

    def forward(self, xp: Namespace, params: Tree, query: Array, memory: Memory) -> tuple[Array, Array]:
        """query (R, 1, Q) → context (R, 1, E), weights (R, 1, S)."""
        assert isinstance(memory, SharedMemory)
        q = np.ascontiguousarray(query[:, 0]) if self.query is None else self.query.scores(query[:, 0])
        both = memory.keys, memory.values
        context, weights = native_steps.attend(q, memory.source, memory.lengths, both, self.v, self.scale)
        return context[:, None], weights[:, None]

    def keys(self, params: Tree, values: Array) -> Array:
        """Values (N, S, E) → keys (N, S, A)."""
        if self.key is None:
            return values
        return self.key.scores(values.reshape(-1, self.memory)).reshape(*values.shape[:2], self.queries)

    def scores(self, xp: Namespace, params: Tree, query: Array, keys: Array) -> Array:
        """They never leave the native code."""
        raise NotImplementedError
