"""Long sequences read chunk by chunk, in both directions, in memory that hardly grows with their length."""

from collections.abc import Callable
from typing import Any

from unrolled.arrays import NUMPY, Array, Layout, Tree
from unrolled.cells import run, zero_state
from unrolled.layers.recurrent import Recurrent

__all__ = ["Read", "read_in_chunks"]

Read = Callable[[int], Array]
"""What stands in a chunk of a sequence, by its number: (1, T, features)."""
_KEPT = 64  # chunks whose outputs of the direction back are kept on the way, so that they are computed once


def read_in_chunks(layers: Recurrent, params: Tree, read: Read, count: int) -> Read:
    """The outputs of a stack over each of ``count`` chunks, as if it had read all of them in one piece.

    Only the states between chunks are kept, and the outputs of a few. What a chunk gives is computed when it is asked
    for, and again if it is asked for again: at best, ask for the chunks in their order.
    """
    for i, width in enumerate(layers.widths):
        read = _Layer(layers, params[str(i)], width, read, count)
    return read


class _Layer:
    """One layer over the chunks of the layer below."""

    def __init__(self, layers: Recurrent, params: Tree, width: int, below: Read, count: int) -> None:
        self._cell, self._both, self._below, self._last = layers.cell, layers.bidirectional, below, count - 1
        self._params, self._width = params, width
        self._ahead: dict[int, Any] = {}  # the state before a chunk
        self._back: dict[int, Any] = {}  # the state of the direction back after it
        self._outputs: dict[int, Array] = {}  # of the direction back

    def __call__(self, chunk: int) -> Array:
        x = self._below(chunk)
        self._reach(chunk, x)
        ahead = self._read_ahead(chunk, x)
        if not self._both:
            return ahead
        back = self._outputs.pop(chunk) if chunk in self._outputs else self._read_back(chunk, x)
        return NUMPY.concat([ahead, back])

    def _reach(self, chunk: int, x: Array) -> None:
        """Find the states on both sides of a chunk, from the nearest that are known or from the ends."""
        if not self._ahead:
            zero = zero_state(NUMPY, self._cell, 1, self._width, x)
            self._ahead[0], self._back[self._last] = zero, zero
        for before in range(max(known for known in self._ahead if known <= chunk), chunk):
            self._read_ahead(before, self._below(before))
        if self._both:
            for after in range(min(known for known in self._back if known >= chunk), chunk, -1):
                self._outputs[after] = self._read_back(after, self._below(after))
                self._outputs.pop(after + _KEPT, None)

    def _read_ahead(self, chunk: int, x: Array) -> Array:
        params = self._params.ahead if self._both else self._params
        y, self._ahead[chunk + 1] = run(NUMPY, self._cell, params, x, self._ahead[chunk], Layout(None))
        return y

    def _read_back(self, chunk: int, x: Array) -> Array:
        y, self._back[chunk - 1] = run(
            NUMPY, self._cell, self._params.back, x, self._back[chunk], Layout(None, reverse=True)
        )
        return y
