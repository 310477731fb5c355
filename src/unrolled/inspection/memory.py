"""What recurrent layers remember: the state and the gates at each step, computed by the cell's own step on numpy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY, Array, Namespace, Tree
from unrolled.layers import Recurrent
from unrolled.layers.watched import Step, watched

__all__ = ["Memory", "read_memory"]

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Memory:
    """One layer's memory in one direction while it reads T steps, in the order of the sequence.

    ``states`` holds the entries of its state after each step and ``gates`` its cell's gates, both by name, (T, H) each;
    ``outputs`` (T, H) is what the next layer reads. ``direction`` is "ahead" or "back": the state at step t of a layer
    that reads back follows from the steps T - 1 down to t.
    """

    layer: int  # counted from 0
    direction: str
    states: dict[str, Floats]
    gates: dict[str, Floats]
    outputs: Floats

    @property
    def name(self) -> str:
        """Such as "layer 1", or "layer 1, from the end" for the direction back."""
        return f"layer {self.layer + 1}" + (", from the end" if self.direction == "back" else "")


class _Step(NamedTuple):
    """What one call of a cell's step computed, for one row."""

    state: tuple[Array, ...]
    output: Array
    activations: list[Array]


class _Recorder:
    """A namespace that keeps the results of sigmoid and tanh."""

    def __init__(self, xp: Namespace) -> None:
        self._xp, self.activations = xp, list[Array]()

    def __getattr__(self, name: str) -> object:
        return getattr(self._xp, name)

    def _kept(self, activation: Array) -> Array:
        self.activations.append(activation)
        return activation

    def sigmoid(self, x: Array) -> Array:
        return self._kept(self._xp.sigmoid(x))

    def tanh(self, x: Array) -> Array:
        return self._kept(self._xp.tanh(x))


def read_memory(layers: Recurrent, params: Tree, x: Floats) -> list[Memory]:
    """The memory of each layer, in each direction, while the stack reads x (T, D), T at least 1.

    ``params`` are the stack's parameters as numpy arrays.
    """
    steps: list[_Step] = []

    def watch(
        step: Step, xp: Namespace, p: Tree, now: Array, state: tuple[Array, ...]
    ) -> tuple[Array, tuple[Array, ...]]:
        recorder = _Recorder(xp)
        y, after = step(cast(Namespace, recorder), p, now, state)
        steps.append(_Step(after, y, recorder.activations))
        return y, after

    watched(layers, watch).forward(NUMPY, params, x[None])
    directions = ("ahead", "back") if layers.bidirectional else ("ahead",)
    places = [(layer, direction) for layer in range(len(layers.widths)) for direction in directions]
    return [_memory(layers, *place, steps[i * len(x) : (i + 1) * len(x)]) for i, place in enumerate(places)]


def _memory(layers: Recurrent, layer: int, direction: str, steps: Sequence[_Step]) -> Memory:
    """The memory from its T steps, in the order in which they were computed."""
    steps = steps[::-1] if direction == "back" else steps
    entries: tuple[str, ...] = layers.cell.state._fields  # type: ignore[attr-defined]
    states = {name: np.stack([step.state[i].ravel() for step in steps]) for i, name in enumerate(entries)}
    gates = {
        name: np.stack([step.activations[i].ravel() for step in steps]) for i, name in enumerate(layers.cell.gates)
    }
    return Memory(layer, direction, states, gates, np.stack([step.output.ravel() for step in steps]))
