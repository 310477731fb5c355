"""Recurrent layers over whole sequences by the native kernels, as differentiable functions of torch tensors.

In eager mode an autograd.Function hands raw pointers to the kernels. While torch.compile or torch.export traces, the
same calls go through `torch.library` operators with fake kernels. A second derivative goes through the cell's own step.
"""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from unrolled.arrays import Layout
from unrolled.errors import InputError
from unrolled.nn import compiled, raw
from unrolled.nn.eager import Kernel
from unrolled.nn.raw import Tensors
from unrolled.nn.reference import Keep, Weights, checked_lengths, reference

__all__ = ["recurrence"]


_Call: TypeAlias = tuple[str, bool]
"""The cell and whether rows are read in reverse."""


def _forward(call: _Call, fixed: Tensors, inputs: Tensors, needs: Sequence[bool]) -> tuple[tuple[Tensor, ...], Tensors]:
    y, h, c, gates, cells = raw.recurrent_forward(*call, fixed, inputs, save=any(needs))
    return ((y, h) if c is None else (y, h, c)), (y, gates, cells)


def _backward(
    call: _Call, fixed: Tensors, inputs: Tensors, kept: Tensors, grads: Tensors, needs: Sequence[bool]
) -> Tensors:
    return raw.recurrent_backward(*call, fixed, inputs, kept, (*grads, None)[:3], needs)


def _reference(call: _Call, fixed: Tensors, inputs: Tensors) -> tuple[Tensor, ...]:
    (lengths, *keep), (x, h0, c0, *weights) = fixed, inputs
    cell, reverse = call
    y, final = reference(cell, x, Weights(*weights), (h0, c0), Layout(lengths, reverse), Keep(*keep))
    return y, *final


_KERNEL = Kernel("Recurrence", _forward, _backward, _reference)


def recurrence(
    cell: str,
    x: Tensor,
    weights: Weights,
    state: tuple[Tensor | None, ...],
    layout: Layout = Layout(),  # noqa: B008  an immutable tuple
    keep: Keep = Keep(),  # noqa: B008
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run ``cell`` ("rnn", "rnn-relu", "lstm", "gru", "cifg", "peephole") over x (B, T, D) → y (B, T, H), final state.

    x (N, D) is packed as in torch's PackedSequence, and so is y; the lengths then are sorted, longest first.
    float32 on the CPU (see `unrolled.nn.eligibility.why_not`). ``state`` has the cell's entries, (B, H) each, None for
    zeros. Raises InputError for lengths, weights or a state that do not fit.
    """
    weights.check(cell, x.shape[-1])
    if x.dim() == 2:
        if layout.lengths is None or (not torch.compiler.is_compiling() and int(layout.lengths.sum()) != len(x)):
            raise InputError(f"received {len(x)} packed rows; expected as many as the lengths have steps")
    elif layout.lengths is not None:
        layout = layout._replace(lengths=checked_lengths(layout.lengths, *x.shape[:2]))
    expected = ((x if layout.lengths is None else layout.lengths).shape[0], weights.W.shape[1])
    for entry in state:
        if entry is not None and entry.shape != expected:
            raise InputError(f"a state has shape {tuple(entry.shape)}; expected {expected}")
    tensors = (x, state[0], state[1] if len(state) > 1 else None, *weights)
    if torch.compiler.is_compiling():
        y, *final = compiled.recurrence(cell, layout, keep, tensors)
    else:
        y, *final = _KERNEL((cell, layout.reverse), (layout.lengths, *keep), raw.contiguous(tensors))
    return y, tuple(final)
