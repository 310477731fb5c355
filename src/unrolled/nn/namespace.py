"""The array namespace over torch; whole sequences of float32 on the CPU run in the native kernels."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from unrolled import kernels
from unrolled.arrays import Array, Namespace, Sequencer
from unrolled.cells import CELLS
from unrolled.cells.base import run_by_steps
from unrolled.nn.operators import recurrence, why_not
from unrolled.nn.output import cross_entropy
from unrolled.nn.reference import Keep, Layout, Weights
from unrolled.nn.scan import scan
from unrolled.nn.slstm import slstm, unwatched

__all__ = ["TORCH"]


def _weights(params: Any) -> Weights:
    """A cell's parameters as the kernels know them: the GRU's second bias stands for its n gate alone."""
    b_n = params.get("b_n")
    b_h = None if b_n is None else torch.cat([b_n.new_zeros(2 * len(b_n)), b_n])
    return Weights(params.U, params.W, params.b, b_h, params.get("p"))


def _by_kernel(
    kernel: str, params: Any, x: Tensor, state: Any, lengths: Tensor | None, reverse: bool, keep: Any
) -> tuple[Tensor, tuple[Tensor, ...]]:
    weights = _weights(params)
    if why_not(x, *weights, *state, *(keep or ())) is not None:
        cell = next(c for c in CELLS.values() if c.kernel == kernel)
        return run_by_steps(TORCH, cell, params, x, state, lengths, reverse, keep)
    return recurrence(kernel, x, weights, tuple(state), Layout(lengths, reverse), _packed(keep, lengths))


def _packed(keep: Any, lengths: Tensor | None) -> Keep:
    """(B, T, H) each → (N, H) in packed order."""
    if keep is None:
        return Keep()
    if lengths is None:
        return Keep(*(k.transpose(0, 1).reshape(-1, k.shape[-1]) for k in keep))
    order = torch.argsort(lengths, descending=True, stable=True)
    alive = torch.arange(keep[0].shape[1])[:, None] < lengths[order]
    return Keep(*(k[order].transpose(0, 1)[alive].contiguous() for k in keep))


class _Torch:
    """`Namespace` over torch."""

    def chunk(self, x: Array, parts: int) -> Sequence[Array]:
        return torch.chunk(x, parts, dim=-1)

    def concat(self, arrays: Sequence[Array]) -> Array:
        return torch.cat(list(arrays), dim=-1)

    def join_time(self, arrays: Sequence[Array]) -> Array:
        return torch.cat(list(arrays), dim=1)

    def stack_time(self, steps: Sequence[Array]) -> Array:
        return torch.stack(list(steps), dim=1)

    def sigmoid(self, x: Array) -> Array:
        return torch.sigmoid(x)

    def log_sigmoid(self, x: Array) -> Array:
        return torch.nn.functional.logsigmoid(x)

    def tanh(self, x: Array) -> Array:
        return torch.tanh(x)

    def relu(self, x: Array) -> Array:
        return torch.relu(x)

    def softmax(self, x: Array) -> Array:
        return torch.softmax(x, dim=-1)

    def log_softmax(self, x: Array) -> Array:
        return torch.log_softmax(x, dim=-1)

    def where(self, condition: Array, x: Array, y: Array) -> Array:
        return torch.where(condition, x, y)

    def take(self, table: Array, ids: Array) -> Array:
        return torch.nn.functional.embedding(ids, table)

    def reverse_time(self, x: Array) -> Array:
        return torch.flip(x, (1,))

    def gather_time(self, x: Array, index: Array) -> Array:
        return torch.gather(x, 1, index[:, :, None].expand(-1, -1, x.shape[-1]))

    def max_time(self, x: Array) -> Array:
        return torch.amax(x, 1)

    def zeros(self, shape: tuple[int, ...], like: Array) -> Array:
        return torch.zeros(shape, dtype=like.dtype, device=like.device)

    def full_ids(self, shape: tuple[int, ...], value: int) -> Array:
        return torch.full(shape, value, dtype=torch.int64)

    def arange(self, size: int) -> Array:
        return torch.arange(size)

    def cross_entropy(self, x: Array, weights: Array, bias: Array, targets: Array) -> Array:
        return cross_entropy(x, weights, bias, targets)

    def recurrent(self, kernel: str | None, x: Array) -> Sequencer | None:
        if kernel == "slstm":
            return slstm if unwatched(x) else None
        if kernel is None or kernel not in kernels.RECURRENT or why_not(x) is not None:
            return None
        return partial(_by_kernel, kernel)

    def scan(
        self, a: Array, b: Array, state: tuple[Array, ...], lengths: Array | None, reverse: bool
    ) -> tuple[Array, tuple[Array, ...]] | None:
        return scan(a, b, state, lengths, reverse) if why_not(b, a, *state) is None else None


TORCH: Namespace = _Torch()
