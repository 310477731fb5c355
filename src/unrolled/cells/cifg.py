"""LSTM with coupled gates: what is forgotten is written (Greff et al. 2017, "CIFG"; the keyboard of Hard et al. 2018).

    f, o = σ(U x + W h + b)      how much to keep, show
    g    = tanh(U x + W h + b)   what to write
    c′   = f ⊙ c + (1 − f) ⊙ g
    h′   = o ⊙ tanh(c′)

Gates are stacked f, g, o: a quarter fewer parameters than the LSTM's.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Array, Namespace, Tree
from unrolled.cells.base import Cell

__all__ = ["CIFG"]


class State(NamedTuple):
    """What stays from step to step."""

    h: Array  # (B, H) what the next layer sees
    c: Array  # (B, H) what the cell remembers


def step(xp: Namespace, p: Tree, x: Array, s: State) -> tuple[Array, State]:
    """x (B, D), s → y (B, H), next state."""
    f, g, o = xp.chunk(x @ p.U.T + s.h @ p.W.T + p.b, 3)
    keep = xp.sigmoid(f)
    c = keep * s.c + (1 - keep) * xp.tanh(g)
    h = xp.sigmoid(o) * xp.tanh(c)
    return h, State(h, c)


def open_forget_gate(rng: np.random.Generator, shape: tuple[int, ...], hidden: int) -> NDArray[np.float64]:
    """Zeros, but 1 for the forget gate."""
    bias = np.zeros(shape)
    bias[:hidden] = 1.0
    return bias


CIFG = Cell(
    name="cifg",
    params={"U": "3H D", "W": "3H H", "b": "3H"},
    state=State,
    step=step,
    kernel="cifg",
    start={"b": open_forget_gate},
    gates=("forget", "candidate", "output"),
)
