"""minLSTM: gates of the input alone that share one unit between old and new (Feng et al. 2024, section 3.2).

    f, i = σ(U x + b)                                        how much to keep, write
    h′   = f / (f + i) ⊙ h + i / (f + i) ⊙ (U x + b)

U is stacked f, i, candidate. Linear in h: a = f / (f + i), b = (1 − a) ⊙ candidate. The forget gate starts open.
In float32 f and i must not both fall below e^−87, where the ratio is 0 / 0: their sums then are below −87.
"""

from typing import NamedTuple

from unrolled.arrays import Array, Namespace, Tree
from unrolled.cells.cifg import open_forget_gate
from unrolled.cells.linear import linear_cell

__all__ = ["MINLSTM"]


class State(NamedTuple):
    """What stays from step to step."""

    h: Array  # (B, H) what the cell remembers and shows


def coefficients(xp: Namespace, p: Tree, x: Array) -> tuple[Array, Array]:
    """x (..., D) → a, b (..., H)."""
    f, i, candidate = xp.chunk(x @ p.U.T + p.b, 3)
    f, i = xp.sigmoid(f), xp.sigmoid(i)
    keep = f / (f + i)
    return keep, (1 - keep) * candidate


MINLSTM = linear_cell(
    "minlstm",
    {"U": "3H D", "b": "3H"},
    State,
    coefficients,
    start={"b": open_forget_gate},
    gates=("forget", "input"),
)
