"""Linear Recurrent Unit (Orvieto et al. 2023): complex numbers that each turn and shrink at a rate of their own.

    λ  = exp(−exp(ν) + i exp(θ))         |λ| < 1 whatever ν
    h′ = λ ⊙ h + exp(γ) ⊙ (U x)          U, h complex
    y  = Re(C h′) + V x                  C complex

Real parts stand before imaginary ones: U is stacked (re, im), and C is (re, −im) side by side. V is the paper's D.
At the start the λ fill the unit disk evenly, and γ makes up for what a small 1 − |λ| adds up to: exp(γ) = √(1 − |λ|²).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Array, Namespace, Tree
from unrolled.cells.linear import linear_cell

__all__ = ["LRU"]


class State(NamedTuple):
    """What stays from step to step."""

    re: Array  # (B, H) what the cell remembers: real part
    im: Array  # (B, H) imaginary part


def coefficients(xp: Namespace, p: Tree, x: Array) -> tuple[Array, Array]:
    """x (..., D) → a (2·H), b (..., 2·H)."""
    turn = math.e ** (1j * math.e**p.theta - math.e**p.nu)
    scale = math.e ** xp.concat([p.gamma, p.gamma])
    return xp.concat([turn.real, turn.imag]), x @ (scale[:, None] * p.U).T


def output(xp: Namespace, p: Tree, x: Array, h: Array) -> Array:
    """x (..., D), h′ (..., 2·H) → y (..., H)."""
    return h @ p.C.T + x @ p.V.T


def _squared_moduli(hidden: int) -> NDArray[np.float64]:
    """|λ|² in even steps, so that each ring of the disk gets its share."""
    return (np.arange(hidden) + 0.5) / hidden


def moduli(rng: np.random.Generator, shape: tuple[int, ...], hidden: int) -> NDArray[np.float64]:
    """Rings: |λ| = exp(−exp(ν))."""
    return np.log(-0.5 * np.log(_squared_moduli(hidden)))


def phases(rng: np.random.Generator, shape: tuple[int, ...], hidden: int) -> NDArray[np.float64]:
    """Any direction."""
    return np.log(rng.uniform(0, 2 * np.pi, shape))


def normalization(rng: np.random.Generator, shape: tuple[int, ...], hidden: int) -> NDArray[np.float64]:
    """Log √(1 − |λ|²)."""
    return 0.5 * np.log(1 - _squared_moduli(hidden))


def normal(rng: np.random.Generator, shape: tuple[int, ...], hidden: int) -> NDArray[np.float64]:
    """Normal, of variance 1 / columns."""
    return rng.normal(0, shape[1] ** -0.5, shape)


LRU = linear_cell(
    "lru",
    {"nu": "H", "theta": "H", "gamma": "H", "U": "2H D", "C": "H 2H", "V": "H D"},
    State,
    coefficients,
    output,
    start={"nu": moduli, "theta": phases, "gamma": normalization, "U": normal, "C": normal, "V": normal},
)
