"""Parts of an encoder–decoder for single steps on numpy, their weights packed as the native code reads them: float32,
without noise. Each stands for the part whose settings it has, and gives what that one gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Array, Namespace, Noise, Tree, map_tree, recurrent_weights
from unrolled.kernels import steps as native_steps
from unrolled.layers import Attention, Memory, Recurrent
from unrolled.layers.attention import Additive, Dot, General, Scaled

__all__ = ["KINDS", "PackedAttention", "PackedLayers", "PackedMatrix", "SharedMemory", "packed", "shared"]

KINDS = (Additive, Dot, General, Scaled)  # of attention, that have a form here


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


class PackedMatrix:
    """A matrix (V, E) of a model's parameters, for x @ W.T: x of any axes, each row the same bits in any company."""

    __array_ufunc__ = None  # numpy leaves products with it to it

    def __init__(self, matrix: NDArray[np.float32]) -> None:
        self._own, self._layer = matrix, native_steps.Output(matrix, np.zeros(len(matrix), np.float32))

    @property
    def T(self) -> "PackedMatrix":
        """It stands for its transpose, too: there is one way to multiply with it."""
        return self

    def __rmatmul__(self, x: NDArray[np.float32]) -> NDArray[np.floating]:
        outputs, inputs = self._own.shape
        return self._layer.scores(x.reshape(-1, inputs)).reshape(*x.shape[:-1], outputs)

    def __rmul__(self, factor: NDArray[np.float32]) -> NDArray[np.float32]:
        return factor * self._own


def packed(params: Tree) -> Tree:
    """Parameters whose matrices are packed."""
    return map_tree(lambda array: PackedMatrix(array) if array.ndim == 2 and len(array) > 1 else array, params)


@dataclass(frozen=True)
class PackedLayers(Recurrent):
    """Recurrent layers of a cell that has a kernel."""

    stacks: tuple[native_steps.Stack, ...] = ()

    @classmethod
    def of(cls, own: Recurrent, params: Tree) -> "PackedLayers":
        """Layers with these settings and parameters."""
        weights = [recurrent_weights(params[str(i)]) for i in range(len(own.widths))]
        stacks = [native_steps.Stack(str(own.cell.kernel), None, [one]) for one in weights]
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
            read = y
            y, flat = self.stacks[i].read(read[:, None], None, _flat(before))
            last = before._make(np.split(flat, len(before), axis=1) if len(before) > 1 else [flat])
            after.append(last)
            y = y + read if self.residual and y.shape == read.shape else y
        return y[:, None], tuple(after)


def _flat(state: Sequence[Array]) -> Array:
    return state[0] if len(state) == 1 else np.concatenate(state, axis=1)


@dataclass(frozen=True)
class PackedAttention(Attention):
    """Attention to a `SharedMemory` of one of the kinds of `unrolled.layers.attention`."""

    own: Attention

    def forward(self, xp: Namespace, params: Tree, query: Array, memory: Memory) -> tuple[Array, Array]:
        """query (R, 1, Q) → context (R, 1, E), weights (R, 1, S)."""
        assert isinstance(memory, SharedMemory)
        additive = isinstance(self.own, Additive)
        q, v = (query @ params.W.T, params.v[0]) if additive else (query, None)
        scale = self.queries**-0.5 if isinstance(self.own, Scaled) else 1.0
        both = memory.keys, memory.values
        context, weights = native_steps.attend(q[:, 0], memory.source, memory.lengths, both, v, scale)
        return context[:, None], weights[:, None]

    def keys(self, params: Tree, values: Array) -> Array:
        """Values (N, S, E) → keys (N, S, A)."""
        return self.own.keys(params, values)

    def scores(self, xp: Namespace, params: Tree, query: Array, keys: Array) -> Array:
        """They never leave the native code."""
        raise NotImplementedError
