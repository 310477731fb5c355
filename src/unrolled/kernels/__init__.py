"""Checked calls of the native code: what takes its time on a CPU, for float32 numpy arrays.

Other dtypes, and everything where the native extension is not installed, are computed by the numpy reference below.
On one instruction set an element's result depends on its value alone. Largest errors of the native functions, in units
of the last place: exp 1.06, sigmoid 2.41, tanh 2.50 (native/activations.h). The environment variable UNROLLED_ISA
(avx512, avx2, neon or plain) forces an instruction set.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.kernels.extension import NATIVE

if NATIVE:
    from unrolled import _native

__all__ = [
    "CALLS",
    "NATIVE",
    "RECURRENT",
    "check_targets",
    "cross_entropy",
    "exp",
    "info",
    "log_sum_exp",
    "recurrent",
    "scan",
    "set_threads",
    "sigmoid",
    "softmax",
    "tanh",
    "threads",
]

GATES = {"rnn": 1, "rnn-relu": 1, "lstm": 4, "gru": 3, "cifg": 3, "peephole": 4}
"""Blocks of H rows in U and W of the cells that have a kernel."""

RECURRENT = tuple(GATES) if NATIVE else ()
"""The cells that have a kernel here."""

CALLS = {"recurrent": 0, "scan": 0, "cross_entropy": 0, "read": 0}
"""How often a kernel has run in this process."""

_threads = 1

Floats: TypeAlias = NDArray[np.floating[Any]]
FLOAT32 = np.dtype(np.float32)


def exp(x: Floats) -> Floats:
    """e to the power x, any shape; a float32 result below 2⁻¹²⁶ is 0, one above the largest is infinity."""
    if not NATIVE or x.dtype != FLOAT32:
        return _exp(x)
    y = np.empty(x.shape, FLOAT32)
    _native.exp(x, y)
    return y


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), any shape."""
    if not NATIVE or x.dtype != FLOAT32:
        e = _exp(-np.abs(x))
        return np.where(x < 0, e, 1).astype(e.dtype) / (1 + e)
    y = np.empty(x.shape, FLOAT32)
    _native.sigmoid(x, y)
    return y


def tanh(x: Floats) -> Floats:
    """Hyperbolic tangent, any shape."""
    if not NATIVE or x.dtype != FLOAT32:
        return np.asarray(np.tanh(x))
    y = np.empty(x.shape, FLOAT32)
    _native.tanh(x, y)
    return y


def softmax(x: Floats) -> Floats:
    """exp(x) / Σ exp(x) along the last axis of x (..., V); each row by itself. InputError where x has no axis."""
    _check_rows(x)
    if not NATIVE or x.dtype != FLOAT32:
        e = _exp(x - _shift(x))
        e /= e.sum(axis=-1, keepdims=True)
        return e
    y = np.empty(x.shape, FLOAT32)
    _native.softmax(x, y)
    return y


def log_sum_exp(x: Floats) -> Floats:
    """Log Σ exp(x) along the last axis: x (..., V) → (...); -inf where a row is empty or all -inf.

    Raises InputError where x has no axis.
    """
    _check_rows(x)
    if not NATIVE or x.dtype != FLOAT32:
        shift = _shift(x)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(_exp(x - shift).sum(axis=-1)) + shift[..., 0])
    y = np.empty(x.shape[:-1], FLOAT32)
    _native.log_sum_exp(np.ascontiguousarray(x), y)
    return y


CROSS_ENTROPY_ROWS = 256


def cross_entropy(x: Floats, weights: Floats, bias: Floats, targets: NDArray[np.integer[Any]]) -> float:
    """Sum over rows of -log softmax(x Wᵀ + b)[target], the (N, V) scores never kept. Runs on `set_threads` threads.

    x (N, E), weights (V, E), bias (V,), targets (N,) in 0..V-1; else InputError.
    """
    check_targets(x.shape, weights.shape, bias.shape, targets)
    if NATIVE and all(a.dtype == FLOAT32 for a in (x, weights, bias)):
        CALLS["cross_entropy"] += 1
        arrays = [np.ascontiguousarray(a) for a in (x, weights, bias, targets.astype(np.int64))]
        return float(_native.cross_entropy((*x.shape, len(weights)), *arrays, (None, None, None), _threads))
    total = 0.0
    for start in range(0, len(x), CROSS_ENTROPY_ROWS):
        rows = slice(start, start + CROSS_ENTROPY_ROWS)
        scores = x[rows] @ weights.T + bias
        chosen = np.take_along_axis(scores, targets[rows, None], axis=-1)[:, 0]
        total += float(np.sum(log_sum_exp(scores) - chosen, dtype=np.float64))
    return total


def check_targets(
    x: Sequence[int], weights: Sequence[int], bias: Sequence[int], targets: NDArray[np.integer[Any]]
) -> None:
    """InputError unless x (N, E), weights (V, E), bias (V,) and targets (N,) in 0..V-1 fit each other."""
    fits = len(x) == len(weights) == 2 and x[1] == weights[1] and tuple(bias) == (weights[0],)
    if not fits or targets.shape != (x[0],):
        found = ", ".join(str(tuple(shape)) for shape in (x, weights, bias, targets.shape))
        raise InputError(f"x, weights, bias and targets have shapes {found}; expected (N, E), (V, E), (V,) and (N,)")
    if targets.size and not 0 <= targets.min() <= targets.max() < weights[0]:
        raise InputError(
            f"targets go from {targets.min()} to {targets.max()}; expected 0 to {weights[0] - 1}, the rows of weights"
        )


def recurrent(
    cell: str,
    x: Floats,
    weights: tuple[Floats | None, ...],
    state: tuple[Floats, ...],
    lengths: NDArray[np.int64] | None = None,
    reverse: bool = False,
    keep: tuple[Floats, ...] | None = None,
) -> tuple[Floats, tuple[Floats, ...]]:
    """A recurrent layer over x (B, T, D) → y (B, T, H), the state after each row's last step; all float32.

    ``cell`` is "rnn", "rnn-relu", "lstm", "gru", "cifg" or "peephole"; ``weights`` are U (G·H, D), W (G·H, H), the
    biases of both (G·H) and the peepholes (3·H), each or None; ``lengths`` (B,) in any order, 0 to T; ``keep`` is
    zoneout, an array (B, T, H) for each entry of the state. See native/kernels.h. Runs on `set_threads` threads.
    Raises InputError for shapes that do not fit.
    """
    batch, time, inputs = x.shape
    hidden = state[0].shape[1]
    rows = GATES[cell] * hidden
    _check_shapes(
        ("U", "W", "b_x", "b_h", "peephole"), weights, ((rows, inputs), (rows, hidden), (rows,), (rows,), (3 * hidden,))
    )
    _check_shapes(("h", "c"), state, ((batch, hidden),) * 2)
    _check_shapes(("keep_h", "keep_c"), keep or (), ((batch, time, hidden),) * 2)
    if lengths is not None:
        _check_shapes(("lengths",), (lengths,), ((batch,),))
    if x.strides[2] != 4:
        x = np.ascontiguousarray(x)
    y = np.empty((batch, time, hidden), FLOAT32)
    after = tuple([np.empty((batch, hidden), FLOAT32) for _ in state])
    CALLS["recurrent"] += 1
    _native.recurrent_forward(
        cell,
        (batch, time, inputs, hidden),
        None if lengths is None else np.ascontiguousarray(lengths, np.int64),
        int(reverse),
        x if x.flags.c_contiguous else x.__array_interface__["data"][0],  # the latter takes a microsecond
        (x.strides[0] // 4, x.strides[1] // 4),
        tuple([None if w is None else np.ascontiguousarray(w) for w in weights]),
        (np.ascontiguousarray(state[0]), np.ascontiguousarray(state[1]) if len(state) > 1 else None),
        y,
        (time * hidden, hidden),
        (after[0], after[1] if len(after) > 1 else None),
        None,
        None if keep is None else _in_packed_order(keep, lengths),
        _threads,
    )
    return y, after


def _in_packed_order(keep: tuple[Floats, ...], lengths: NDArray[np.int64] | None) -> tuple[Floats, Floats | None]:
    """(B, T, H) → (N, H): rows by length, longest first; all at time 0, then all at time 1, ..."""
    rows = [np.moveaxis(k, 1, 0) for k in keep]
    if lengths is None:
        packed = [np.ascontiguousarray(k).reshape(-1, k.shape[-1]) for k in rows]
    else:
        order = np.argsort(-lengths, kind="stable")
        alive = np.arange(rows[0].shape[0])[:, None] < lengths[order]
        packed = [np.ascontiguousarray(k[:, order][alive]) for k in rows]
    return packed[0], packed[1] if len(packed) > 1 else None


def scan(
    a: Floats, b: Floats, state: tuple[Floats, ...], lengths: NDArray[np.int64] | None = None, reverse: bool = False
) -> tuple[Floats, tuple[Floats, ...]]:
    """h′ = a ⊙ h + b over b (B, T, P·H) → y (B, T, P·H), the state after each row's last step; all float32.

    ``state`` has P arrays (B, H): one of real numbers, or the real and the imaginary parts of complex ones, which stand
    in this order in the last axis of a and b. ``a`` is like b, or (P·H) where it is the same everywhere.
    """
    batch, time, width = b.shape
    _check_shapes(("a",), (a,), (b.shape if a.ndim == 3 else (width,),))
    _check_shapes(("re", "im"), state, ((batch, width // len(state)),) * 2)
    if lengths is not None:
        _check_shapes(("lengths",), (lengths,), ((batch,),))
    h0 = np.concatenate(state, axis=-1)
    y, h = np.empty(b.shape, FLOAT32), np.empty(h0.shape, FLOAT32)
    if a.ndim == 1:
        a = np.broadcast_to(np.ascontiguousarray(a), b.shape)
    a, b = (x if x.strides[2] == 4 else np.ascontiguousarray(x) for x in (a, b))
    CALLS["scan"] += 1
    _native.scan_forward(
        (batch, time, state[0].shape[1]),
        None if lengths is None else np.ascontiguousarray(lengths, np.int64),
        int(reverse) + 4 * (len(state) - 1),
        *((x.__array_interface__["data"][0], (x.strides[0] // 4, x.strides[1] // 4)) for x in (a, b)),
        h0,
        (y, (time * width, width)),
        h,
        _threads,
    )
    return y, tuple(np.split(h, len(state), axis=-1))


def set_threads(threads: int) -> None:
    """How many threads a kernel called from numpy may use: at first 1. InputError unless it is 1 or more."""
    global _threads  # noqa: PLW0603  one setting for the process, like numpy's and torch's
    if threads < 1:
        raise InputError(f"{threads} threads; expected 1 or more")
    _threads = threads


def threads() -> int:
    """What `set_threads` set."""
    return _threads


def info() -> dict[str, Any]:
    """What computes here: native (bool), instruction_set, available, compiler, flags, version of the extension."""
    if NATIVE:
        return {"native": True, **_native.info()}
    return {"native": False, "instruction_set": "numpy", "available": [], "compiler": "", "flags": "", "version": ""}


def _check_shapes(names: tuple[str, ...], arrays: tuple[Any, ...], shapes: tuple[Any, ...]) -> None:
    """InputError unless the arrays, None among them, have these shapes: the kernels read them by their addresses."""
    for name, array, shape in zip(names, arrays, shapes, strict=False):
        if array is not None and shape is not None and array.shape != shape:
            raise InputError(f"{name} has shape {array.shape}; expected {shape}")


def _check_rows(x: Floats) -> None:
    if x.ndim == 0:
        raise InputError("received a single number; expected rows, an array of at least one axis")


def _exp(x: Floats) -> Floats:
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.exp(x))


def _shift(x: Floats) -> Floats:
    """Each row's largest element, (..., 1), or 0 where that is not finite: what exp can lose without overflowing."""
    largest = np.max(x, axis=-1, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(largest), largest, 0).astype(x.dtype)
