"""The recurrence as `torch.library` operators: what torch.compile and torch.export see of it."""

from typing import Any

import torch
from torch import Tensor

from unrolled.nn import operators
from unrolled.nn.reference import Keep, Layout, Weights

__all__ = ["recurrence"]


def _present(tensors: Any) -> list[Tensor]:
    """An operator gives tensors alone: an empty one stands for none."""
    first = next(t for t in tensors if t is not None)
    return [first.new_empty(0) if t is None else t for t in tensors]


def _absent(tensor: Tensor) -> Tensor | None:
    return tensor if tensor.dim() > 1 else None


@torch.library.custom_op("unrolled::recurrence", mutates_args=())
def _recurrence(
    cell: str,
    reverse: bool,
    packed: bool,
    lengths: Tensor | None,
    keep_h: Tensor | None,
    keep_c: Tensor | None,
    x: Tensor,
    h0: Tensor,
    c0: Tensor | None,
    U: Tensor,
    W: Tensor,
    b_x: Tensor | None,
    b_h: Tensor | None,
    peephole: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    call = operators._Call(cell, reverse, packed)
    rows = [operators._rows(x), *(None if t is None else t.contiguous() for t in (h0, c0, U, W, b_x, b_h, peephole))]
    layout = Layout(lengths, reverse, packed)
    if lengths is not None:
        lengths = operators._checked_lengths(layout, rows[0])
    found = operators._forward(
        call, rows[0], lengths, Weights(*rows[3:]), (rows[1], rows[2]), Keep(keep_h, keep_c), True
    )
    y, h, c, gates, cells = _present(found)
    return y, h, c, gates, cells


@_recurrence.register_fake
def _(
    cell: Any, reverse: Any, packed: Any, lengths: Any, keep_h: Any, keep_c: Any, x: Any, h0: Any, c0: Any, *weights: Any
) -> Any:
    hidden, batch = weights[1].shape[1], h0.shape[0]
    rows = x.shape[0] if packed else batch * x.shape[1]
    has_c, kept = cell not in ("rnn", "rnn-relu", "gru"), operators.KEPT[cell] or (0 if keep_h is None else 1)
    y = x.new_empty((rows, hidden)) if packed else x.new_empty((x.shape[1], batch, hidden)).transpose(0, 1)
    none = x.new_empty(0)
    state, cells = x.new_empty((batch, hidden)), x.new_empty((rows, hidden)) if has_c else none
    gates = x.new_empty((rows, kept * hidden)) if kept else none
    return y, state, torch.empty_like(state) if has_c else x.new_empty(0), gates, cells


@torch.library.custom_op("unrolled::recurrence_backward", mutates_args=())
def _gradients(
    cell: str,
    reverse: bool,
    packed: bool,
    lengths: Tensor | None,
    keep_h: Tensor | None,
    keep_c: Tensor | None,
    inputs: list[Tensor | None],
    kept: list[Tensor],
    grads: list[Tensor | None],
) -> list[Tensor]:
    x, h0, c0, *weights = (None if t is None else t.contiguous() for t in inputs)
    assert x is not None
    y, gates, cells = kept[0], _absent(kept[1]), _absent(kept[2])
    keep = Keep(keep_h, keep_c)
    layout = Layout(lengths, reverse, packed)
    if lengths is not None:
        lengths = operators._checked_lengths(layout, x)
    saved = operators._Saved(x, lengths, Weights(*weights), (h0, c0), keep, operators._rows(y), gates, cells)
    call = operators._Call(cell, reverse, packed)
    found = operators._backward(call, saved, tuple(grads), (True,) * 8)
    found = tuple(None if t is None else g for g, t in zip(found, inputs, strict=True))
    return _present(found)


@_gradients.register_fake
def _(
    cell: Any, reverse: Any, packed: Any, lengths: Any, keep_h: Any, keep_c: Any, inputs: Any, kept: Any, grads: Any
) -> Any:
    first = inputs[0]
    return [first.new_empty(0) if t is None else first.new_empty(t.shape) for t in inputs]


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    ctx.call = inputs[:3]
    ctx.save_for_backward(*inputs[3:], output[0], output[3], output[4])


def _backward(ctx: Any, d_y: Any, d_h: Any, d_c: Any, *_: Any) -> Any:
    lengths, keep_h, keep_c, *rest = ctx.saved_tensors
    inputs, kept = rest[:8], rest[8:]
    d_c = None if d_c is None or d_c.dim() < 2 else d_c
    found = _gradients(*ctx.call, lengths, keep_h, keep_c, inputs, kept, [d_y, d_h, d_c])
    return (None,) * 6 + tuple(None if t is None else g for g, t in zip(found, inputs, strict=True))


_recurrence.register_autograd(_backward, setup_context=_save)


def recurrence(cell: str, layout: Layout, keep: Keep, tensors: Any) -> tuple[Tensor, ...]:
    """As `unrolled.nn.operators.recurrence`; ``tensors`` are x, h0, c0 and the weights."""
    x, h0, c0, *weights = tensors
    if h0 is None:
        batch = x.shape[0] if layout.lengths is None else layout.lengths.shape[0]
        h0 = x.new_zeros((batch, weights[1].shape[1]))
    y, h, c, *_ = _recurrence(cell, layout.reverse, layout.packed, layout.lengths, *keep, x, h0, c0, *weights)
    return (y, h) if cell in ("rnn", "rnn-relu", "gru") else (y, h, c)
