"""GRU (Cho et al. 2014), with the reset gate after the recurrent product, as torch and cuDNN have it.

    r, z = σ(U x + W h + b)                  how much to look back, how much to keep
    n    = tanh(U x + b + r ⊙ (W h + b_n))   what to write
    h′   = (1 − z) ⊙ n + z ⊙ h

Gates are stacked in torch's order r, z, n.
"""

from typing import NamedTuple

from unrolled.arrays import Array, Namespace, Tree
from unrolled.cells.base import Cell

__all__ = ["GRU"]


class State(NamedTuple):
    """What stays from step to step."""

    h: Array  # (B, H) what the cell remembers and shows


def step(xp: Namespace, p: Tree, x: Array, s: State) -> tuple[Array, State]:
    """x (B, D), s → y (B, H), next state."""
    x_r, x_z, x_n = xp.chunk(x @ p.U.T + p.b, 3)
    h_r, h_z, h_n = xp.chunk(s.h @ p.W.T, 3)
    r = xp.sigmoid(x_r + h_r)
    z = xp.sigmoid(x_z + h_z)
    n = xp.tanh(x_n + r * (h_n + p.b_n))
    h = (1 - z) * n + z * s.h
    return h, State(h)


GRU = Cell(
    name="gru",
    params={"U": "3H D", "W": "3H H", "b": "3H", "b_n": "H"},
    state=State,
    step=step,
    kernel="gru",
    gates=("reset", "update", "candidate"),
)
