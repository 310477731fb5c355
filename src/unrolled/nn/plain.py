"""A step, or a layer without lengths and zoneout, as torch's own modules take them: the shortest way to the kernels.

A small step is over before its call is: no tensor is made, turned or looked at here that the kernel can do without.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from unrolled import kernels
from unrolled.arrays import Layout
from unrolled.nn.eager import Kernel
from unrolled.nn.raw import CALLS, Tensors, relaid, rows
from unrolled.nn.recurrence import recurrence
from unrolled.nn.reference import Weights, reference

if kernels.NATIVE:
    import unrolled._native as native

__all__ = ["layer", "step"]

STEP, BATCH_FIRST, TIME_FIRST = 8, 32, 48
"""The forms of x, as flags of native/bindings.h: (B, D), one step; (B, T, D) and (T, B, D), with states (1, B, H)."""


def _empty_state(x: Tensor, hidden: int, form: int) -> Tensor:
    """Room for an entry of the state."""
    return x.new_empty((x.shape[0], hidden) if form == STEP else (1, x.shape[form == TIME_FIRST], hidden))


@relaid
def _forward(
    call: tuple[str, int], fixed: Tensors, inputs: Tensors, needs: Sequence[bool]
) -> tuple[tuple[Tensor, ...], tuple[Tensor | None, ...]]:
    """One step or a whole layer without lengths and zoneout → y, h and maybe c, and what `_backward` wants of it.

    ``call`` is the cell and the form of x: `STEP`, `BATCH_FIRST` or `TIME_FIRST`; ``inputs`` are x, U, W, b_x, b_h and
    the entries of the state, None for zeros; nothing is ``fixed``. Of a step there is no y beside h.
    """
    (cell, form), (x, *weights, h0), c0 = call, inputs[:6], inputs[6] if len(inputs) > 6 else None
    kernel, save, hidden = kernels.KERNELS[cell], True in needs, weights[1].shape[1]
    h = _empty_state(x, hidden, form) if h0 is None else torch.empty_like(h0)
    c = torch.empty_like(h) if kernel.has_c else None
    y, gates, cells = h, None, None
    if form == TIME_FIRST:
        y = x.new_empty((*x.shape[:2], hidden))
    elif form == BATCH_FIRST:
        y = x.new_empty((x.shape[1], x.shape[0], hidden)).transpose_(0, 1)  # as in `raw.recurrent_forward`
    if save and kernel.kept > 1:
        steps = x.shape[:-1].numel()
        gates = x.new_empty((steps, kernel.kept * hidden))
        cells = x.new_empty((steps, hidden)) if kernel.has_c and form != STEP else None
    saved = (gates, cells) if save else None
    native.recurrent_forward(
        cell, form, None, x, (*weights, None), (h0, c0), y, (h, c), saved, None, torch.get_num_threads()
    )
    CALLS["forward"] += 1
    outputs = (h,) if form == STEP else (y, h)
    return outputs if c is None else (*outputs, c), (y, gates, cells)


@relaid
def _backward(
    call: tuple[str, int], fixed: Tensors, inputs: Tensors, kept: Tensors, grads: Tensors, needs: Sequence[bool]
) -> Tensors:
    """The gradients of ``inputs`` from those of the outputs of `_forward`."""
    (cell, form), (x, *weights, h0), c0 = call, inputs[:6], inputs[6] if len(inputs) > 6 else None
    y, gates, cells = kept
    d_y, d_h, d_c = (*((None,) if form == STEP else ()), *grads, None)[:3]
    gradients = [torch.empty_like(t) if need else None for t, need in zip(inputs, needs, strict=True)]
    d_x, *d_weights, d_h0 = gradients[:6]
    if d_h0 is None:  # where the kernel works
        d_h0 = _empty_state(x, y.shape[-1], form)
    d_c0 = None
    if len(gradients) > 6:
        d_c0 = torch.empty_like(d_h0) if gradients[6] is None else gradients[6]
    native.recurrent_backward(
        cell,
        form,
        None,
        x,
        (*weights, None),
        (h0, c0),
        y,
        (gates, cells),
        None,
        (d_y if d_y is None else rows(d_y), d_h, d_c),
        d_x,
        (*d_weights, None),
        (d_h0, d_c0),
        torch.get_num_threads(),
    )
    CALLS["backward"] += 1
    return gradients


def _reference(call: tuple[str, int], fixed: Tensors, inputs: Tensors) -> tuple[Tensor, ...]:
    (cell, form), (x, U, W, b_x, b_h, *state) = call, inputs
    weights = Weights(U, W, b_x, b_h)
    if form == STEP:
        return reference(cell, x[:, None], weights, state, Layout())[1]
    batch_first = form == BATCH_FIRST
    before = [None if s is None else s[0] for s in state]
    y, after = reference(cell, x if batch_first else x.transpose(0, 1), weights, before, Layout())
    return (y if batch_first else y.transpose(0, 1)), *(s[None] for s in after)


_KERNEL = Kernel("Recurrence", _forward, _backward, _reference)


def step(cell: str, x: Tensor, weights: Sequence[Any], state: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
    """One step over x (B, D), as `recurrence` of a sequence of length 1 without peepholes → the state after it."""
    if torch.compiler.is_compiling():
        return recurrence(cell, x.unsqueeze(1), Weights(*weights), tuple(state))[1]
    return _KERNEL((cell, STEP), (None,), (x, *weights, *state))


def layer(
    cell: str, x: Tensor, weights: Sequence[Any], state: Sequence[Tensor | None], batch_first: bool
) -> tuple[Tensor, ...]:
    """As one of torch's layers: x (B, T, D) or (T, B, D), the state's entries (1, B, H) → y, and the state likewise."""
    bare = (*weights, *((None,) * (4 - len(weights))))
    return _KERNEL((cell, BATCH_FIRST if batch_first else TIME_FIRST), (None,), (x, *bare, *state))
