"""The recurrence as `torch.library` operators: what torch.compile and torch.export see of it."""

from typing import Any

import torch
from torch import Tensor

from unrolled.nn import operators
from unrolled.nn.reference import Keep, Layout, Weights, checked_lengths

__all__ = ["recurrence"]


def _present(tensors: Any, like: Tensor | None = None) -> list[Tensor]:
    """An operator gives tensors alone: an empty one stands for none."""
    like = tensors[0] if like is None else like
    return [like.new_empty(0) if t is None else t for t in tensors]


def _absent(tensor: Tensor | None) -> Tensor | None:
    return tensor if tensor is not None and tensor.dim() > 1 else None


def _checked(lengths: Tensor | None, packed: bool, x: Tensor) -> Tensor | None:
    return lengths if lengths is None or packed else checked_lengths(lengths, *x.shape[:2])


@torch.library.custom_op("unrolled::recurrence", mutates_args=())
def _recurrence(
    cell: str, reverse: bool, packed: bool, given: list[Tensor | None], inputs: list[Tensor | None]
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """``given`` are lengths, keep_h, keep_c; ``inputs`` x, h0, c0 and the weights → y, h, c, gates, cells."""
    call = operators._Call(cell, reverse, packed)
    x, h0, c0, *weights = operators._in_place(inputs)
    lengths = _checked(given[0], packed, x)
    keep = Keep(*given[1:])
    y, h, c, gates, cells = _present(operators._forward(call, x, lengths, Weights(*weights), (h0, c0), keep, save=True))
    return y, h, c, gates, cells


@_recurrence.register_fake
def _(cell: str, reverse: bool, packed: bool, given: Any, inputs: Any) -> Any:
    x, h0, weights = inputs[0], inputs[1], inputs[3:]
    hidden, batch = weights[1].shape[1], h0.shape[0]
    rows = x.shape[0] if packed else batch * x.shape[1]
    kept = operators.KEPT[cell] or (0 if given[1] is None else 1)
    y = x.new_empty((rows, hidden)) if packed else x.new_empty((x.shape[1], batch, hidden)).transpose(0, 1)
    state = x.new_empty((batch, hidden))
    if cell in operators.WITHOUT_C:
        c = cells = x.new_empty(0)
    else:
        c, cells = torch.empty_like(state), x.new_empty((rows, hidden))
    gates = x.new_empty((rows, kept * hidden)) if kept else x.new_empty(0)
    return y, state, c.clone(), gates, cells.clone()


@torch.library.custom_op("unrolled::recurrence_backward", mutates_args=())
def _gradients(
    call: str, flags: list[bool], given: list[Tensor | None], inputs: list[Tensor | None], grads: list[Tensor | None]
) -> list[Tensor]:
    """``given`` are lengths, keep_h, keep_c, y, gates, cells; ``grads`` those of y, h and c."""
    x, h0, c0, *weights = operators._in_place(inputs)
    lengths, keep_h, keep_c, y, gates, cells = given
    assert y is not None
    whole = operators._Call(call, *flags)
    saved = operators._Saved(
        x,
        _checked(lengths, whole.packed, x),
        Weights(*weights),
        (h0, c0),
        Keep(keep_h, keep_c),
        operators._rows(y),
        _absent(gates),
        _absent(cells),
    )
    found = operators._backward(whole, saved, tuple(grads), (True,) * 8)
    return _present([None if t is None else g for g, t in zip(found, inputs, strict=True)], x)


@_gradients.register_fake
def _(call: str, flags: Any, given: Any, inputs: Any, grads: Any) -> Any:
    d_x = torch.empty_like(inputs[0])  # lies as x does where that leaves its last axis contiguous
    d_x = d_x if d_x.stride(-1) == 1 else d_x.contiguous()
    return [d_x, *(d_x.new_empty(0 if t is None else t.shape) for t in inputs[1:])]


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    ctx.call, ctx.flags, given, tensors = inputs[0], list(inputs[1:3]), inputs[3], inputs[4]
    y, _, _, gates, cells = output
    ctx.save_for_backward(*given, y, gates, cells, *tensors)


def _backward(ctx: Any, d_y: Any, d_h: Any, d_c: Any, *_: Any) -> Any:
    given, inputs = list(ctx.saved_tensors[:6]), list(ctx.saved_tensors[6:])
    found = _gradients(ctx.call, ctx.flags, given, inputs, [d_y, d_h, _absent(d_c)])
    return None, None, None, [None] * 3, [None if t is None else g for g, t in zip(found, inputs, strict=True)]


_recurrence.register_autograd(_backward, setup_context=_save)


def recurrence(cell: str, layout: Layout, keep: Keep, tensors: Any) -> tuple[Tensor, ...]:
    """As `unrolled.nn.operators.recurrence`; ``tensors`` are x, h0, c0 and the weights."""
    x, h0, *rest = tensors
    if h0 is None:
        batch = x.shape[0] if layout.lengths is None else layout.lengths.shape[0]
        h0 = x.new_zeros((batch, rest[2].shape[1]))
    y, h, c, *_ = _recurrence(cell, layout.reverse, layout.packed, [layout.lengths, *keep], [x, h0, *rest])
    return (y, h) if cell in operators.WITHOUT_C else (y, h, c)
