"""The array namespace over numpy."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.arrays.convolve import convolve
from unrolled.arrays.namespace import Array, Namespace, Sequencer, State
from unrolled.arrays.trees import Tree, recurrent_weights
from unrolled.kernels import Layout, extension

__all__ = ["NUMPY"]


class _Numpy:
    """`Namespace` over numpy; its float32 activations run in the native kernels."""

    def chunk(self, x: Array, parts: int) -> Sequence[Array]:
        width = x.shape[-1] // parts
        return [x[..., i * width : (i + 1) * width] for i in range(parts)]

    def concat(self, arrays: Sequence[Array]) -> Array:
        return np.concatenate(arrays, axis=-1)

    def join_time(self, arrays: Sequence[Array]) -> Array:
        return np.concatenate(arrays, axis=1)

    def stack_time(self, steps: Sequence[Array]) -> Array:
        return np.stack(steps, axis=1)

    def sigmoid(self, x: Array) -> Array:
        return kernels.sigmoid(x)

    def log_sigmoid(self, x: Array) -> Array:
        return -np.logaddexp(0, -x)

    def tanh(self, x: Array) -> Array:
        return kernels.tanh(x)

    def relu(self, x: Array) -> Array:
        return np.maximum(x, 0)

    def exp(self, x: Array) -> Array:
        return np.exp(x)

    def log(self, x: Array) -> Array:
        return np.log(x)

    def log1p(self, x: Array) -> Array:
        return np.log1p(x)

    def logaddexp(self, x: Array, y: Array) -> Array:
        return np.logaddexp(x, y)

    def clip(self, x: Array, least: float, most: float) -> Array:
        return np.clip(x, least, most)

    def cumsum(self, x: Array) -> Array:
        return np.cumsum(x, axis=-1, dtype=x.dtype)

    def softmax(self, x: Array) -> Array:
        return kernels.softmax(x)

    def log_softmax(self, x: Array) -> Array:
        return x - kernels.log_sum_exp(x)[..., None]

    def where(self, condition: Array, x: Array, y: Array) -> Array:
        return np.where(condition, x, y)

    def take(self, table: Array, ids: Array) -> Array:
        return table[ids]

    def reverse_time(self, x: Array) -> Array:
        return x[:, ::-1]

    def gather_time(self, x: Array, index: Array) -> Array:
        return np.take_along_axis(x, index[:, :, None], axis=1)

    def max_time(self, x: Array) -> Array:
        return x.max(axis=1)

    def zeros(self, shape: tuple[int, ...], like: Array) -> Array:
        return np.zeros(shape, dtype=like.dtype)

    def constant(self, values: NDArray[np.floating], like: Array) -> Array:
        return values.astype(like.dtype)

    def full_ids(self, shape: tuple[int, ...], value: int) -> NDArray[np.int64]:
        return np.full(shape, value, dtype=np.int64)

    def arange(self, size: int) -> NDArray[np.int64]:
        return np.arange(size)

    def convolve(
        self, x: Array, weights: Array, bias: Array, stride: int = 1, groups: int = 1, activation: str = "none"
    ) -> Array:
        return convolve(x, weights, bias, stride, groups, activation)

    def cross_entropy(self, x: Array, weights: Array, bias: Array, targets: Array) -> Array:
        return kernels.cross_entropy(x, weights, bias, targets)

    def recurrent(self, kernel: str | None, x: Array) -> Sequencer | None:
        if kernel is None or kernel not in kernels.RECURRENT or x.dtype != np.float32:
            return None
        return partial(_by_kernel, kernel)

    def scan(self, a: Array, b: Array, state: State, layout: Layout) -> tuple[Array, State] | None:
        if not extension.NATIVE or any(x.dtype != np.float32 for x in (a, b, *state)):
            return None
        return kernels.scan(a, b, state, layout)


def _by_kernel(
    kernel: str, params: Tree, x: Array, state: State, layout: Layout, keep: Sequence[Array] | None
) -> tuple[Array, State]:
    return kernels.recurrent(kernel, x, recurrent_weights(params), state, layout, None if keep is None else tuple(keep))


NUMPY: Namespace = _Numpy()
