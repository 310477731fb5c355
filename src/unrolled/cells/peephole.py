"""LSTM whose gates look at the cell (Gers & Schmidhuber 2000).

    i, f = σ(U x + W h + p ⊙ c + b)    how much to write, keep
    g    = tanh(U x + W h + b)         what to write
    c′   = f ⊙ c + i ⊙ g
    o    = σ(U x + W h + p ⊙ c′ + b)   how much to show
    h′   = o ⊙ tanh(c′)

Gates are stacked i, f, g, o, the peepholes p of i, f, o.
"""

from typing import NamedTuple

from unrolled.arrays import Array, Namespace, Tree
from unrolled.cells.base import Cell
from unrolled.cells.lstm import open_forget_gate

__all__ = ["PEEPHOLE"]


class State(NamedTuple):
    """What stays from step to step."""

    h: Array  # (B, H) what the next layer sees
    c: Array  # (B, H) what the cell remembers


def step(xp: Namespace, p: Tree, x: Array, s: State) -> tuple[Array, State]:
    """x (B, D), s → y (B, H), next state."""
    i, f, g, o = xp.chunk(x @ p.U.T + s.h @ p.W.T + p.b, 4)
    p_i, p_f, p_o = xp.chunk(p.p, 3)
    c = xp.sigmoid(f + p_f * s.c) * s.c + xp.sigmoid(i + p_i * s.c) * xp.tanh(g)
    h = xp.sigmoid(o + p_o * c) * xp.tanh(c)
    return h, State(h, c)


PEEPHOLE = Cell(
    name="peephole",
    params={"U": "4H D", "W": "4H H", "b": "4H", "p": "3H"},
    state=State,
    step=step,
    kernel="peephole",
    start={"b": open_forget_gate},
    gates=("forget", "input", "candidate", "output"),
)
