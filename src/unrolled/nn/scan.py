"""The scan h′ = a ⊙ h + b by the native kernels. A second derivative goes through the fold of single steps."""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from unrolled.arrays import Layout
from unrolled.cells.linear import scan_by_steps
from unrolled.nn import compiled, raw
from unrolled.nn.eager import Kernel
from unrolled.nn.elementary import ELEMENTARY
from unrolled.nn.raw import Tensors

__all__ = ["scan"]


_Call: TypeAlias = tuple[int, bool]
"""How many parts a number has (1: real, 2: complex), and whether rows are read in reverse."""


def _forward(call: _Call, fixed: Tensors, inputs: Tensors, needs: Sequence[bool]) -> tuple[tuple[Tensor, ...], Tensors]:
    y, h = raw.scan_forward(*call, *fixed, *inputs)
    return (y, h), (y,)


def _backward(
    call: _Call, fixed: Tensors, inputs: Tensors, kept: Tensors, grads: Tensors, needs: Sequence[bool]
) -> Tensors:
    (a, _, h0), (lengths,), (y,) = inputs, fixed, kept
    return raw.scan_backward(*call, lengths, a, h0, y, grads)


def _reference(call: _Call, fixed: Tensors, inputs: Tensors) -> tuple[Tensor, ...]:
    (parts, reverse), (a, b, h0) = call, inputs
    state = tuple(ELEMENTARY.chunk(h0, parts))
    y, last = scan_by_steps(ELEMENTARY, a, b, state, Layout(fixed[0], reverse))
    return y, torch.cat(last, -1)


_KERNEL = Kernel("Scan", _forward, _backward, _reference)


def scan(a: Tensor, b: Tensor, state: tuple[Tensor, ...], layout: Layout) -> tuple[Tensor, tuple[Tensor, ...]]:
    """As `unrolled.cells.linear.scan_by_steps`, for float32 on the CPU (see `unrolled.nn.eligibility.why_not`)."""
    parts, h0 = len(state), torch.cat(list(state), -1)
    lengths = None if layout.lengths is None else layout.lengths.to("cpu", torch.int64).contiguous()
    if torch.compiler.is_compiling():
        y, h = compiled.scan(parts, layout.reverse, lengths, a, b, h0)
    else:
        inputs = (raw.rows(a), raw.rows(b), h0)
        y, h = _KERNEL((parts, layout.reverse), (lengths,), inputs)
    return y, torch.chunk(h, parts, -1)
