"""Activations, softmax and its relatives for numpy arrays: float32 by the native code, other dtypes by numpy.

All raise InputError for what is no array of real numbers. On one instruction set an element's result depends on its
value alone. Largest errors of the native functions, in units of the last place: exp 1.06, sigmoid 2.41, tanh 2.50
(native/activations.h).
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.kernels import extension
from unrolled.kernels.arguments import FLOAT32, real_numbers

if extension.NATIVE:
    import unrolled._native as native

__all__ = ["Floats", "exp", "log_sum_exp", "sigmoid", "softmax", "tanh"]

Floats: TypeAlias = NDArray[np.floating]


def exp(x: Floats) -> Floats:
    """e to the power x, any shape; a float32 result below 2⁻¹²⁶ is 0, one above the largest is infinity."""
    x = real_numbers(x)
    if not extension.NATIVE or x.dtype != FLOAT32:
        return _exp(x)
    y = np.empty(x.shape, FLOAT32)
    native.exp(x, y)
    return y


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), any shape."""
    x = real_numbers(x)
    if not extension.NATIVE or x.dtype != FLOAT32:
        e = _exp(-np.abs(x))
        return np.where(x < 0, e, 1).astype(e.dtype) / (1 + e)
    y = np.empty(x.shape, FLOAT32)
    native.sigmoid(x, y)
    return y


def tanh(x: Floats) -> Floats:
    """Hyperbolic tangent, any shape."""
    x = real_numbers(x)
    if not extension.NATIVE or x.dtype != FLOAT32:
        return np.asarray(np.tanh(x))
    y = np.empty(x.shape, FLOAT32)
    native.tanh(x, y)
    return y


def softmax(x: Floats) -> Floats:
    """exp(x) / Σ exp(x) along the last axis of x (..., V); each row by itself. InputError where x has no axis."""
    x = _rows(x)
    if not extension.NATIVE or x.dtype != FLOAT32:
        e = _exp(x - _shift(x))
        e /= e.sum(axis=-1, keepdims=True)
        return e
    y = np.empty(x.shape, FLOAT32)
    native.softmax(x, y)
    return y


def log_sum_exp(x: Floats) -> Floats:
    """Log Σ exp(x) along the last axis: x (..., V) → (...); -inf where a row is empty or all -inf.

    Raises InputError where x has no axis.
    """
    x = _rows(x)
    if not extension.NATIVE or x.dtype != FLOAT32:
        shift = _shift(x)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(_exp(x - shift).sum(axis=-1)) + shift[..., 0])
    y = np.empty(x.shape[:-1], FLOAT32)
    native.log_sum_exp(x if x.flags.c_contiguous and x.flags.aligned else x.copy(), y)
    return y


def _rows(x: Floats) -> Floats:
    x = real_numbers(x)
    if x.ndim == 0:
        raise InputError("received a single number; expected rows, an array of at least one axis")
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _exp(x: Floats) -> Floats:
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.exp(x))


def _shift(x: Floats) -> Floats:
    """Each row's largest element, (..., 1), or 0 where that is not finite: what exp can lose without overflowing."""
    largest = np.max(x, axis=-1, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(largest), largest, 0).astype(x.dtype)
