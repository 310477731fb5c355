"""What the functional core asks of an array library.

Shapes use the letters B batch, T time, D features, H hidden, V vocabulary, N rows. Functions work on the last axis.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays.trees import Tree
from unrolled.kernels import Layout

__all__ = ["Array", "Namespace", "Noise", "Sequencer", "State"]

Array: TypeAlias = Any
State: TypeAlias = tuple[Array, ...]
"""A cell's state: its entries, (B, H) each where the cell does not say otherwise."""

Sequencer: TypeAlias = Callable[[Tree, Array, State, Layout, Sequence[Array] | None], tuple[Array, State]]
"""(parameters, x (B, T, D), state, layout, keep) → (y (B, T, H), state): see `unrolled.cells.run`."""


class Noise(Protocol):
    """A source of dropout masks: given only while training; without one every function is deterministic."""

    def mask(self, shape: tuple[int, ...], rate: float, like: Array) -> Array:
        """Zero with probability ``rate``, else 1 / (1 - rate)."""


class Namespace(Protocol):
    """What the functional core asks of an array library."""

    def chunk(self, x: Array, parts: int) -> Sequence[Array]:
        """Equal parts of the last axis."""

    def concat(self, arrays: Sequence[Array]) -> Array:
        """Join along the last axis."""

    def join_time(self, arrays: Sequence[Array]) -> Array:
        """Join (B, T_i, ...) arrays along time."""

    def stack_time(self, steps: Sequence[Array]) -> Array:
        """T arrays (B, D) → (B, T, D)."""

    def sigmoid(self, x: Array) -> Array:
        """1 / (1 + exp(-x))."""

    def log_sigmoid(self, x: Array) -> Array:
        """The logarithm of the sigmoid, finite for any finite x."""

    def tanh(self, x: Array) -> Array:
        """The hyperbolic tangent."""

    def relu(self, x: Array) -> Array:
        """The larger of x and 0."""

    def exp(self, x: Array) -> Array:
        """e to the power x."""

    def log(self, x: Array) -> Array:
        """The natural logarithm."""

    def log1p(self, x: Array) -> Array:
        """log(1 + x), exact for small x."""

    def logaddexp(self, x: Array, y: Array) -> Array:
        """log(exp(x) + exp(y)), finite for any finite x and y."""

    def clip(self, x: Array, least: float, most: float) -> Array:
        """x, no less than ``least`` and no more than ``most``; beyond them its gradient is zero."""

    def cumsum(self, x: Array) -> Array:
        """Running sums along the last axis."""

    def softmax(self, x: Array) -> Array:
        """exp(x) / Σ exp(x) along the last axis."""

    def log_softmax(self, x: Array) -> Array:
        """The logarithm of the softmax along the last axis."""

    def where(self, condition: Array, x: Array, y: Array) -> Array:
        """Elements of x where the condition holds, else of y."""

    def take(self, table: Array, ids: Array) -> Array:
        """Rows (…, D) of ``table`` (V, D) for whole numbers ``ids`` (…)."""

    def reverse_time(self, x: Array) -> Array:
        """x (B, T, D), its steps in reverse order."""

    def gather_time(self, x: Array, index: Array) -> Array:
        """x (B, T, D), index (B, S) → (B, S, D): row b, time index[b, s]."""

    def max_time(self, x: Array) -> Array:
        """x (B, T, D), T at least 1 → its largest step (B, D), feature by feature."""

    def zeros(self, shape: tuple[int, ...], like: Array) -> Array:
        """Zeros of ``like``'s dtype and device."""

    def constant(self, values: NDArray[np.floating], like: Array) -> Array:
        """The same numbers in ``like``'s dtype, on its device."""

    def full_ids(self, shape: tuple[int, ...], value: int) -> Array:
        """A constant array of ids."""

    def arange(self, size: int) -> Array:
        """0, 1, ... size - 1."""

    def convolve(
        self, x: Array, weights: Array, bias: Array, stride: int = 1, groups: int = 1, activation: str = "none"
    ) -> Array:
        """Pictures x (B, H, W, C), weights (O, k, k, C / groups) → (B, ⌈H / stride⌉, ⌈W / stride⌉, O).

        Around the picture stand zeros, where their number is odd one more below and to the right. ``activation`` is
        "none", "relu" or "relu6" (no more than 6).
        """

    def cross_entropy(self, x: Array, weights: Array, bias: Array, targets: Array) -> Array:
        """Sum over rows of -log softmax(x Wᵀ + b)[target]: the (N, V) logits are never kept."""

    def recurrent(self, kernel: str | None, x: Array) -> Sequencer | None:
        """The whole-sequence form of a cell's kernel for an array like x, or None where there is none."""

    def scan(self, a: Array, b: Array, state: State, layout: Layout) -> tuple[Array, State] | None:
        """The fold of h′ = a ⊙ h + b by a kernel, or None where there is none: see `unrolled.cells.linear`."""
