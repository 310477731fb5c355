"""The kernels called with torch tensors: each forward and backward, without autograd.

The native code looks at each tensor itself (native/bindings_arrays.cpp): a hook, or ``.data``, may have put another
type, other strides or less memory in the place of what was saved.
"""

import ctypes
import os
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

import torch
from torch import Tensor

from unrolled import kernels

if kernels.NATIVE:
    import unrolled._native as native

__all__ = [
    "CALLS",
    "Tensors",
    "check_memory",
    "contiguous",
    "cross_entropy",
    "recurrent_backward",
    "recurrent_forward",
    "relaid",
    "rows",
    "scan_backward",
    "scan_forward",
]

CALLS = {"forward": 0, "backward": 0, "scan": 0, "scan_backward": 0, "cross_entropy": 0}
"""How often torch has called each kernel in this process."""

Tensors: TypeAlias = Sequence[Any]
"""Tensors, and None for those that are not there."""

P = ParamSpec("P")
Result = TypeVar("Result")

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
    native.use_torch(Tensor, torch.nn.Parameter, getattr(Tensor, "__dlpack_c_exchange_api__", None))


def check_memory(tensors: Tensors) -> None:
    """Raise InputError where a tensor's storage was made smaller than its shape: torch's own operations do not look."""
    if kernels.NATIVE:
        for t in tensors:
            if t is not None and t.is_cpu and t.layout is torch.strided:
                native.check_memory(t)


def _plain(t: Any) -> Any:
    """Contiguous copies of all tensors in nested tuples; what is no tensor as it is."""
    if isinstance(t, tuple | list):
        return [_plain(one) for one in t]
    if not isinstance(t, Tensor):
        return t
    check_memory((t,))
    return t.resolve_neg().contiguous()


def relaid(call: Callable[P, Result]) -> Callable[P, Result]:
    """The same, which goes on with plain copies where a tensor's strides are not what the kernels read."""

    @wraps(call)
    def run(*args: P.args, **kwargs: P.kwargs) -> Result:
        try:
            return call(*args, **kwargs)
        except native.WrongLayout:
            return call(*_plain(args), **kwargs)

    return run


def rows(x: Tensor) -> Tensor:
    """The same with a contiguous last axis; packed (N, ·) it is contiguous throughout."""
    fits = x.is_contiguous() if x.dim() == 2 else x.stride(-1) == 1 or x.shape[-1] == 1
    return x if fits else _plain(x)


def contiguous(inputs: Tensors) -> Tensors:
    """x, the state and the weights as the recurrent kernels read them."""
    return [rows(inputs[0]), *[t if t is None or t.is_contiguous() else _plain(t) for t in inputs[1:]]]


@relaid
def recurrent_forward(
    cell: str, reverse: bool, fixed: Tensors, inputs: Tensors, save: bool
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None, Tensor | None]:
    """Run a cell → y like x, h and c (B, H), gates (N, kept · H) and cells (N, H), each None where there is none.

    ``fixed`` are lengths, keep_h and keep_c, each or None; ``inputs`` are x (B, T, D), or (N, D) in packed order, h0,
    c0, U, W, b_x, b_h and the peepholes, None for zeros. Gates and cells are what `recurrent_backward` wants: there are
    none without ``save``.
    """
    (lengths, *keep), (x, h0, c0, *weights), kernel = fixed, inputs, kernels.KERNELS[cell]
    packed, hidden = x.dim() == 2, weights[1].shape[1]
    batch, time = (len(lengths), 0) if packed else x.shape[:2]
    # Transposed in place, y is no view: callers may change it in place where autograd lets them.
    y = x.new_empty(x.shape[0], hidden) if packed else x.new_empty(time, batch, hidden).transpose_(0, 1)
    h = x.new_empty(batch, hidden)  # sizes one by one: a tuple of them takes torch half as long again
    c = torch.empty_like(h) if kernel.has_c else None
    gates = cells = None
    if save:
        steps, kept = (x.shape[0] if packed else batch * time), kernel.kept_with(zoneout=keep[0] is not None)
        gates = x.new_empty(steps, kept * hidden) if kept else None
        cells = x.new_empty(steps, hidden) if kernel.has_c else None
    native.recurrent_forward(
        cell,
        reverse + 2 * packed,
        lengths,
        x,
        tuple(weights),
        (h0, c0),
        y,
        (h, c),
        (gates, cells) if save else None,
        None if keep[0] is None else tuple(keep),
        torch.get_num_threads(),
    )
    CALLS["forward"] += 1
    return y, h, c, gates, cells


@relaid
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
    packed, (d_y, *d_last) = x.dim() == 2, grads
    d_h0 = x.new_empty(len(lengths if packed else x), weights[1].shape[1])
    d_c0 = None if cells is None else torch.empty_like(d_h0)
    d_x = torch.empty_like(x) if needs[0] else None
    if d_x is not None and d_x.stride(-1) != 1:
        d_x = x.new_empty(x.shape)
    d_weights = [
        None if w is None or not need else torch.empty_like(w) for w, need in zip(weights, needs[3:], strict=True)
    ]
    native.recurrent_backward(
        cell,
        reverse + 2 * packed,
        lengths,
        x,
        tuple(weights),
        (h0, c0),
        y,
        (gates, cells),
        None if keep[0] is None else tuple(keep),
        (None if d_y is None else rows(d_y), *d_last),
        d_x,
        tuple(d_weights),
        (d_h0, d_c0),
        torch.get_num_threads(),
    )
    CALLS["backward"] += 1
    return d_x, d_h0 if needs[1] else None, d_c0 if needs[2] else None, *d_weights


def _flags(parts: int, reverse: bool) -> int:
    return int(reverse) + 4 * (parts - 1)


@relaid
def scan_forward(
    parts: int, reverse: bool, lengths: Tensor | None, a: Tensor, b: Tensor, h0: Tensor
) -> tuple[Tensor, Tensor]:
    """h′ = a ⊙ h + b from h0 (B, P·H) → y (B, T, P·H), h (B, P·H); ``parts`` P: 1 for real numbers, 2 for complex."""
    y, h = b.new_empty(b.shape), h0.new_empty(h0.shape)
    native.scan_forward(lengths, _flags(parts, reverse), a, b, h0, y, h, torch.get_num_threads())
    CALLS["scan"] += 1
    return y, h


@relaid
def scan_backward(
    parts: int, reverse: bool, lengths: Tensor | None, a: Tensor, h0: Tensor, y: Tensor, grads: Tensors
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of a, b and h0 from those of y and h."""
    constant = a.dim() == 1
    d_a = h0.new_empty(h0.shape if constant else y.shape)
    d_b, d_h0 = y.new_empty(y.shape), h0.new_empty(h0.shape)
    d_y, d_h = None if grads[0] is None else rows(grads[0]), grads[1]
    native.scan_backward(lengths, _flags(parts, reverse), a, h0, y, d_y, d_h, d_a, d_b, d_h0, torch.get_num_threads())
    CALLS["scan_backward"] += 1
    return d_a.sum(0) if constant else d_a, d_b, d_h0


@relaid
def cross_entropy(
    targets: Tensor, inputs: Sequence[Tensor], needs: Sequence[bool]
) -> tuple[Tensor, list[Tensor | None]]:
    """The loss, and the gradients that are wanted of x, weights and bias, which are ``inputs``."""
    gradients = [t.new_empty(t.shape) if need else None for t, need in zip(inputs, needs, strict=True)]
    loss = native.cross_entropy(*inputs, targets, tuple(gradients), torch.get_num_threads())
    CALLS["cross_entropy"] += 1
    return inputs[0].new_tensor(loss), gradients
