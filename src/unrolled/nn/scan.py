"""The scan h′ = a ⊙ h + b by the native kernels: an autograd.Function, or `torch.library` operators while tracing.

A second derivative goes through the fold of single steps.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from unrolled import kernels
from unrolled.cells.linear import scan_by_steps
from unrolled.nn.operators import CALLS

__all__ = ["scan"]

if kernels.NATIVE:
    from unrolled import _native


class _Call(NamedTuple):
    """What the kernel needs to know beside the tensors."""

    parts: int  # 1: real, 2: complex
    reverse: bool

    @property
    def flags(self) -> int:
        return int(self.reverse) + 4 * (self.parts - 1)


def _rows(x: Tensor) -> Tensor:
    """The same with a contiguous last axis."""
    return x if x.stride(-1) == 1 or x.shape[-1] == 1 else x.contiguous()


def _given(x: Tensor | None) -> tuple[int | None, tuple[int, int]]:
    """Pointer and strides of rows (B, T, ·), or of one row (·) that stands for all."""
    if x is None or x.dim() == 1:
        return None if x is None else x.data_ptr(), (0, 0)
    return x.data_ptr(), (x.stride(0), x.stride(1))


def _sizes(call: _Call, b: Tensor) -> tuple[int, int, int]:
    return b.shape[0], b.shape[1], b.shape[2] // call.parts


def _pointer(tensor: Tensor | None) -> int | None:
    return None if tensor is None else tensor.data_ptr()


def _forward(call: _Call, lengths: Tensor | None, a: Tensor, b: Tensor, h0: Tensor) -> tuple[Tensor, Tensor]:
    """y (B, T, P·H), h (B, P·H). Every tensor has a contiguous last axis, h0 is contiguous."""
    y, h = b.new_empty(b.shape), torch.empty_like(h0)
    CALLS["scan"] += 1
    _native.scan_forward(
        _sizes(call, b),
        _pointer(lengths),
        call.flags,
        _given(a),
        _given(b),
        h0.data_ptr(),
        _given(y),
        h.data_ptr(),
        torch.get_num_threads(),
    )
    return y, h


def _backward(
    call: _Call, lengths: Tensor | None, a: Tensor, h0: Tensor, y: Tensor, d_y: Tensor | None, d_h: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of a, b and h0."""
    d_y, d_h = None if d_y is None else _rows(d_y), None if d_h is None else d_h.contiguous()
    constant = a.dim() == 1
    d_a = torch.empty_like(h0) if constant else torch.empty_like(y)
    d_b, d_h0 = torch.empty_like(y), torch.empty_like(h0)
    CALLS["scan_backward"] += 1
    _native.scan_backward(
        _sizes(call, y),
        _pointer(lengths),
        call.flags,
        _given(a),
        h0.data_ptr(),
        _given(y),
        _given(d_y),
        _pointer(d_h),
        (d_a.data_ptr(), (d_a.stride(0), 0 if constant else d_a.stride(1))),
        _given(d_b),
        d_h0.data_ptr(),
        torch.get_num_threads(),
    )
    return d_a.sum(0) if constant else d_a, d_b, d_h0


def _second_order(call: _Call, lengths: Tensor | None, inputs: Any, grads: Any) -> tuple[Tensor, ...]:
    """The gradients as differentiable operations of the fold."""
    from unrolled.nn.namespace import TORCH

    with torch.enable_grad():
        # Aliases, so that a path from one input to another is not followed here as well as by the caller.
        a, b, h0 = aliases = [t.view_as(t) for t in inputs]
        y, last = scan_by_steps(TORCH, a, b, torch.chunk(h0, call.parts, -1), lengths, call.reverse)
        pairs = [(o, g) for o, g in zip((y, torch.cat(last, -1)), grads, strict=True) if g is not None]
        return torch.autograd.grad(
            [o for o, _ in pairs],
            aliases,
            [g for _, g in pairs],
            create_graph=True,
            allow_unused=True,
            materialize_grads=True,
        )


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, call: _Call, lengths: Tensor | None, a: Tensor, b: Tensor, h0: Tensor) -> Any:
        y, h = _forward(call, lengths, a, b, h0)
        ctx.save_for_backward(lengths, a, b, h0, y)
        ctx.call = call
        ctx.set_materialize_grads(False)
        return y, h

    @staticmethod
    def backward(ctx: Any, d_y: Tensor | None, d_h: Tensor | None) -> Any:
        lengths, a, b, h0, y = ctx.saved_tensors
        if d_y is None and d_h is None:
            return (None,) * 5
        if torch.is_grad_enabled():
            return None, None, *_second_order(ctx.call, lengths, (a, b, h0), (d_y, d_h))
        return None, None, *_backward(ctx.call, lengths, a, h0, y, d_y, d_h)


@torch.library.custom_op("unrolled::scan", mutates_args=())
def _operator(
    parts: int, reverse: bool, lengths: Tensor | None, a: Tensor, b: Tensor, h0: Tensor
) -> tuple[Tensor, Tensor]:
    return _forward(_Call(parts, reverse), lengths, _rows(a), _rows(b), h0.contiguous())


@_operator.register_fake
def _(parts: int, reverse: bool, lengths: Any, a: Tensor, b: Tensor, h0: Tensor) -> Any:
    return b.new_empty(b.shape), torch.empty_like(h0)


@torch.library.custom_op("unrolled::scan_backward", mutates_args=())
def _gradients(
    parts: int, reverse: bool, lengths: Tensor | None, inputs: list[Tensor], grads: list[Tensor | None]
) -> list[Tensor]:
    """``inputs`` are a, h0 and y."""
    a, h0, y = inputs
    return list(_backward(_Call(parts, reverse), lengths, _rows(a), h0.contiguous(), _rows(y), grads[0], grads[1]))


@_gradients.register_fake
def _(parts: int, reverse: bool, lengths: Any, inputs: Any, grads: Any) -> Any:
    a, h0, y = inputs
    return [y.new_empty(a.shape), y.new_empty(y.shape), y.new_empty(h0.shape)]


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    ctx.call, (lengths, a, _, h0) = inputs[:2], inputs[2:]
    ctx.save_for_backward(lengths, a, h0, output[0])


def _traced_backward(ctx: Any, d_y: Any, d_h: Any) -> Any:
    lengths, *inputs = ctx.saved_tensors
    return None, None, None, *_gradients(*ctx.call, lengths, inputs, [d_y, d_h])


_operator.register_autograd(_traced_backward, setup_context=_save)


def scan(
    a: Tensor, b: Tensor, state: tuple[Tensor, ...], lengths: Tensor | None, reverse: bool
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """As `unrolled.cells.linear.scan_by_steps`, for float32 on the CPU (see `unrolled.nn.operators.why_not`)."""
    parts, h0 = len(state), torch.cat(list(state), -1)
    if lengths is not None:
        lengths = lengths.to("cpu", torch.int64).contiguous()
    if torch.compiler.is_compiling():
        y, h = _operator(parts, reverse, lengths, a, b, h0)
    else:
        y, h = _Scan.apply(_Call(parts, reverse), lengths, _rows(a), _rows(b), h0)  # type: ignore[no-untyped-call]
    return y, torch.chunk(h, parts, -1)
