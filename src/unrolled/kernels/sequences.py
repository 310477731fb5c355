"""Whole sequences for numpy arrays: recurrent layers, the scan, and the cross-entropy of many rows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.kernels import extension
from unrolled.kernels.arguments import FLOAT32, arrays_of_axes, empty, in_a_tuple, real_numbers, run, whole_numbers
from unrolled.kernels.elementwise import Floats, log_sum_exp
from unrolled.kernels.extension import CALLS, KERNELS
from unrolled.kernels.layout import Layout

if extension.NATIVE:
    import unrolled._native as native

__all__ = ["check_targets", "cross_entropy", "recurrent", "scan"]

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
    of the state. Arrays in other strides are copied. See native/kernels.h. Runs on `set_threads` threads. Raises
    InputError for what does not fit.
    """
    if not isinstance(cell, str) or cell not in KERNELS:
        raise InputError(f"received the cell {cell!r}; expected one of {', '.join(KERNELS)}")
    weights, state = in_a_tuple("weights", weights), in_a_tuple("the state", state)
    keep = None if keep is None else in_a_tuple("keep", keep)
    entries = 2 if KERNELS[cell].has_c else 1
    if len(weights) != 5 or len(state) != entries or len(state if keep is None else keep) != entries:
        counts = f"{len(weights)} weights, {len(state)} entries of the state and {len(keep or ())} of keep"
        raise InputError(f"received {counts}; expected 5, each or None, {entries}, and {entries} or none")
    x, W, *others = arrays_of_axes(("x", x, 3), ("W", weights[1], 2), *(("keep", entry, 3) for entry in keep or ()))
    (batch, time, _), hidden, lengths = x.shape, W.shape[1], _lengths(layout, len(x))
    y = empty(batch, time, hidden)
    after = tuple([empty(batch, hidden) for _ in state])
    if keep is not None and any(entry.shape != y.shape for entry in others):
        raise InputError(f"keep has shapes {', '.join(str(k.shape) for k in others)}; expected {y.shape}")
    zoneout = None if keep is None else _in_packed_order(keep, lengths)
    flags = _reverse(layout)
    run(native.recurrent_forward, cell, flags, lengths, x, weights, _pair(state), y, _pair(after), None, zoneout)
    CALLS["recurrent"] += 1
    return y, after


def _pair(state: tuple[Floats, ...]) -> tuple[Floats, Floats | None]:
    return state[0], state[1] if len(state) > 1 else None


def _in_packed_order(keep: tuple[Floats, ...], lengths: NDArray[np.int64] | None) -> tuple[Floats, Floats | None]:
    """(B, T, H) → (N, H): rows by length, longest first; all at time 0, then all at time 1, ..."""
    by_time = [np.moveaxis(entry, 1, 0) for entry in keep]
    if lengths is None:
        packed = [
            np.ascontiguousarray(entry).reshape(entry.shape[0] * entry.shape[1], entry.shape[2]) for entry in by_time
        ]
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
    state = in_a_tuple("the state", state)
    if len(state) not in (1, 2):
        raise InputError(f"received {len(state)} entries of the state; expected 1, or 2 of complex numbers")
    b, *_ = arrays_of_axes(("b", b, 3), *(("state", entry, 2) for entry in state))
    expected = len(b), b.shape[2] // len(state)
    for entry in state:
        if entry.shape != expected or entry.dtype != FLOAT32:
            raise InputError(f"the state has {entry.shape} {entry.dtype}; expected {expected} float32")
    h0, lengths = np.concatenate(state, axis=-1), _lengths(layout, len(b))
    y, h = empty(*b.shape), empty(*h0.shape)
    run(native.scan_forward, lengths, _reverse(layout) + 4 * (len(state) - 1), a, b, h0, y, h)
    CALLS["scan"] += 1
    return y, tuple(np.split(h, len(state), axis=-1))


def _reverse(layout: Layout) -> int:
    """As the first of the native code's flags, of which other numbers would set others."""
    if not isinstance(layout.reverse, bool | np.bool_):
        raise InputError(f"reverse is {layout.reverse!r}; expected True or False")
    return int(layout.reverse)


def _lengths(layout: Layout, batch: int) -> NDArray[np.int64] | None:
    if not isinstance(layout, Layout):
        raise InputError(f"received a layout of type {type(layout).__name__}; expected unrolled.kernels.Layout")
    return None if layout.lengths is None else whole_numbers("lengths", layout.lengths, (batch,))


def cross_entropy(x: Floats, weights: Floats, bias: Floats, targets: NDArray[np.integer]) -> float:
    """Sum over rows of -log softmax(x Wᵀ + b)[target], the (N, V) scores never kept. Runs on `set_threads` threads.

    x (N, E), weights (V, E), bias (V,), targets (N,) in 0..V-1; else InputError.
    """
    arrays_of_axes(("x", x, 2), ("weights", weights, 2), ("bias", bias, 1), ("targets", targets, 1))
    check_targets(x.shape, weights.shape, bias.shape, real_numbers(targets))
    targets = whole_numbers("targets", targets, (len(x),))
    if extension.NATIVE and all(a.dtype == FLOAT32 for a in (x, weights, bias)):
        CALLS["cross_entropy"] += 1
        return float(run(native.cross_entropy, x, weights, bias, targets, (None, None, None)))
    x, weights, bias = (real_numbers(a) for a in (x, weights, bias))
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
