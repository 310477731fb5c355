"""The recurrence and the scan as `torch.library` operators: what torch.compile and torch.export see of the kernels.

torch follows gradients into a list of tensors only where none of them is None: an empty tensor (0) stands for none.
`unrolled.operators` has told torch of them; what each NAME does is here: NAME_kernel, NAME_fake (the shapes of what it
gives), NAME_context (what is kept for gradients) and NAME_autograd (the gradients).
"""

from collections.abc import Sequence
from typing import Any, NoReturn

import torch
from torch import Tensor

from unrolled import operators
from unrolled.arrays import Layout
from unrolled.errors import InputError
from unrolled.kernels import KERNELS
from unrolled.nn import raw
from unrolled.nn.reference import Keep, checked_lengths

__all__ = ["recurrence", "scan"]

operators.register()
_OPERATORS: Any = torch.ops.unrolled


def _filled(tensors: Sequence[Tensor | None], like: Tensor) -> list[Tensor]:
    return [like.new_empty(0) if t is None else t for t in tensors]


def _optional(tensor: Tensor) -> Tensor | None:
    return None if tensor.dim() == 1 and tensor.shape[0] == 0 else tensor


def _inputs(tensors: list[Tensor]) -> raw.Tensors:
    x, W = tensors[0], tensors[4]
    if x.dim() not in (2, 3) or W.dim() != 2:
        raise InputError(f"x has shape {tuple(x.shape)}, W {tuple(W.shape)}; expected those of the forward pass")
    return raw.contiguous([x, *[_optional(t) for t in tensors[1:]]])


def _fixed(tensors: list[Tensor], x: Tensor) -> raw.Tensors:
    """Lengths, keep_h and keep_c."""
    lengths, *keep = (_optional(t) for t in tensors)
    if lengths is not None and x.dim() == 3:
        lengths = checked_lengths(lengths, *x.shape[:2])
    return lengths, *keep


def _one_device(tensors: Sequence[Tensor]) -> None:
    """A tensor on no device ("meta") among others would have torch take what fake kernels give for results."""
    if len({t.device for t in tensors}) > 1:
        raise InputError(f"tensors lie on {', '.join(sorted({str(t.device) for t in tensors}))}; expected one device")


def recurrence_kernel(
    cell: str, reverse: bool, packed: bool, given: list[Tensor], inputs: list[Tensor], save: bool = True
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """``given`` are lengths, keep_h, keep_c; ``inputs`` x, h0, c0 and the weights → y, h, c, gates, cells.

    Without ``save`` gates and cells, which the gradients want, are empty.
    """
    x, *others = _inputs(inputs)
    outputs = raw.recurrent_forward(cell, reverse, _fixed(given, x), (x, *others), save)
    y, h, c, gates, cells = _filled(outputs, x)
    return y, h, c, gates, cells


def recurrence_fake(
    cell: str, reverse: bool, packed: bool, given: list[Tensor], inputs: list[Tensor], save: bool = True
) -> tuple[Tensor, ...]:
    _one_device([*given, *inputs])
    x, h0, hidden, kernel = inputs[0], inputs[1], inputs[4].shape[1], KERNELS[cell]
    batch = h0.shape[0]
    rows = x.shape[0] if packed else batch * x.shape[1]
    kept = kernel.kept_with(zoneout=given[1].dim() == 2)
    y = x.new_empty((rows, hidden)) if packed else x.new_empty((x.shape[1], batch, hidden)).transpose(0, 1)
    gates = x.new_empty((rows, kept * hidden) if save and kept else 0)
    cells = x.new_empty((rows, hidden) if save and kernel.has_c else 0)
    return y, x.new_empty((batch, hidden)), x.new_empty((batch, hidden) if kernel.has_c else 0), gates, cells


def recurrence_backward_kernel(
    cell: str, flags: list[bool], given: list[Tensor], inputs: list[Tensor], saved: list[Tensor]
) -> list[Tensor]:
    """``saved`` are y, gates, cells and the gradients of y, h, c → the gradients of ``inputs``."""
    (x, *others), (y, gates, cells, *grads) = _inputs(inputs), (_optional(t) for t in saved)
    if y is None:
        raise InputError("y has one axis; expected what the forward pass gave")
    kept, needs = (raw.rows(y), gates, cells), (True,) * len(inputs)
    gradients = raw.recurrent_backward(cell, flags[0], _fixed(given, x), (x, *others), kept, grads, needs)
    return _filled([None if _optional(t) is None else g for g, t in zip(gradients, inputs, strict=True)], x)


def recurrence_backward_fake(
    cell: str, flags: list[bool], given: list[Tensor], inputs: list[Tensor], saved: list[Tensor]
) -> list[Tensor]:
    _one_device([*given, *inputs, *saved])
    x = inputs[0]
    rows = x if x.stride(-1) == 1 and x.dim() == 3 else x.contiguous()
    return [torch.empty_like(rows), *(t.new_empty(t.shape) for t in inputs[1:])]


def recurrence_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.cell, ctx.flags, fixed, tensors, ctx.saved = inputs[0], list(inputs[1:3]), *inputs[3:]
    y, _, _, gates, cells = output
    ctx.save_for_backward(*fixed, y, gates, cells, *tensors)


def recurrence_autograd(ctx: Any, d_y: Tensor, d_h: Tensor, d_c: Tensor, *_: Tensor) -> tuple[Any, ...]:
    if not ctx.saved:
        raise InputError(
            "unrolled::recurrence was called with save=False; expected save=True where gradients are wanted"
        )
    fixed, kept, inputs = (list(ctx.saved_tensors[i:j]) for i, j in ((0, 3), (3, 6), (6, None)))
    gradients = _OPERATORS.recurrence_backward(ctx.cell, ctx.flags, fixed, inputs, [*kept, d_y, d_h, d_c])
    return None, None, None, [None] * 3, gradients  # none for ``save``: torch drops what is the default


def recurrence_backward_autograd(ctx: Any, *grads: Tensor) -> NoReturn:
    raise InputError("a second derivative goes through a compiled graph; expected such a layer outside torch.compile")


scan_backward_autograd = recurrence_backward_autograd


def recurrence_backward_context(ctx: Any, inputs: tuple[Any, ...], output: list[Tensor]) -> None:
    """Nothing is kept."""


scan_backward_context = recurrence_backward_context


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
    save = torch.is_grad_enabled() and any(t.requires_grad for t in inputs)
    y, h, c, *_ = _OPERATORS.recurrence(cell, layout.reverse, x.dim() == 2, fixed, inputs, save)
    return (y, h, c) if KERNELS[cell].has_c else (y, h)


def scan_kernel(
    parts: int, reverse: bool, lengths: Tensor | None, a: Tensor, b: Tensor, h0: Tensor
) -> tuple[Tensor, Tensor]:
    return raw.scan_forward(parts, reverse, lengths, raw.rows(a), raw.rows(b), h0.contiguous())


def scan_fake(
    parts: int, reverse: bool, lengths: Tensor | None, a: Tensor, b: Tensor, h0: Tensor
) -> tuple[Tensor, Tensor]:
    _one_device((a, b, h0))
    return b.new_empty(b.shape), torch.empty_like(h0)


def scan_backward_kernel(
    parts: int, reverse: bool, lengths: Tensor | None, inputs: list[Tensor], grads: list[Tensor | None]
) -> list[Tensor]:
    """``inputs`` are a, h0 and y."""
    a, h0, y = inputs
    return list(raw.scan_backward(parts, reverse, lengths, raw.rows(a), h0.contiguous(), raw.rows(y), grads))


def scan_backward_fake(
    parts: int, reverse: bool, lengths: Tensor | None, inputs: list[Tensor], grads: list[Tensor | None]
) -> list[Tensor]:
    _one_device(inputs)
    a, h0, y = inputs
    return [y.new_empty(a.shape), y.new_empty(y.shape), y.new_empty(h0.shape)]


def scan_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.call, (lengths, a, _, h0) = inputs[:2], inputs[2:]
    ctx.save_for_backward(lengths, a, h0, output[0])


def scan_autograd(ctx: Any, d_y: Tensor, d_h: Tensor) -> tuple[Any, ...]:
    lengths, *inputs = ctx.saved_tensors
    return None, None, None, *_OPERATORS.scan_backward(*ctx.call, lengths, inputs, [d_y, d_h])


def scan(parts: int, reverse: bool, lengths: Tensor | None, a: Tensor, b: Tensor, h0: Tensor) -> tuple[Tensor, Tensor]:
    """As `unrolled.nn.raw.scan_forward`."""
    y, h = _OPERATORS.scan(parts, reverse, lengths, a, b, h0)
    return y, h
