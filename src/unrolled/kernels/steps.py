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
from unrolled.kernels.elementwise import FLOAT32, Floats, softmax
from unrolled.kernels.extension import CALLS, KERNELS
from unrolled.kernels.parallel import threads
from unrolled.kernels.sequences import WEIGHTS, check_shapes

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
        self._words = np.ascontiguousarray(words, FLOAT32)
        described, inputs, units, kernel = [], words.shape[1], 0, KERNELS[cell]
        for U, W, b_x, b_h, peephole in layers:
            assert W is not None
            hidden = W.shape[1]
            weights = [None if a is None else np.ascontiguousarray(a, FLOAT32) for a in (U, W, b_x, b_h, peephole)]
            check_shapes(WEIGHTS, weights, kernel.weight_shapes(inputs, hidden))
            described.append((cell, inputs, hidden, *weights))
            inputs, units = hidden, units + hidden
        self.outputs, self.state = inputs, units * (2 if kernel.has_c else 1)
        self._native = native.stack(self._words, len(words), words.shape[1], described)

    def read(
        self, ids: NDArray[np.int64], lengths: NDArray[np.int64] | None, states: Floats
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """ids (B, T), states (B, S) → the last layer's h (B, H) after each row's last step, states (B, S).

        ``lengths`` (B,), each 0..T, or None: all are T. One row's results are the same bits in any batch, cut anywhere.
        Raises InputError for shapes, lengths or ids that do not fit. Runs on `unrolled.kernels.set_threads` threads.
        """
        if ids.ndim != 2 or states.shape != (len(ids), self.state) or states.dtype != FLOAT32:
            raise InputError(
                f"ids have shape {ids.shape}, states {states.shape} {states.dtype}; expected (B, T), (B, {self.state})"
            )
        if lengths is not None and lengths.shape != (len(ids),):
            raise InputError(f"lengths have shape {lengths.shape}; expected ({len(ids)},)")
        features, after = np.empty((len(ids), self.outputs), FLOAT32), np.empty(states.shape, FLOAT32)
        CALLS["read"] += 1
        try:
            native.read(
                self._native,
                *ids.shape,
                np.ascontiguousarray(ids, np.int64),
                None if lengths is None else np.ascontiguousarray(lengths, np.int64),
                np.ascontiguousarray(states),
                after,
                features,
                threads(),
            )
        except ValueError as error:
            raise InputError(f"{error}; expected lengths 0 to {ids.shape[1]} and ids of the vocabulary") from error
        return features, after


def scores(x: Floats, weights: Floats, bias: Floats) -> Floats:
    """x (B, E), weights (V, E), bias (V,) → x Wᵀ + b (B, V), each row the same bits in any batch.

    For few rows: the weights are read as they lie, once. Raises InputError for shapes that do not fit.
    """
    if x.ndim != 2 or weights.ndim != 2 or x.shape[1] != weights.shape[1] or bias.shape != weights.shape[:1]:
        shapes = f"{x.shape}, {weights.shape} and {bias.shape}"
        raise InputError(f"x, weights and bias have shapes {shapes}; expected (B, E), (V, E) and (V,)")
    if not extension.NATIVE or any(a.dtype != FLOAT32 for a in (x, weights, bias)):
        return np.stack([weights @ row + bias for row in x]) if len(x) else x @ weights.T
    y = np.empty((len(x), len(weights)), FLOAT32)
    arrays = [a if a.flags.c_contiguous else np.ascontiguousarray(a) for a in (x, weights, bias)]
    native.scores((*x.shape, len(weights)), *arrays, y, threads())
    return y


def top(row: Floats, n: int, hidden: tuple[int, ...] = ()) -> tuple[NDArray[np.int64], Floats]:
    """Scores (V,) → the ids of the ``n`` largest, largest first, of equals the lower id, and their shares of softmax.

    None of ``hidden`` is among them, nor a NaN, so that there may be fewer. Raises InputError unless n is 0 or more.
    """
    if row.ndim != 1 or n < 0:
        raise InputError(f"scores have shape {row.shape}, n is {n}; expected (V,) and at least 0")
    n = min(n, len(row))
    if extension.NATIVE and row.dtype == FLOAT32 and n <= MOST and len(hidden) <= FEW:
        ids, shares = np.empty(n, np.int64), np.empty(n, FLOAT32)
        count = native.top(row if row.flags.c_contiguous else row.copy(), hidden, ids, shares)
        return ids[:count], shares[:count]
    allowed = ~np.isnan(row)
    allowed[list(hidden)] = False
    candidates = np.flatnonzero(allowed)
    if n < len(candidates):
        least = np.partition(row[candidates], -n)[-n] if n else np.inf
        candidates = candidates[row[candidates] >= least]  # more than n where several equal the least
    ids = candidates[np.argsort(-row[candidates], kind="stable")][:n]
    return ids, softmax(row)[ids]
