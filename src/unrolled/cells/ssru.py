"""SSRU: an LSTM cut down to one gate that reads the input alone (Kim et al. 2019, "Ludicrously Fast Neural Machine
Translation"): what decoders of production translators on CPUs step with.

    f  = σ(U x + b)                    how much to keep
    c′ = f ⊙ c + (1 − f) ⊙ (U x)
    y  = relu(c′)

U is stacked f, candidate. Linear in c: a = f, b = (1 − a) ⊙ candidate. The forget gate starts open.
"""

from typing import NamedTuple

from unrolled.arrays import Array, Namespace, Tree
from unrolled.cells.cifg import open_forget_gate
from unrolled.cells.linear import linear_cell

__all__ = ["SSRU"]


class State(NamedTuple):
    """What stays from step to step."""

    c: Array  # (B, H) what the cell remembers


def coefficients(xp: Namespace, p: Tree, x: Array) -> tuple[Array, Array]:
    """x (..., D) → a, b (..., H)."""
    f, candidate = xp.chunk(x @ p.U.T, 2)
    keep = xp.sigmoid(f + p.b)
    return keep, (1 - keep) * candidate


def output(xp: Namespace, p: Tree, x: Array, c: Array) -> Array:
    """c′ (..., H) → y (..., H)."""
    return xp.relu(c)


SSRU = linear_cell(
    "ssru",
    {"U": "2H D", "b": "H"},
    State,
    coefficients,
    output,
    start={"b": open_forget_gate},
    gates=("forget",),
)
