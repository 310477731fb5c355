"""Checked calls of the native code for a frozen language model: few rows at a time, float32.

Where the native extension is not installed, numpy computes scores and the best of them; a stack of layers has no such
stand-in: the layers' own functions do the same.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.kernels import extension
from unrolled.kernels.arguments import FLOAT32, arrays_of_axes, empty, real_numbers, run, whole_numbers
from unrolled.kernels.elementwise import Floats, softmax
from unrolled.kernels.extension import CALLS, KERNELS

if extension.NATIVE:
    import unrolled._native as native

__all__ = ["Layer", "Stack", "scores", "top"]

MOST = 64  # best of a row for which one pass is quicker than a partial sort
FEW = 8  # hidden ids

Layer: TypeAlias = tuple[Floats | None, ...]
"""U (G·H, D), W (G·H, H), the biases of both (G·H) and the peepholes (3·H), each float32 or None."""


class Stack:
    """Word vectors (V, E) and recurrent layers of one cell over them.

    It sees the word vectors as they lie, and has a copy of the layers' weights in the order in which steps read them.

    ``cell`` is one of `unrolled.kernels.RECURRENT`. A state (S,) holds each layer's h, then its c where the cell has
    one, the first layer first.
    """

    def __init__(self, cell: str, words: Floats, layers: Sequence[Layer]) -> None:
        if not isinstance(cell, str) or cell not in KERNELS:
            raise InputError(f"received the cell {cell!r}; expected one of {', '.join(KERNELS)}")
        (self._words,) = (_float32(a) for a in arrays_of_axes(("words", words, 2)))
        described = [tuple([None if a is None else _float32(a) for a in layer]) for layer in layers]
        self._native = native.stack(cell, self._words, described)
        units = [weights[1].shape[1] for weights in described if weights[1] is not None]
        self.outputs, self.state = units[-1], sum(units) * (2 if KERNELS[cell].has_c else 1)

    def read(
        self, ids: NDArray[np.integer], lengths: NDArray[np.integer] | None, states: Floats
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """ids (B, T), states (B, S) → the last layer's h (B, H) after each row's last step, states (B, S).

        ``lengths`` (B,), each 0..T, or None: all are T. One row's results are the same bits in any batch, cut anywhere.
        Raises InputError for shapes, lengths or ids that do not fit. Runs on `unrolled.kernels.set_threads` threads.
        """
        arrays_of_axes(("ids", ids, 2))
        ids, batch = whole_numbers("ids", ids, ids.shape), len(ids)
        if lengths is not None:
            lengths = whole_numbers("lengths", lengths, (batch,))
        features, after = empty(batch, self.outputs), empty(batch, self.state)
        run(native.read, self._native, ids, lengths, states, after, features)
        CALLS["read"] += 1
        return features, after


def _float32(a: Floats) -> Floats:
    """Contiguous; a copy where it is not so already."""
    return np.require(real_numbers(a), FLOAT32, ("C", "A"))


def scores(x: Floats, weights: Floats, bias: Floats) -> Floats:
    """x (B, E), weights (V, E), bias (V,) → x Wᵀ + b (B, V), each row the same bits in any batch.

    For few rows: the weights are read as they lie, once. Raises InputError for shapes that do not fit.
    """
    x, weights, bias = (real_numbers(a) for a in (x, weights, bias))
    if x.ndim != 2 or weights.ndim != 2 or x.shape[1] != weights.shape[1] or bias.shape != weights.shape[:1]:
        shapes = f"{x.shape}, {weights.shape} and {bias.shape}"
        raise InputError(f"x, weights and bias have shapes {shapes}; expected (B, E), (V, E) and (V,)")
    if not extension.NATIVE or any(a.dtype != FLOAT32 for a in (x, weights, bias)):
        return np.stack([weights @ row + bias for row in x]) if len(x) else x @ weights.T
    y = empty(len(x), len(weights))
    run(native.scores, x, weights, bias, y)
    return y


def top(row: Floats, n: int, hidden: tuple[int, ...] = ()) -> tuple[NDArray[np.int64], Floats]:
    """Scores (V,) → the ids of the ``n`` largest, largest first, of equals the lower id, and their shares of softmax.

    None of ``hidden`` is among them, nor a NaN, so that there may be fewer. Raises InputError unless n is 0 or more.
    """
    row = real_numbers(row)
    if row.ndim != 1 or n < 0:
        raise InputError(f"scores have shape {row.shape}, n is {n}; expected (V,) and at least 0")
    n, hidden = min(n, len(row)), tuple([i for i in hidden if 0 <= i < len(row)])
    if extension.NATIVE and row.dtype == FLOAT32 and n <= MOST and len(hidden) <= FEW:
        ids, shares = np.empty(n, np.int64), np.empty(n, FLOAT32)
        count = native.top(row if row.flags.c_contiguous and row.flags.aligned else row.copy(), hidden, ids, shares)
        return ids[:count], shares[:count]
    allowed = ~np.isnan(row)
    allowed[list(hidden)] = False
    candidates = np.flatnonzero(allowed)
    if n < len(candidates):
        least = np.partition(row[candidates], -n)[-n] if n else np.inf
        candidates = candidates[row[candidates] >= least]  # more than n where several equal the least
    ids = candidates[np.argsort(-row[candidates], kind="stable")][:n]
    return ids, softmax(row)[ids]
