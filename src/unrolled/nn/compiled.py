"""The recurrence as `torch.library` operators: what torch.compile and torch.export see of it.

torch follows gradients into a list of tensors only where none of them is None: an empty tensor (0) stands for none.
"""

from typing import Any

import torch
from torch import Tensor

from unrolled.nn import operators
from unrolled.nn.reference import Keep, Layout, Weights, checked_lengths

__all__ = ["recurrence"]


def _filled(tensors: Any, like: Tensor) -> list[Tensor]:
    return [like.new_empty(0) if t is None else t for t in tensors]


def _optional(tensor: Tensor) -> Tensor | None:
    return None if tensor.dim() == 1 and tensor.shape[0] == 0 else tensor


def _inputs(tensors: list[Tensor]) -> list[Any]:
    """x, h0, c0 and the weights as the kernels read them."""
    return operators._in_place([_optional(t) for t in tensors])


def _layout(given: list[Tensor], packed: bool, x: Tensor) -> tuple[Tensor | None, Keep]:
    lengths, *keep = (_optional(t) for t in given)
    if lengths is not None and not packed:
        lengths = checked_lengths(lengths, *x.shape[:2])
    return lengths, Keep(*keep)


@torch.library.custom_op("unrolled::recurrence", mutates_args=())
def _recurrence(
    cell: str, reverse: bool, packed: bool, given: list[Tensor], inputs: list[Tensor]
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """``given`` are lengths, keep_h, keep_c; ``inputs`` x, h0, c0 and the weights → y, h, c, gates, cells."""
    call = operators._Call(cell, reverse, packed)
    x, h0, c0, *weights = _inputs(inputs)
    lengths, keep = _layout(given, packed, x)
    found = operators._forward(call, x, lengths, Weights(*weights), (h0, c0), keep, save=True)
    y, h, c, gates, cells = _filled(found, x)
    return y, h, c, gates, cells


@_recurrence.register_fake
def _(cell: str, reverse: bool, packed: bool, given: Any, inputs: Any) -> Any:
    x, h0, hidden = inputs[0], inputs[1], inputs[4].shape[1]
    batch = h0.shape[0]
    rows = x.shape[0] if packed else batch * x.shape[1]
    kept = operators.KEPT[cell] or (given[1].dim() == 2)
    y = x.new_empty((rows, hidden)) if packed else x.new_empty((x.shape[1], batch, hidden)).transpose(0, 1)
    gates = x.new_empty((rows, kept * hidden)) if kept else x.new_empty(0)
    if cell in operators.WITHOUT_C:
        return y, x.new_empty((batch, hidden)), x.new_empty(0), gates, x.new_empty(0)
    return y, x.new_empty((batch, hidden)), x.new_empty((batch, hidden)), gates, x.new_empty((rows, hidden))


@torch.library.custom_op("unrolled::recurrence_backward", mutates_args=())
def _gradients(
    cell: str, flags: list[bool], given: list[Tensor], inputs: list[Tensor], saved: list[Tensor]
) -> list[Tensor]:
    """``saved`` are y, gates, cells and the gradients of y, h, c → the gradients of ``inputs``."""
    call = operators._Call(cell, *flags)
    x, h0, c0, *weights = _inputs(inputs)
    lengths, keep = _layout(given, call.packed, x)
    y, gates, cells, *grads = (_optional(t) for t in saved)
    assert y is not None
    before = operators._Saved(x, lengths, Weights(*weights), (h0, c0), keep, operators._rows(y), gates, cells)
    found = operators._backward(call, before, tuple(grads), (True,) * 8)
    return _filled((None if _optional(t) is None else g for g, t in zip(found, inputs, strict=True)), x)


@_gradients.register_fake
def _(cell: str, flags: Any, given: Any, inputs: Any, saved: Any) -> Any:
    x = inputs[0]
    rows = x if x.stride(-1) == 1 and x.dim() == 3 else x.contiguous()
    return [torch.empty_like(rows), *(t.new_empty(t.shape) for t in inputs[1:])]


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    ctx.cell, ctx.flags, given, tensors = inputs[0], list(inputs[1:3]), inputs[3], inputs[4]
    y, _, _, gates, cells = output
    ctx.save_for_backward(*given, y, gates, cells, *tensors)


def _backward(ctx: Any, d_y: Any, d_h: Any, d_c: Any, *_: Any) -> Any:
    given, outputs, inputs = (list(ctx.saved_tensors[i:j]) for i, j in ((0, 3), (3, 6), (6, None)))
    found = _gradients(ctx.cell, ctx.flags, given, inputs, [*outputs, d_y, d_h, d_c])
    return None, None, None, [None] * 3, found


_recurrence.register_autograd(_backward, setup_context=_save)


def recurrence(cell: str, layout: Layout, keep: Keep, tensors: Any) -> tuple[Tensor, ...]:
    """As `unrolled.nn.operators.recurrence`; ``tensors`` are x, h0, c0 and the weights."""
    x, h0, *rest = tensors
    if h0 is None:
        batch = x.shape[0] if layout.lengths is None else layout.lengths.shape[0]
        h0 = x.new_zeros((batch, rest[2].shape[1]))
    given, inputs = _filled([layout.lengths, *keep], x), _filled([x, h0, *rest], x)
    y, h, c, *_ = _recurrence(cell, layout.reverse, layout.packed, given, inputs)
    return (y, h) if cell in operators.WITHOUT_C else (y, h, c)
