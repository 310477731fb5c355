"""minGRU: gate and candidate read the input alone (Feng et al. 2024, "Were RNNs All We Needed?", section 3.1).

    z  = σ(U x + b)               how much to write
    h′ = (1 − z) ⊙ h + z ⊙ (U x + b)

U is stacked z, candidate. Linear in h: a = 1 − z, b = z ⊙ candidate.
"""

from typing import NamedTuple

from unrolled.arrays import Array, Namespace, Tree
from unrolled.cells.linear import linear_cell

__all__ = ["MINGRU"]


class State(NamedTuple):
    """What stays from step to step."""

    h: Array  # (B, H) what the cell remembers and shows


def coefficients(xp: Namespace, p: Tree, x: Array) -> tuple[Array, Array]:
    """x (..., D) → a, b (..., H)."""
    z, candidate = xp.chunk(x @ p.U.T + p.b, 2)
    z = xp.sigmoid(z)
    return 1 - z, z * candidate


MINGRU = linear_cell("mingru", {"U": "2H D", "b": "2H"}, State, coefficients, gates=("update",))
