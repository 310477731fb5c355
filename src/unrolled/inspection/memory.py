"""What recurrent layers remember: the state and the gates at each step, by the cell's own step, without torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY, Array, Namespace
from unrolled.layers import Recurrent
from unrolled.layers.watched import Step, watched

__all__ = ["Memory", "read_memory"]

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Memory:
    """One layer's memory in one direction while it reads T steps, in the order of the sequence.

    ``states`` are the entries of its state after each step, ``gates`` the activations that its cell names, (T, H) each
    by name; ``outputs`` (T, H) what the next layer sees. ``direction`` is ahead or back: of a layer that reads from the
    end, a step's state comes after the step that stands to its right.
    """

    layer: int  # counted from 0
    direction: str
    states: dict[str, Floats]
    gates: dict[str, Floats]
    outputs: Floats

    @property
    def name(self) -> str:
        return f"layer {self.layer + 1}" + (", from the end" if self.direction == "back" else "")


class _Recorder:
    """A namespace that keeps what sigmoid and tanh give."""

    def __init__(self, xp: Namespace) -> None:
        self._xp, self.activations = xp, list[Array]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._xp, name)

    def _kept(self, activation: Array) -> Array:
        self.activations.append(activation)
        return activation

    def sigmoid(self, x: Array) -> Array:
        return self._kept(self._xp.sigmoid(x))

    def tanh(self, x: Array) -> Array:
        return self._kept(self._xp.tanh(x))


def read_memory(layers: Recurrent, params: Any, x: Floats) -> list[Memory]:
    """x (T, D), T at least 1, and a stack's numpy parameters → the memory of each layer, in each direction."""
    kept: list[tuple[Any, Array, list[Array]]] = []

    def watch(step: Step, xp: Namespace, p: Any, now: Array, state: Any) -> tuple[Array, Any]:
        recorder = _Recorder(xp)
        y, after = step(cast(Namespace, recorder), p, now, state)
        kept.append((after, y, recorder.activations))
        return y, after

    watched(layers, watch).forward(NUMPY, params, x[None])
    directions = ("ahead", "back") if layers.bidirectional else ("ahead",)
    each = [(layer, direction) for layer in range(len(layers.widths)) for direction in directions]
    return [_memory(layers, *each[i], kept[i * len(x) : (i + 1) * len(x)]) for i in range(len(each))]


def _memory(layers: Recurrent, layer: int, direction: str, steps: Sequence[tuple[Any, Array, list[Array]]]) -> Memory:
    """Of T records, in the order in which they were made."""
    steps = steps[::-1] if direction == "back" else steps
    entries: tuple[str, ...] = layers.cell.state._fields  # type: ignore[attr-defined]
    states = {name: np.stack([after[i].ravel() for after, _, _ in steps]) for i, name in enumerate(entries)}
    gates = {name: np.stack([found[i].ravel() for _, _, found in steps]) for i, name in enumerate(layers.cell.gates)}
    return Memory(layer, direction, states, gates, np.stack([y.ravel() for _, y, _ in steps]))
