"""The recurrence and the scan as `torch.library` operators: what torch.compile and torch.export see of the kernels.

torch follows gradients into a list of tensors only where none of them is None: an empty tensor (0) stands for none.
The names of the operators and of their arguments stand in exported programs: they stay as they are.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from unrolled.arrays import Layout
from unrolled.kernels import KERNELS
from unrolled.nn import raw
from unrolled.nn.reference import Keep, checked_lengths

__all__ = ["recurrence", "scan"]


def _filled(tensors: Sequence[Tensor | None], like: Tensor) -> list[Tensor]:
    return [like.new_empty(0) if t is None else t for t in tensors]


def _optional(tensor: Tensor) -> Tensor | None:
    return None if tensor.dim() == 1 and tensor.shape[0] == 0 else tensor


def _inputs(tensors: list[Tensor]) -> raw.Tensors:
    return raw.contiguous([_optional(t) for t in tensors])


def _fixed(tensors: list[Tensor], x: Tensor) -> raw.Tensors:
    """Lengths, keep_h and keep_c."""
    lengths, *keep = (_optional(t) for t in tensors)
    if lengths is not None and x.dim() == 3:
        lengths = checked_lengths(lengths, *x.shape[:2])
    return lengths, *keep


@torch.library.custom_op("unrolled::recurrence", mutates_args=())
def _recurrence(
    cell: str, reverse: bool, packed: bool, given: list[Tensor], inputs: list[Tensor]
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """``given`` are lengths, keep_h, keep_c; ``inputs`` x, h0, c0 and the weights → y, h, c, gates, cells."""
    x, *others = _inputs(inputs)
    outputs = raw.recurrent_forward(cell, reverse, _fixed(given, x), (x, *others), save=True)
    y, h, c, gates, cells = _filled(outputs, x)
    return y, h, c, gates, cells


@_recurrence.register_fake
def _(cell: str, reverse: bool, packed: bool, given: list[Tensor], inputs: list[Tensor]) -> tuple[Tensor, ...]:
    x, h0, hidden, kernel = inputs[0], inputs[1], inputs[4].shape[1], KERNELS[cell]
    batch = h0.shape[0]
    rows = x.shape[0] if packed else batch * x.shape[1]
    kept = kernel.kept_with(zoneout=given[1].dim() == 2)
    y = x.new_empty((rows, hidden)) if packed else x.new_empty((x.shape[1], batch, hidden)).transpose(0, 1)
    gates = x.new_empty((rows, kept * hidden)) if kept else x.new_empty(0)
    if not kernel.has_c:
        return y, x.new_empty((batch, hidden)), x.new_empty(0), gates, x.new_empty(0)
    return y, x.new_empty((batch, hidden)), x.new_empty((batch, hidden)), gates, x.new_empty((rows, hidden))


@torch.library.custom_op("unrolled::recurrence_backward", mutates_args=())
def _recurrence_gradients(
    cell: str, flags: list[bool], given: list[Tensor], inputs: list[Tensor], saved: list[Tensor]
) -> list[Tensor]:
    """``saved`` are y, gates, cells and the gradients of y, h, c → the gradients of ``inputs``."""
    (x, *others), (y, gates, cells, *grads) = _inputs(inputs), (_optional(t) for t in saved)
    assert y is not None
    kept, needs = (raw.rows(y), gates, cells), (True,) * len(inputs)
    gradients = raw.recurrent_backward(cell, flags[0], _fixed(given, x), (x, *others), kept, grads, needs)
    return _filled([None if _optional(t) is None else g for g, t in zip(gradients, inputs, strict=True)], x)


@_recurrence_gradients.register_fake
def _(cell: str, flags: list[bool], given: list[Tensor], inputs: list[Tensor], saved: list[Tensor]) -> list[Tensor]:
    x = inputs[0]
    rows = x if x.stride(-1) == 1 and x.dim() == 3 else x.contiguous()
    return [torch.empty_like(rows), *(t.new_empty(t.shape) for t in inputs[1:])]


def _save_recurrence(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.cell, ctx.flags, fixed, tensors = inputs[0], list(inputs[1:3]), inputs[3], inputs[4]
    y, _, _, gates, cells = output
    ctx.save_for_backward(*fixed, y, gates, cells, *tensors)


def _recurrence_backward(ctx: Any, d_y: Tensor, d_h: Tensor, d_c: Tensor, *_: Tensor) -> tuple[Any, ...]:
    fixed, kept, inputs = (list(ctx.saved_tensors[i:j]) for i, j in ((0, 3), (3, 6), (6, None)))
    gradients = _recurrence_gradients(ctx.cell, ctx.flags, fixed, inputs, [*kept, d_y, d_h, d_c])
    return None, None, None, [None] * 3, gradients


_recurrence.register_autograd(_recurrence_backward, setup_context=_save_recurrence)


def recurrence(cell: str, layout: Layout, keep: Keep, tensors: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
    """As `unrolled.nn.recurrence.recurrence` → y, h and, where the cell has it, c.

    ``tensors`` are x, h0, c0 and the weights.
    """
    x, h0, *others = tensors
    W = others[2]
    assert x is not None
    assert W is not None
    if h0 is None:
        batch = x.shape[0] if layout.lengths is None else layout.lengths.shape[0]
        h0 = x.new_zeros((batch, W.shape[1]))
    lengths = None if layout.lengths is None else layout.lengths.clone()  # the backward pass's own
    fixed, inputs = _filled([lengths, *keep], x), _filled([x, h0, *others], x)
    y, h, c, *_ = _recurrence(cell, layout.reverse, x.dim() == 2, fixed, inputs)
    return (y, h, c) if KERNELS[cell].has_c else (y, h)


@torch.library.custom_op("unrolled::scan", mutates_args=())
def _scan(parts: int, reverse: bool, lengths: Tensor | None, a: Tensor, b: Tensor, h0: Tensor) -> tuple[Tensor, Tensor]:
    return raw.scan_forward(parts, reverse, lengths, raw.rows(a), raw.rows(b), h0.contiguous())


@_scan.register_fake
def _(parts: int, reverse: bool, lengths: Tensor | None, a: Tensor, b: Tensor, h0: Tensor) -> tuple[Tensor, Tensor]:
    return b.new_empty(b.shape), torch.empty_like(h0)


@torch.library.custom_op("unrolled::scan_backward", mutates_args=())
def _scan_gradients(
    parts: int, reverse: bool, lengths: Tensor | None, inputs: list[Tensor], grads: list[Tensor | None]
) -> list[Tensor]:
    """``inputs`` are a, h0 and y."""
    a, h0, y = inputs
    return list(raw.scan_backward(parts, reverse, lengths, raw.rows(a), h0.contiguous(), raw.rows(y), grads))


@_scan_gradients.register_fake
def _(
    parts: int, reverse: bool, lengths: Tensor | None, inputs: list[Tensor], grads: list[Tensor | None]
) -> list[Tensor]:
    a, h0, y = inputs
    return [y.new_empty(a.shape), y.new_empty(y.shape), y.new_empty(h0.shape)]


def _save_scan(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.call, (lengths, a, _, h0) = inputs[:2], inputs[2:]
    ctx.save_for_backward(lengths, a, h0, output[0])


def _scan_backward(ctx: Any, d_y: Tensor, d_h: Tensor) -> tuple[Any, ...]:
    lengths, *inputs = ctx.saved_tensors
    return None, None, None, *_scan_gradients(*ctx.call, lengths, inputs, [d_y, d_h])


_scan.register_autograd(_scan_backward, setup_context=_save_scan)


def scan(parts: int, reverse: bool, lengths: Tensor | None, a: Tensor, b: Tensor, h0: Tensor) -> tuple[Tensor, Tensor]:
    """As `unrolled.nn.raw.scan_forward`."""
    y, h = _scan(parts, reverse, lengths, a, b, h0)
    return y, h
