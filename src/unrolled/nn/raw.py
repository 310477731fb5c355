"""The kernels called with the addresses of torch tensors: each forward and backward, without autograd.

Every tensor has a contiguous last axis; those that are not rows of a batch and time are contiguous.
"""

import ctypes
import os
from collections.abc import Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

from unrolled import kernels

if kernels.NATIVE:
    import unrolled._native as native

__all__ = [
    "CALLS",
    "Tensors",
    "contiguous",
    "cross_entropy",
    "recurrent_backward",
    "recurrent_forward",
    "rows",
    "scan_backward",
    "scan_forward",
]

CALLS = {"forward": 0, "backward": 0, "scan": 0, "scan_backward": 0, "cross_entropy": 0}
"""How often torch has called each kernel in this process."""

Tensors: TypeAlias = Sequence[Any]
"""Tensors, and None for those that are not there."""

Strides: TypeAlias = tuple[int, ...]

_OPENMP = ("GOMP_parallel", "omp_get_thread_num", "omp_get_num_threads", "omp_in_parallel")


def _use_torchs_threads() -> None:
    """Let the kernels run on the OpenMP team that torch's own operators run on, where there is one.

    Looked up through torch's library: of several OpenMP libraries in a process it finds the one torch is linked to.
    """
    library = os.path.join(os.path.dirname(torch.__file__), "lib", "libtorch_cpu.so")
    try:
        handle = ctypes.CDLL(library)
        addresses = [ctypes.cast(getattr(handle, name), ctypes.c_void_p).value for name in _OPENMP]
    except (OSError, AttributeError):
        return
    native.use_open_mp(*addresses)


if kernels.NATIVE:
    _use_torchs_threads()


def rows(x: Tensor) -> Tensor:
    """The same with a contiguous last axis; packed (N, ·) it is contiguous throughout."""
    return x if x.dim() != 2 and (x.stride(-1) == 1 or x.shape[-1] == 1) else x.contiguous()


def contiguous(inputs: Tensors) -> Tensors:
    """x, the state and the weights as the recurrent kernels read them."""
    return [rows(inputs[0]), *[None if t is None else t.contiguous() for t in inputs[1:]]]


def _pointer(tensor: Tensor | None) -> int | None:
    return None if tensor is None else tensor.data_ptr()


def _pointers(tensors: Tensors) -> tuple[int | None, ...]:
    return tuple([None if t is None else t.data_ptr() for t in tensors])


def _strides(x: Tensor | None) -> Strides:
    """Of batch and time; packed rows have none."""
    return (0, 0) if x is None or x.dim() == 2 else x.stride()[:2]


def _sizes(x: Tensor, W: Tensor, lengths: Tensor | None) -> tuple[int, int, int, int]:
    """B, T, D, H."""
    if x.dim() == 3:
        return *x.shape, W.shape[1]
    batch = 0 if lengths is None else lengths.shape[0]
    return batch, int(lengths[0]) if lengths is not None and batch else 0, x.shape[1], W.shape[1]


def recurrent_forward(
    cell: str, reverse: bool, fixed: Tensors, inputs: Tensors, save: bool
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None, Tensor | None]:
    """Run a cell → y like x, h and c (B, H), gates (N, kept · H) and cells (N, H), each None where there is none.

    ``fixed`` are lengths, keep_h and keep_c, each or None; ``inputs`` are x (B, T, D), or (N, D) in packed order, h0,
    c0, U, W, b_x, b_h and the peepholes, None for zeros. Gates and cells are what `recurrent_backward` wants: there are
    none without ``save``.
    """
    (lengths, *keep), (x, h0, c0, *weights), kernel = fixed, inputs, kernels.KERNELS[cell]
    batch, time, _, hidden = sizes = _sizes(x, weights[1], lengths)
    packed = x.dim() == 2
    # Transposed in place, y is no view: callers may change it in place where autograd lets them.
    y = x.new_empty((x.shape[0], hidden)) if packed else x.new_empty((time, batch, hidden)).transpose_(0, 1)
    h = x.new_empty((batch, hidden))
    c = torch.empty_like(h) if kernel.has_c else None
    gates = cells = None
    if save:
        steps, kept = (x.shape[0] if packed else batch * time), kernel.kept_with(zoneout=keep[0] is not None)
        gates = x.new_empty((steps, kept * hidden)) if kept else None
        cells = x.new_empty((steps, hidden)) if kernel.has_c else None
    CALLS["forward"] += 1
    native.recurrent_forward(
        cell,
        sizes,
        _pointer(lengths),
        reverse + 2 * packed,
        x.data_ptr(),
        _strides(x),
        _pointers(weights),
        (_pointer(h0), _pointer(c0)),
        y.data_ptr(),
        _strides(y),
        (h.data_ptr(), _pointer(c)),
        (_pointer(gates), _pointer(cells)) if save else None,
        None if keep[0] is None else _pointers(keep),
        torch.get_num_threads(),
    )
    return y, h, c, gates, cells


def recurrent_backward(
    cell: str,
    reverse: bool,
    fixed: Tensors,
    inputs: Tensors,
    saved: Tensors,
    grads: Tensors,
    needs: Sequence[bool],
) -> Tensors:
    """The gradients of ``inputs`` from those of y, h and c; ``needs`` says which of them are wanted.

    ``fixed`` and ``inputs`` are as in `recurrent_forward`; ``saved`` are the y, gates and cells that it gave.
    """
    (lengths, *keep), (x, h0, c0, *weights), (y, gates, cells) = fixed, inputs, saved
    batch, _, _, hidden = sizes = _sizes(x, weights[1], lengths)
    d_y, d_h, d_c = (None if g is None else rows(g) if i == 0 else g.contiguous() for i, g in enumerate(grads))
    d_h0 = x.new_empty((batch, hidden))
    d_c0 = None if cells is None else torch.empty_like(d_h0)
    d_x = torch.empty_like(x) if needs[0] else None
    if d_x is not None and d_x.stride(-1) != 1:
        d_x = x.new_empty(x.shape)
    d_weights = [
        None if w is None or not need else torch.empty_like(w) for w, need in zip(weights, needs[3:], strict=True)
    ]
    CALLS["backward"] += 1
    native.recurrent_backward(
        cell,
        sizes,
        _pointer(lengths),
        reverse + 2 * (x.dim() == 2),
        x.data_ptr(),
        _strides(x),
        _pointers(weights),
        (_pointer(h0), _pointer(c0)),
        y.data_ptr(),
        _strides(y),
        (_pointer(gates), _pointer(cells)),
        None if keep[0] is None else _pointers(keep),
        (_pointer(d_y), _strides(d_y), _pointer(d_h), _pointer(d_c)),
        _pointer(d_x),
        _strides(d_x),
        _pointers(d_weights),
        (d_h0.data_ptr(), _pointer(d_c0)),
        torch.get_num_threads(),
    )
    return d_x, d_h0 if needs[1] else None, d_c0 if needs[2] else None, *d_weights


def _placed(x: Tensor | None) -> tuple[int | None, Strides]:
    """Pointer and strides of rows (B, T, ·), or of one row (·) that stands for all."""
    if x is None:
        return None, (0, 0)
    return x.data_ptr(), (0, 0) if x.dim() == 1 else x.stride()[:2]


def _scan_call(
    parts: int, reverse: bool, lengths: Tensor | None, b: Tensor
) -> tuple[tuple[int, int, int], int | None, int]:
    """What both directions of a scan begin with: sizes, lengths and flags."""
    return (b.shape[0], b.shape[1], b.shape[2] // parts), _pointer(lengths), int(reverse) + 4 * (parts - 1)


def scan_forward(
    parts: int, reverse: bool, lengths: Tensor | None, a: Tensor, b: Tensor, h0: Tensor
) -> tuple[Tensor, Tensor]:
    """h′ = a ⊙ h + b from h0 (B, P·H) → y (B, T, P·H), h (B, P·H); ``parts`` P: 1 for real numbers, 2 for complex."""
    y, h = b.new_empty(b.shape), torch.empty_like(h0)
    CALLS["scan"] += 1
    native.scan_forward(
        *_scan_call(parts, reverse, lengths, b),
        _placed(a),
        _placed(b),
        h0.data_ptr(),
        _placed(y),
        h.data_ptr(),
        torch.get_num_threads(),
    )
    return y, h


def scan_backward(
    parts: int, reverse: bool, lengths: Tensor | None, a: Tensor, h0: Tensor, y: Tensor, grads: Tensors
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of a, b and h0 from those of y and h."""
    d_y, d_h = None if grads[0] is None else rows(grads[0]), None if grads[1] is None else grads[1].contiguous()
    constant = a.dim() == 1
    d_a = torch.empty_like(h0) if constant else torch.empty_like(y)
    d_b, d_h0 = torch.empty_like(y), torch.empty_like(h0)
    CALLS["scan_backward"] += 1
    native.scan_backward(
        *_scan_call(parts, reverse, lengths, y),
        _placed(a),
        h0.data_ptr(),
        _placed(y),
        _placed(d_y),
        _pointer(d_h),
        (d_a.data_ptr(), (d_a.stride(0), 0 if constant else d_a.stride(1))),
        _placed(d_b),
        d_h0.data_ptr(),
        torch.get_num_threads(),
    )
    return d_a.sum(0) if constant else d_a, d_b, d_h0


def cross_entropy(
    targets: Tensor, inputs: Sequence[Tensor], needs: Sequence[bool]
) -> tuple[Tensor, list[Tensor | None]]:
    """The loss, and the gradients that are wanted of x, weights and bias, which are ``inputs``."""
    x, weights, bias = contiguous = [t.contiguous() for t in inputs]
    gradients = [torch.empty_like(t) if need else None for t, need in zip(contiguous, needs, strict=True)]
    CALLS["cross_entropy"] += 1
    loss = native.cross_entropy(
        (*x.shape, len(weights)),
        x.data_ptr(),
        weights.data_ptr(),
        bias.data_ptr(),
        targets.data_ptr(),
        _pointers(gradients),
        torch.get_num_threads(),
    )
    return x.new_tensor(loss), gradients
