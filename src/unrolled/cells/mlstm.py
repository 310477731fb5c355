"""mLSTM: a memory of pairs, read by question (Beck et al. 2024, "xLSTM", eq. 19 to 27), one head.

    q, k, v = U x + b                   question, key, value; k is divided by √H
    i, f    = U_g x + b_g               logarithm of how much to write; σ(f): how much to keep: one number each
    m′      = max(log σ(f) + m, i, 0)
    C′      = exp(log σ(f) + m − m′) C + exp(i − m′) v kᵀ
    n′      = exp(log σ(f) + m − m′) n + exp(i − m′) k
    y       = σ(U x + b) ⊙ C′ q / max(|n′ · q|, exp(−m′))

U is stacked q, k, v, o. What is remembered is C e^m and n e^m, so m alone changes nothing: it keeps exponentials from
overflowing. 0 among its candidates does the same for exp(−m′); what that loses is less than e^−87 of the least divisor.

As the gates do not see the state, a sequence is computed in pieces of matrix products (the authors' "chunkwise" form).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Array, Layout, Namespace, Tree
from unrolled.cells.base import Cell, Zoneout, reverse_steps

__all__ = ["MLSTM"]

PIECE = 64  # steps
LEAST = -80.0  # logarithm of the least divisor: float32 holds it


class State(NamedTuple):
    """What stays from step to step."""

    n: Array  # (B, H) the keys, summed
    C: Array  # (B, H·H) the memory: a row of H numbers for each element of v
    m: Array  # (B, 1) logarithm of the unit that both are counted in


def step(xp: Namespace, p: Tree, x: Array, s: State) -> tuple[Array, State]:
    """x (B, D), s → y (B, H), next state."""
    (q, k, v, o), (i, f) = _projected(xp, p, x)
    f = xp.log_sigmoid(f) + s.m
    m = xp.relu(_larger(xp, f, i))
    keep, write = math.e ** (f - m), math.e ** (i - m)  # (B, 1)
    n = keep * s.n + write * k
    C = keep * s.C + write * (v[:, :, None] * k[:, None, :]).reshape(s.C.shape)
    read = (C.reshape(*v.shape, v.shape[-1]) @ q[:, :, None])[:, :, 0]
    y = xp.sigmoid(o) * read / _divisor(xp, (n * q).sum(-1)[:, None], m)
    return y, State(n, C, m)


def _projected(xp: Namespace, p: Tree, x: Array) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """x (..., D) → q, k, v, o (..., H); i, f (..., 1)."""
    q, k, v, o = xp.chunk(x @ p.U.T + p.b, 4)
    i, f = xp.chunk(x @ p.U_g.T + p.b_g, 2)
    return (q, k * k.shape[-1] ** -0.5, v, o), (i, f)


def _larger(xp: Namespace, x: Array, y: Array) -> Array:
    return xp.where(x > y, x, y)


def _divisor(xp: Namespace, weight: Array, m: Array) -> Array:
    """max(|n · q|, exp(−m)), never 0."""
    return _larger(xp, abs(weight), math.e ** _larger(xp, -m, 0 * m + LEAST))


def sequence(xp: Namespace, p: Tree, x: Array, s: State, layout: Layout, keep: Zoneout) -> tuple[Array, State]:
    """As `unrolled.cells.run`. Zoneout keeps the memory as a whole, by the mask of m: such a step writes no key."""
    lengths, reverse = layout
    alive: Array = None
    if lengths is not None:  # no product may see what stands in the padding
        alive = (xp.arange(x.shape[1])[None, :] < lengths[:, None])[:, :, None]
        x = xp.where(alive, x, xp.zeros((1,), x))
    held: Array | None = None if keep is None else keep[2]
    if reverse:
        x, held = reverse_steps(xp, x, lengths), None if held is None else reverse_steps(xp, held, lengths)
    (q, k, v, o), (i, f) = _projected(xp, p, x)
    f, none = xp.log_sigmoid(f), xp.zeros((1,), x)
    if held is not None:
        f, k = (1 - held) * f, (1 - held) * k
    if lengths is not None:  # writes nothing, keeps all
        i, f = xp.where(alive, i, none - math.inf), xp.where(alive, f, none)
    pieces, at = [xp.zeros(q[:, :0].shape, x)], s
    for piece in zip(*map(_cut, (q, k, v, i, f)), strict=True):
        y, at = _piece(xp, at, *piece)
        pieces.append(y)
    y = xp.sigmoid(o) * xp.join_time(pieces)
    if lengths is not None:  # a row without a step keeps even an m below 0
        y, some = xp.where(alive, y, none), (lengths > 0)[:, None]
        at = State(*(xp.where(some, new, old) for new, old in zip(at, s, strict=True)))
    return (reverse_steps(xp, y, lengths) if reverse else y), at


def _cut(x: Array) -> list[Array]:
    """x (B, T, ·) → (B, PIECE, ·) each, and the rest. Of torch by unbind: a slice's gradient fills all of x's."""
    count = x.shape[1] // PIECE
    pieces = list(x[:, : count * PIECE].reshape(x.shape[0], count, PIECE, x.shape[2]).swapaxes(0, 1))
    return pieces if x.shape[1] == count * PIECE else [*pieces, x[:, count * PIECE :]]


def _piece(xp: Namespace, s: State, q: Array, k: Array, v: Array, i: Array, f: Array) -> tuple[Array, State]:
    """q, k, v (B, L, H), i and f = log σ (B, L, 1), s → what is read (B, L, H), next state.

    Sums of logarithms are added up from where they begin, never as a difference of two: nothing cancels.
    """
    steps, none = xp.arange(i.shape[1]), xp.zeros((1,), i)
    past = steps[:, None] >= steps[None, :]  # (L, L): t sees what s wrote
    since = xp.where(past, none + 1, none) @ xp.where(steps[:, None] > steps[None, :], f, none)  # (B, L, L) s < r ≤ t
    written = xp.where(past, since + i.swapaxes(1, 2), none - math.inf)  # (B, L, L) logarithm of s's weight at t
    kept = since[:, :, 0] + f[:, :1, 0] + s.m  # (B, L) that of the state before
    m = xp.relu(_larger(xp, kept, xp.max_time(written.swapaxes(1, 2))))
    write, keep = math.e ** (written - m[:, :, None]), math.e ** (kept - m)

    C = s.C.reshape(*s.n.shape, s.n.shape[-1])
    seen = write * (q @ k.swapaxes(1, 2))  # (B, L, L)
    read = seen @ v + keep[:, :, None] * (q @ C.swapaxes(1, 2))  # (B, L, H)
    weight = seen.sum(-1) + keep * (q @ s.n[:, :, None])[:, :, 0]
    y = read / _divisor(xp, weight, m)[:, :, None]

    last, rest = write[:, -1], keep[:, -1:]  # (B, L), (B, 1)
    C = rest[:, :, None] * C + (last[:, :, None] * v).swapaxes(1, 2) @ k
    n = rest * s.n + (last[:, None, :] @ k)[:, 0]
    return y, State(n, C.reshape(s.C.shape), m[:, -1:])


def open_forget_gate(rng: np.random.Generator, shape: tuple[int, ...], hidden: int) -> NDArray[np.float64]:
    """0 for the input gate, 5 for the forget gate: a memory of 150 steps."""
    return np.array([0.0, 5.0])


MLSTM = Cell(
    name="mlstm",
    params={"U": "4H D", "b": "4H", "U_g": "2 D", "b_g": "2"},
    state=State,
    step=step,
    columns={"C": "HH", "m": "1"},
    start={"b_g": open_forget_gate},
    sequence=sequence,
    gates=("output",),
)
