"""sLSTM: an LSTM with an exponential input gate and a running mean (Beck et al. 2024, "xLSTM", eq. 8 to 17).

    i, f = U x + W h + b              logarithm of how much to write; σ(f): how much to keep
    m′   = max(log σ(f) + m, i)       the larger one, so that no exponential overflows
    c′   = exp(log σ(f) + m − m′) ⊙ c + exp(i − m′) ⊙ tanh(U x + W h + b)
    n′   = exp(log σ(f) + m − m′) ⊙ n + exp(i − m′)
    h′   = σ(U x + W h + b) ⊙ c′ / n′

Gates are stacked i, f, z, o; W is one head. What is remembered is c e^m of weight n e^m, so m alone changes nothing.
Where nothing was written yet, n = 0, i stands for m, as in the authors' code: n′ ≥ 1 whatever m is, and zero state is
the beginning. The forget gates' biases start in even steps from 3 to 6: memories of 20 to 400 steps.
"""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Array, Layout, Namespace, Tree
from unrolled.cells.base import Cell, Zoneout, run_by_steps

__all__ = ["SLSTM", "STEPS", "State"]


class State(NamedTuple):
    """What stays from step to step."""

    h: Array  # (B, H) what the next layer sees
    c: Array  # (B, H) what the cell remembers, times its weight
    n: Array  # (B, H) the weight
    m: Array  # (B, H) logarithm of the unit that c and n are counted in


def step(xp: Namespace, p: Tree, x: Array, s: State) -> tuple[Array, State]:
    """x (B, D), s → y (B, H), next state."""
    return _after_input(xp, p, x @ p.U.T + p.b, s)


def _after_input(xp: Namespace, p: Tree, from_input: Array, s: State) -> tuple[Array, State]:
    """What the input gives (B, 4·H), s → y (B, H), next state."""
    i, f, z, o = xp.chunk(from_input + s.h @ p.W.T, 4)
    kept = xp.log_sigmoid(f) + xp.where(s.n == 0, i, s.m)
    m = xp.where(kept > i, kept, i)
    keep, write = math.e ** (kept - m), math.e ** (i - m)
    c, n = keep * s.c + write * xp.tanh(z), keep * s.n + write
    h = xp.sigmoid(o) * c / n
    return h, State(h, c, n, m)


def sequence(xp: Namespace, p: Tree, x: Array, s: State, layout: Layout, keep: Zoneout) -> tuple[Array, State]:
    """As `unrolled.cells.run`: one product for what all inputs give, then step by step.

    Zoneout keeps a unit's state as a whole, by h's mask: c, n and m mean nothing apart.
    """
    if layout.lengths is not None:  # the product may not see what stands in the padding
        alive = xp.arange(x.shape[1])[None, :] < layout.lengths[:, None]
        x = xp.where(alive[:, :, None], x, xp.zeros((1,), x))
    from_input = x @ p.U.T + p.b
    sequencer = xp.recurrent("slstm", from_input) if keep is None and 0 not in from_input.shape else None
    if sequencer is not None:
        y, after = sequencer(p, from_input, s, layout, None)
    else:
        whole = None if keep is None else [keep[0]] * len(s)
        y, after = run_by_steps(xp, STEPS, p, from_input, s, layout, whole)
    return y, State(*after)


def open_forget_gates(rng: np.random.Generator, shape: tuple[int, ...], hidden: int) -> NDArray[np.float64]:
    """Zeros, but 3 to 6 for the forget gates."""
    bias = np.zeros(shape)
    bias[hidden : 2 * hidden] = np.linspace(3.0, 6.0, hidden)
    return bias


SLSTM = Cell(
    name="slstm",
    params={"U": "4H D", "W": "4H H", "b": "4H"},
    state=State,
    step=step,
    start={"b": open_forget_gates},
    sequence=sequence,
    gates=("candidate", "output"),
)
STEPS = replace(SLSTM, step=_after_input)
