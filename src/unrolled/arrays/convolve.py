"""Convolution of pictures by numpy: channels last, so that a window of one pixel is one matrix product."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

__all__ = ["convolve", "padding"]

_BLOCK = 2**15  # numbers of a block of rows, which stays in the processor's cache while its taps are summed
_MOST = {"relu": None, "relu6": 6}


def padding(size: int, window: int, stride: int) -> tuple[int, int]:
    """Zeros before and after ``size`` pixels, for ⌈size / stride⌉ outputs; where odd, one more after than before."""
    zeros = max((-(-size // stride) - 1) * stride + window - size, 0)
    return zeros // 2, zeros - zeros // 2


def convolve(
    x: NDArray[np.floating],
    weights: NDArray[np.floating],
    bias: NDArray[np.floating],
    stride: int = 1,
    groups: int = 1,
    activation: str = "none",
) -> NDArray[np.floating]:
    """See `Namespace.convolve`."""
    outputs, window, _, inputs = weights.shape
    if groups > 1 and (inputs > 1 or groups < outputs):
        parts = zip(np.split(x, groups, -1), np.split(weights, groups), np.split(bias, groups), strict=True)
        return np.concatenate([convolve(x_g, w, b, stride, 1, activation) for x_g, w, b in parts], -1)
    if window == 1 and stride == 1 and groups == 1:
        y = x.reshape(-1, inputs) @ weights.reshape(outputs, inputs).T
        y = y.reshape(*x.shape[:3], outputs)
    else:
        rows, columns = (padding(size, window, stride) for size in x.shape[1:3])
        shape = (x.shape[0], -(-x.shape[1] // stride), -(-x.shape[2] // stride), outputs)
        padded = _padded(x, rows, columns)
        if groups > 1:
            return _each_channel(padded, weights[..., 0], bias, stride, shape, activation)
        y = _windows(padded, window, stride, shape) @ weights.reshape(outputs, window * window * inputs).T
        y = y.reshape(shape)
    y += bias
    return _activate(y, activation)


def _activate(y: NDArray[np.floating], activation: str) -> NDArray[np.floating]:
    """In place."""
    return y if activation == "none" else np.clip(y, 0, _MOST[activation], out=y)


def _padded(x: NDArray[np.floating], rows: tuple[int, int], columns: tuple[int, int]) -> NDArray[np.floating]:
    """Zeros around each picture."""
    batch, height, width, channels = x.shape
    padded = np.zeros((batch, height + sum(rows), width + sum(columns), channels), x.dtype)
    padded[:, rows[0] : rows[0] + height, columns[0] : columns[0] + width] = x
    return padded


def _windows(padded: NDArray[np.floating], window: int, stride: int, shape: tuple[int, ...]) -> NDArray[np.floating]:
    """What each output sees, a row each: (outputs' places, window · window · C)."""
    batch, height, width, _ = shape
    seen = np.empty((batch, height, width, window, window, padded.shape[-1]), padded.dtype)
    for i, j in product(range(window), repeat=2):
        seen[:, :, :, i, j] = padded[:, i : i + stride * height : stride, j : j + stride * width : stride]
    return seen.reshape(batch * height * width, window * window * padded.shape[-1])


def _each_channel(
    padded: NDArray[np.floating],
    weights: NDArray[np.floating],
    bias: NDArray[np.floating],
    stride: int,
    shape: tuple[int, ...],
    activation: str,
) -> NDArray[np.floating]:
    """Each channel by its own window, weights (C, k, k): a sum of shifted pictures, rows of pixels at once."""
    batch, height, width, channels = shape
    window = weights.shape[1]
    # A row of pixels is one vector; with a stride, the columns between are taken out first.
    columns_from = [padded[:, :, at::stride] for at in range(min(stride, window))]
    rows_of = [some.reshape(*some.shape[:2], some.shape[2] * channels) for some in columns_from]
    taps = np.broadcast_to(weights.transpose(1, 2, 0)[:, :, None], (window, window, width, channels))
    taps = taps.reshape(window, window, width * channels)
    y = np.empty((batch, height, width * channels), padded.dtype)
    at_once = max(1, _BLOCK // (width * channels))
    product_of = np.empty((at_once, width * channels), padded.dtype)
    for b, first in product(range(batch), range(0, height, at_once)):
        block = y[b, first : first + at_once]
        block[:] = np.tile(bias, width)
        one = product_of[: len(block)]
        for i, j in product(range(window), repeat=2):
            begin, top = j // stride * channels, first * stride + i
            rows = rows_of[j % stride][b, top : top + stride * len(block) : stride]
            block += np.multiply(rows[:, begin : begin + width * channels], taps[i, j], out=one)
        _activate(block, activation)
    return y.reshape(shape)
