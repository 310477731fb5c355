"""The array namespace over torch's own operations, without any kernel: what references and second derivatives use."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from unrolled.arrays import Layout, Namespace, Sequencer, State, padding

__all__ = ["ELEMENTARY", "Operations"]


class Operations:
    """What `unrolled.arrays.Namespace` asks for, but for the whole-sequence forms and the cross-entropy."""

    def chunk(self, x: Tensor, parts: int) -> Sequence[Tensor]:
        """Equal parts of the last axis."""
        return torch.chunk(x, parts, dim=-1)

    def concat(self, arrays: Sequence[Tensor]) -> Tensor:
        """Join along the last axis."""
        return torch.cat(list(arrays), dim=-1)

    def join_time(self, arrays: Sequence[Tensor]) -> Tensor:
        """Join (B, T_i, ...) tensors along time."""
        return torch.cat(list(arrays), dim=1)

    def stack_time(self, steps: Sequence[Tensor]) -> Tensor:
        """T tensors (B, D) → (B, T, D)."""
        return torch.stack(list(steps), dim=1)

    def sigmoid(self, x: Tensor) -> Tensor:
        """1 / (1 + exp(-x))."""
        return torch.sigmoid(x)

    def log_sigmoid(self, x: Tensor) -> Tensor:
        """The logarithm of the sigmoid, finite for any finite x."""
        return functional.logsigmoid(x)

    def tanh(self, x: Tensor) -> Tensor:
        """The hyperbolic tangent."""
        return torch.tanh(x)

    def relu(self, x: Tensor) -> Tensor:
        """The larger of x and 0."""
        return torch.relu(x)

    def exp(self, x: Tensor) -> Tensor:
        """e to the power x."""
        return torch.exp(x)

    def log(self, x: Tensor) -> Tensor:
        """The natural logarithm."""
        return torch.log(x)

    def log1p(self, x: Tensor) -> Tensor:
        """log(1 + x), exact for small x."""
        return torch.log1p(x)

    def logaddexp(self, x: Tensor, y: Tensor) -> Tensor:
        """log(exp(x) + exp(y)), finite for any finite x and y."""
        return torch.logaddexp(x, y)

    def clip(self, x: Tensor, least: float, most: float) -> Tensor:
        """x, no less than ``least`` and no more than ``most``; beyond them its gradient is zero."""
        return torch.clamp(x, least, most)

    def cumsum(self, x: Tensor) -> Tensor:
        """Running sums along the last axis."""
        return torch.cumsum(x, -1)

    def softmax(self, x: Tensor) -> Tensor:
        """exp(x) / Σ exp(x) along the last axis."""
        return torch.softmax(x, dim=-1)

    def log_softmax(self, x: Tensor) -> Tensor:
        """The logarithm of the softmax along the last axis."""
        return torch.log_softmax(x, dim=-1)

    def where(self, condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """Elements of x where the condition holds, else of y."""
        return torch.where(condition, x, y)

    def take(self, table: Tensor, ids: Tensor) -> Tensor:
        """Rows (…, D) of ``table`` (V, D) for whole numbers ``ids`` (…)."""
        return functional.embedding(ids, table)

    def reverse_time(self, x: Tensor) -> Tensor:
        """x (B, T, D), its steps in reverse order."""
        return torch.flip(x, (1,))

    def gather_time(self, x: Tensor, index: Tensor) -> Tensor:
        """x (B, T, D), index (B, S) → (B, S, D): row b, time index[b, s]."""
        return torch.gather(x, 1, index[:, :, None].expand(-1, -1, x.shape[-1]))

    def max_time(self, x: Tensor) -> Tensor:
        """x (B, T, D), T at least 1 → its largest step (B, D), feature by feature."""
        return torch.amax(x, 1)

    def zeros(self, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """Zeros of ``like``'s dtype and device."""
        return torch.zeros(shape, dtype=like.dtype, device=like.device)

    def constant(self, values: NDArray[np.floating], like: Tensor) -> Tensor:
        """The same numbers in ``like``'s dtype, on its device."""
        return torch.tensor(values, dtype=like.dtype, device=like.device)

    def full_ids(self, shape: tuple[int, ...], value: int) -> Tensor:
        """A constant tensor of ids."""
        return torch.full(shape, value, dtype=torch.int64)

    def arange(self, size: int) -> Tensor:
        """0, 1, ... size - 1."""
        return torch.arange(size)

    def convolve(
        self, x: Tensor, weights: Tensor, bias: Tensor, stride: int = 1, groups: int = 1, activation: str = "none"
    ) -> Tensor:
        """Pictures x (B, H, W, C), weights (O, k, k, C / groups) → (B, ⌈H / stride⌉, ⌈W / stride⌉, O)."""
        rows, columns = (padding(size, weights.shape[1], stride) for size in x.shape[1:3])
        if stride == 1 and weights.shape[1] % 2:  # as many zeros on either side
            around = weights.shape[1] // 2
        else:
            x, around = functional.pad(x, (0, 0, *columns, *rows)), 0
        picture, filters = (
            x.permute(0, 3, 1, 2),
            weights.permute(0, 3, 1, 2),
        )  # channels last in memory, as torch has it
        y = functional.conv2d(picture, filters, bias, stride, around, groups=groups).permute(0, 2, 3, 1)
        return y if activation == "none" else torch.relu(y) if activation == "relu" else functional.relu6(y)


class _Elementary(Operations):
    """`Namespace` over torch's own operations."""

    def cross_entropy(self, x: Tensor, weights: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(functional.linear(x, weights, bias), targets, reduction="sum")

    def recurrent(self, kernel: str | None, x: Tensor) -> Sequencer | None:
        return None

    def scan(self, a: Tensor, b: Tensor, state: State, layout: Layout) -> tuple[Tensor, State] | None:
        return None


ELEMENTARY: Namespace = _Elementary()
