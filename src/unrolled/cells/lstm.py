"""LSTM with a forget gate (Hochreiter & Schmidhuber 1997; Gers et al. 2000).

    i, f, o = σ(U x + W h + b)      how much to write, keep, show
    g       = tanh(U x + W h + b)   what to write
    c′      = f ⊙ c + i ⊙ g
    h′      = o ⊙ tanh(c′)

Gates are stacked in torch's order i, f, g, o. The forget gate starts open: its bias is 1 (Jozefowicz et al. 2015).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Array, Namespace, Tree
from unrolled.cells.base import Cell

__all__ = ["LSTM"]


class State(NamedTuple):
    """What stays from step to step."""

    h: Array  # (B, H) what the next layer sees
    c: Array  # (B, H) what the cell remembers


def step(xp: Namespace, p: Tree, x: Array, s: State) -> tuple[Array, State]:
    """x (B, D), s → y (B, H), next state."""
    i, f, g, o = xp.chunk(x @ p.U.T + s.h @ p.W.T + p.b, 4)
    c = xp.sigmoid(f) * s.c + xp.sigmoid(i) * xp.tanh(g)
    h = xp.sigmoid(o) * xp.tanh(c)
    return h, State(h, c)


def open_forget_gate(rng: np.random.Generator, shape: tuple[int, ...], hidden: int) -> NDArray[np.float64]:
    """Zeros, but 1 for the forget gate."""
    bias = np.zeros(shape)
    bias[hidden : 2 * hidden] = 1.0
    return bias


LSTM = Cell(
    name="lstm",
    params={"U": "4H D", "W": "4H H", "b": "4H"},
    state=State,
    step=step,
    kernel="lstm",
    start={"b": open_forget_gate},
    gates=("forget", "input", "candidate", "output"),
)
