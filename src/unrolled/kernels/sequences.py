"""Whole sequences for numpy arrays: recurrent layers, the scan, and the cross-entropy of many rows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.kernels import extension
from unrolled.kernels.elementwise import FLOAT32, Floats, log_sum_exp
from unrolled.kernels.extension import CALLS, KERNELS
from unrolled.kernels.layout import Layout
from unrolled.kernels.parallel import threads

if extension.NATIVE:
    import unrolled._native as native

__all__ = ["WEIGHTS", "check_shapes", "check_targets", "cross_entropy", "recurrent", "scan"]

WEIGHTS = ("U", "W", "b_x", "b_h", "peephole")
"""The names of a recurrent kernel's weights, in its order."""

ROWS_AT_ONCE = 256  # of the scores, where numpy computes the cross-entropy


def recurrent(
    cell: str,
    x: Floats,
    weights: tuple[Floats | None, ...],
    state: tuple[Floats, ...],
    layout: Layout = Layout(),  # noqa: B008  an immutable tuple
    keep: tuple[Floats, ...] | None = None,
) -> tuple[Floats, tuple[Floats, ...]]:
    """Run a recurrent layer over x (B, T, D) → y (B, T, H), the state after each row's last step; all float32.

    ``cell`` is "rnn", "rnn-relu", "lstm", "gru", "cifg" or "peephole"; ``weights`` are U (G·H, D), W (G·H, H), the
    biases of both (G·H) and the peepholes (3·H), each or None; ``keep`` is zoneout, an array (B, T, H) for each entry
    of the state. See native/kernels.h. Runs on `set_threads` threads. Raises InputError for shapes that do not fit.
    """
    batch, time, inputs = x.shape
    hidden, lengths = state[0].shape[1], _checked(layout.lengths, batch)
    check_shapes(WEIGHTS, weights, KERNELS[cell].weight_shapes(inputs, hidden))
    check_shapes(("h", "c"), state, ((batch, hidden),) * 2)
    check_shapes(("keep_h", "keep_c"), keep or (), ((batch, time, hidden),) * 2)
    if x.strides[2] != 4:
        x = np.ascontiguousarray(x)
    y = np.empty((batch, time, hidden), FLOAT32)
    after = tuple([np.empty((batch, hidden), FLOAT32) for _ in state])
    CALLS["recurrent"] += 1
    native.recurrent_forward(
        cell,
        (batch, time, inputs, hidden),
        lengths,
        int(layout.reverse),
        x if x.flags.c_contiguous else x.__array_interface__["data"][0],  # the latter takes a microsecond
        (x.strides[0] // 4, x.strides[1] // 4),
        tuple([None if w is None else np.ascontiguousarray(w) for w in weights]),
        (np.ascontiguousarray(state[0]), np.ascontiguousarray(state[1]) if len(state) > 1 else None),
        y,
        (time * hidden, hidden),
        (after[0], after[1] if len(after) > 1 else None),
        None,
        None if keep is None else _in_packed_order(keep, lengths),
        threads(),
    )
    return y, after


def _in_packed_order(keep: tuple[Floats, ...], lengths: NDArray[np.int64] | None) -> tuple[Floats, Floats | None]:
    """(B, T, H) → (N, H): rows by length, longest first; all at time 0, then all at time 1, ..."""
    by_time = [np.moveaxis(entry, 1, 0) for entry in keep]
    if lengths is None:
        packed = [np.ascontiguousarray(entry).reshape(-1, entry.shape[-1]) for entry in by_time]
    else:
        order = np.argsort(-lengths, kind="stable")
        alive = np.arange(by_time[0].shape[0])[:, None] < lengths[order]
        packed = [np.ascontiguousarray(entry[:, order][alive]) for entry in by_time]
    return packed[0], packed[1] if len(packed) > 1 else None


def scan(
    a: Floats,
    b: Floats,
    state: tuple[Floats, ...],
    layout: Layout = Layout(),  # noqa: B008
) -> tuple[Floats, tuple[Floats, ...]]:
    """h′ = a ⊙ h + b over b (B, T, P·H) → y (B, T, P·H), the state after each row's last step; all float32.

    ``state`` has P arrays (B, H): one of real numbers, or the real and the imaginary parts of complex ones, which stand
    in this order in the last axis of a and b. ``a`` is like b, or (P·H) where it is the same everywhere. Raises
    InputError for shapes that do not fit.
    """
    batch, time, width = b.shape
    check_shapes(("a",), (a,), (b.shape if a.ndim == 3 else (width,),))
    check_shapes(("re", "im"), state, ((batch, width // len(state)),) * 2)
    lengths = _checked(layout.lengths, batch)
    h0 = np.concatenate(state, axis=-1)
    y, h = np.empty(b.shape, FLOAT32), np.empty(h0.shape, FLOAT32)
    if a.ndim == 1:
        a = np.broadcast_to(np.ascontiguousarray(a), b.shape)
    a, b = (x if x.strides[2] == 4 else np.ascontiguousarray(x) for x in (a, b))
    CALLS["scan"] += 1
    native.scan_forward(
        (batch, time, state[0].shape[1]),
        lengths,
        int(layout.reverse) + 4 * (len(state) - 1),
        *((x.__array_interface__["data"][0], (x.strides[0] // 4, x.strides[1] // 4)) for x in (a, b)),
        h0,
        (y, (time * width, width)),
        h,
        threads(),
    )
    return y, tuple(np.split(h, len(state), axis=-1))


def _checked(lengths: NDArray[np.integer] | None, batch: int) -> NDArray[np.int64] | None:
    if lengths is None:
        return None
    check_shapes(("lengths",), (lengths,), ((batch,),))
    return np.ascontiguousarray(lengths, np.int64)


def check_shapes(
    names: Sequence[str], arrays: Sequence[NDArray[np.generic] | None], shapes: Sequence[tuple[int, ...]]
) -> None:
    """InputError unless the arrays, None among them, have these shapes: the kernels read them by their addresses."""
    for name, array, shape in zip(names, arrays, shapes, strict=False):
        if array is not None and array.shape != shape:
            raise InputError(f"{name} has shape {array.shape}; expected {shape}")


def cross_entropy(x: Floats, weights: Floats, bias: Floats, targets: NDArray[np.integer]) -> float:
    """Sum over rows of -log softmax(x Wᵀ + b)[target], the (N, V) scores never kept. Runs on `set_threads` threads.

    x (N, E), weights (V, E), bias (V,), targets (N,) in 0..V-1; else InputError.
    """
    check_targets(x.shape, weights.shape, bias.shape, targets)
    if extension.NATIVE and all(a.dtype == FLOAT32 for a in (x, weights, bias)):
        CALLS["cross_entropy"] += 1
        arrays = [np.ascontiguousarray(a) for a in (x, weights, bias, targets.astype(np.int64))]
        return float(native.cross_entropy((*x.shape, len(weights)), *arrays, (None, None, None), threads()))
    total = 0.0
    for start in range(0, len(x), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        scores = x[rows] @ weights.T + bias
        chosen = np.take_along_axis(scores, targets[rows, None], axis=-1)[:, 0]
        total += float(np.sum(log_sum_exp(scores) - chosen, dtype=np.float64))
    return total


def check_targets(x: Sequence[int], weights: Sequence[int], bias: Sequence[int], targets: NDArray[np.integer]) -> None:
    """InputError unless x (N, E), weights (V, E), bias (V,) and targets (N,) in 0..V-1 fit each other.

    Of x, weights and bias the shapes are passed.
    """
    fits = len(x) == len(weights) == 2 and x[1] == weights[1] and tuple(bias) == (weights[0],)
    if not fits or targets.shape != (x[0],):
        shapes = ", ".join(str(tuple(shape)) for shape in (x, weights, bias, targets.shape))
        raise InputError(f"x, weights, bias and targets have shapes {shapes}; expected (N, E), (V, E), (V,) and (N,)")
    if targets.size and not 0 <= targets.min() <= targets.max() < weights[0]:
        raise InputError(
            f"targets go from {targets.min()} to {targets.max()}; expected 0 to {weights[0] - 1}, the rows of weights"
        )
