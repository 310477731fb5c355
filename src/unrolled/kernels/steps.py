"""Checked calls of the native code for a frozen model that reads or writes step by step: float32.

Where the native extension is not installed, numpy computes scores and the best of them; a stack of layers has no such
stand-in: the layers' own functions do the same.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.kernels import extension
from unrolled.kernels.arguments import FLOAT32, arrays_of_axes, empty, real_numbers, run, whole_numbers
from unrolled.kernels.elementwise import Floats, log_sum_exp, softmax
from unrolled.kernels.extension import CALLS, KERNELS

if extension.NATIVE:
    import unrolled._native as native

__all__ = ["Best", "Layer", "Output", "Stack", "attend", "scores", "top"]

MOST = 64  # best of a row for which one pass is quicker than a partial sort
FEW = 8  # hidden ids
PANEL = {"avx512": 64, "avx2": 32, "neon": 16, "plain": 4}  # columns that the packed output layer has side by side

Layer: TypeAlias = tuple[Floats | None, ...]
"""U (G·H, D), W (G·H, H), the biases of both (G·H) and the peepholes (3·H), each float32 or None."""


class Stack:
    """Recurrent layers of one cell over word vectors (V, E) or, where ``words`` is None, over vectors as they come.

    It sees the word vectors as they lie, and has a copy of the layers' weights in the order in which steps read them.

    ``cell`` is one of `unrolled.kernels.RECURRENT`. A state (S,) holds each layer's h, then its c where the cell has
    one, the first layer first.
    """

    def __init__(self, cell: str, words: Floats | None, layers: Sequence[Layer]) -> None:
        if not isinstance(cell, str) or cell not in KERNELS:
            raise InputError(f"received the cell {cell!r}; expected one of {', '.join(KERNELS)}")
        self._ids = words is not None
        if words is None:  # no rows stand for none
            (U,) = arrays_of_axes(("U", layers[0][0] if layers else np.empty((0, 0)), 2))
            words = np.empty((0, U.shape[1]), FLOAT32)
        (self._words,) = (_float32(a) for a in arrays_of_axes(("words", words, 2)))
        described = [tuple([None if a is None else _float32(a) for a in layer]) for layer in layers]
        self._native = native.stack(cell, self._words, described)
        units = [weights[1].shape[1] for weights in described if weights[1] is not None]
        self.outputs, self.state = units[-1], sum(units) * (2 if KERNELS[cell].has_c else 1)

    def read(
        self, steps: NDArray[np.integer] | Floats, lengths: NDArray[np.integer] | None, states: Floats
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Steps, states (B, S) → the last layer's h (B, H) after each row's last step, states (B, S).

        Steps are ids (B, T) or, where there are no word vectors, vectors (B, T, D).

        ``lengths`` (B,), each 0..T, or None: all are T. One row's results are the same bits in any batch, cut anywhere.
        Raises InputError for shapes, lengths or ids that do not fit. Runs on `unrolled.kernels.set_threads` threads.
        """
        name, axes = ("ids", 2) if self._ids else ("x", 3)
        arrays_of_axes((name, steps, axes))
        if self._ids:
            steps = whole_numbers(name, steps, steps.shape)
        batch = len(steps)
        if lengths is not None:
            lengths = whole_numbers("lengths", lengths, (batch,))
        features, after = empty(batch, self.outputs), empty(batch, self.state)
        run(native.read, self._native, steps, lengths, states, after, features)
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


class Best(NamedTuple):
    """The largest scores of each of B rows, largest first, of equals the lower id."""

    ids: NDArray[np.int64]  # (B, k)
    log_probabilities: Floats  # (B, k) log softmax of these; NaN where a score is
    total: Floats  # (B,) the logarithm of the sum of e to all scores


class Output:
    """An output layer (V, E) with its bias (V), for many rows: it keeps a packed copy of the weights.

    Each row's results are the same bits in any batch. Runs on `unrolled.kernels.set_threads` threads. Raises InputError
    for shapes that do not fit.
    """

    def __init__(self, weights: Floats, bias: Floats) -> None:
        self._weights, self._bias = arrays_of_axes(("weights", weights, 2), ("bias", bias, 1))
        if bias.shape != weights.shape[:1]:
            raise InputError(f"weights and bias have shapes {weights.shape} and {bias.shape}; expected (V, E) and (V,)")
        packs = extension.NATIVE and real_numbers(weights).dtype == real_numbers(bias).dtype == FLOAT32
        self._panels = _panels(weights) if packs else None

    def __len__(self) -> int:
        return len(self._bias)

    def scores(self, x: Floats) -> Floats:
        """x (B, E) → x Wᵀ + b (B, V)."""
        panels = self._panels_for(x)
        if panels is None:
            return scores(x, self._weights, self._bias)
        y = empty(len(x), len(self._bias))
        run(native.scores, x, panels, self._bias, y)
        return y

    def best(self, x: Floats, k: int) -> Best:
        """x (B, E) → the ``k`` best of each row, 1 to V."""
        if not 1 <= k <= len(self._bias):
            raise InputError(f"asked for the best {k} of {len(self._bias)}")
        panels = self._panels_for(x)
        if panels is not None and k <= MOST:
            best = Best(np.empty((len(x), k), np.int64), empty(len(x), k), empty(len(x)))
            run(native.scores, x, panels, self._bias, tuple(best))
            return best
        y = self.scores(x)
        ids, total = np.argsort(-y, axis=-1, kind="stable")[:, :k], log_sum_exp(y)
        return Best(ids, np.take_along_axis(y, ids, axis=-1) - total[:, None], total)

    def scores_of(self, x: Floats, token: int) -> Floats:
        """x (B, E) → the scores (B,) of one id, the same bits as among all."""
        panels = self._panels_for(x)
        if panels is None:
            return self.scores(x)[:, token]
        at, column = divmod(token, panels.shape[2])
        bias = self._bias[at * panels.shape[2] :][: panels.shape[2]]
        y = empty(len(x), len(bias))
        run(native.scores, x, panels[at : at + 1], bias, y)
        return y[:, column]

    def _panels_for(self, x: Floats) -> NDArray[np.float32] | None:
        """The packed weights, where the native code reads x; InputError where nothing can."""
        arrays_of_axes(("x", x, 2))
        if x.shape[1] != self._weights.shape[1]:
            raise InputError(f"x has shape {x.shape}; expected (B, {self._weights.shape[1]})")
        return self._panels if x.dtype == FLOAT32 else None


def _panels(weights: Floats) -> NDArray[np.float32]:
    """(V, E) → (⌈V / P⌉, E, P): P rows at a time, turned; zeros beyond the last one."""
    columns = PANEL[extension.info()["instruction_set"]]
    panels = -(-len(weights) // columns)
    padded = np.zeros((panels * columns, weights.shape[1]), FLOAT32)
    padded[: len(weights)] = weights
    return np.ascontiguousarray(padded.reshape(panels, columns, -1).transpose(0, 2, 1))


def attend(
    query: Floats,
    source: NDArray[np.int64],
    lengths: NDArray[np.int64],
    memory: tuple[Floats, Floats],
    v: Floats | None = None,
    scale: float = 1.0,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """query (R, A), source (R,), lengths (N,), keys (N, S, A), values (N, S, E) → context (R, E), weights (R, S).

    Row r attends to the steps of ``source[r]``: weights are the softmax of v · tanh(query + key) or, without ``v``
    (A,), of query · key, times ``scale``; zero beyond its length. One row is the same bits in any batch, whatever the
    padding. All float32; there is no stand-in by numpy. Raises InputError for what does not fit.
    """
    query, keys, values = arrays_of_axes(("query", query, 2), ("keys", memory[0], 3), ("values", memory[1], 3))
    context, weights = empty(len(query), values.shape[2]), empty(len(query), values.shape[1])
    source, lengths = whole_numbers("source", source, (len(query),)), whole_numbers("lengths", lengths, (len(values),))
    run(native.attend, query, source, lengths, keys, values, v, scale, context, weights)
    return context, weights


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
