"""Recurrent layers over whole sequences by the native kernels, as torch operators.

In eager mode a plain autograd.Function hands raw pointers to the kernels. While torch.compile or torch.export traces,
the same calls go through `torch.library` operators with fake kernels. A second derivative goes through the cell's own
step.
"""

import ctypes
import os
from typing import Any, NamedTuple

import torch
from torch import Tensor

from unrolled import kernels
from unrolled.errors import InputError
from unrolled.nn.reference import Keep, Layout, Weights, checked_lengths, reference

__all__ = ["CALLS", "Keep", "Layout", "Weights", "recurrence", "why_not"]

CALLS = {"forward": 0, "backward": 0, "scan": 0, "scan_backward": 0}
"""How often each kernel has run in this process."""

KEPT = {"rnn": 0, "rnn-relu": 0, "lstm": 4, "gru": 4, "cifg": 3, "peephole": 4}
"""Blocks of H per row and step that a cell's kernel keeps for the backward pass."""

PLAIN = (Tensor, torch.nn.Parameter)

WITHOUT_C = ("rnn", "rnn-relu", "gru")
"""The cells whose state is h alone."""

if kernels.NATIVE:
    from unrolled import _native

    _OPENMP = ("GOMP_parallel", "omp_get_thread_num", "omp_get_num_threads", "omp_in_parallel")


def _use_torchs_threads() -> bool:
    """Let the kernels run on the OpenMP team that torch's own operators run on; False where there is none.

    Looked up through torch's library: of several OpenMP libraries in a process it finds the one torch is linked to.
    """
    library = os.path.join(os.path.dirname(torch.__file__), "lib", "libtorch_cpu.so")
    try:
        handle = ctypes.CDLL(library)
        addresses = [ctypes.cast(getattr(handle, name), ctypes.c_void_p).value for name in _OPENMP]
    except (OSError, AttributeError):
        return False
    _native.use_open_mp(*addresses)
    return True


TORCHS_THREADS = kernels.NATIVE and _use_torchs_threads()


def why_not(x: Tensor, *others: Tensor | None) -> str | None:
    """Why the kernels cannot take these tensors, in words; None where they can."""
    if not kernels.NATIVE:
        return "the native extension is not installed"
    compiling = torch.compiler.is_compiling()
    for t in (x, *others):
        if t is None:
            continue
        if t.dtype is not torch.float32 or not t.is_cpu or t.layout is not torch.strided:
            return _unfit(t)
        if not compiling and (t.is_neg() or type(t) not in PLAIN):
            return "a lazily negated tensor" if t.is_neg() else f"a tensor subclass, {type(t).__name__}"
    if torch.is_autocast_enabled("cpu"):
        return "inside torch.autocast"
    return None if compiling else _watched()


def _unfit(t: Tensor) -> str:
    if t.dtype is not torch.float32:
        return f"{str(t.dtype).removeprefix('torch.')}, where the kernels compute in float32"
    return "not a plain strided tensor" if t.is_cpu else f"on {t.device.type}, where the kernels run on the CPU"


def _watched() -> str | None:
    """Who wants to see each operation, so that pointers do not do."""
    if torch._C._are_functorch_transforms_active():
        return "inside a functorch transform"
    if torch._C._is_tracing() or torch._C._len_torch_dispatch_stack():
        return "traced by torch.jit.trace or a dispatch mode"
    return "forward-mode differentiation" if torch.autograd.forward_ad._current_level >= 0 else None


class _Call(NamedTuple):
    """What a kernel needs to know beside the tensors."""

    cell: str
    reverse: bool
    packed: bool


def _pointer(tensor: Tensor | None) -> int | None:
    return None if tensor is None else tensor.data_ptr()


def _pointers(tensors: Any) -> tuple[int | None, ...]:
    return tuple([None if t is None else t.data_ptr() for t in tensors])


def _sizes(call: _Call, x: Tensor, lengths: Tensor | None, weights: Weights, batch: int) -> tuple[int, int, int, int]:
    if call.packed:
        steps = int(lengths[0]) if lengths is not None and batch else 0
        return batch, steps, x.shape[-1], weights.W.shape[1]
    return x.shape[0], x.shape[1], x.shape[2], weights.W.shape[1]


def _rows(x: Tensor) -> Tensor:
    """The same with a contiguous last axis; packed (N, ·) it is contiguous throughout."""
    return x if x.dim() == 3 and (x.stride(-1) == 1 or x.shape[-1] == 1) else x.contiguous()


def _in_place(tensors: Any) -> list[Any]:
    """x, state and weights as the kernels read them."""
    return [_rows(tensors[0]), *[None if t is None else t.contiguous() for t in tensors[1:]]]


def _strides(call: _Call, x: Tensor) -> tuple[int, ...]:
    return (0, 0) if call.packed else x.stride()[:2]


def _forward(
    call: _Call, x: Tensor, lengths: Tensor | None, weights: Weights, state: Any, keep: Keep, save: bool
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None, Tensor | None]:
    """y, h, c, and what backward wants: gates, cells. Every tensor has a contiguous last axis."""
    h0, c0 = state
    batch = x.shape[0] if not call.packed else (0 if lengths is None else lengths.shape[0])
    sizes = _sizes(call, x, lengths, weights, batch)
    batch, time, _, hidden = sizes
    has_c = call.cell not in WITHOUT_C
    # Transposed in place, y is no view: callers may change it in place where autograd lets them.
    y = x.new_empty((x.shape[0], hidden)) if call.packed else x.new_empty((time, batch, hidden)).transpose_(0, 1)
    h = x.new_empty((batch, hidden))
    c = torch.empty_like(h) if has_c else None
    gates = cells = saved = None
    if save:
        rows = x.shape[0] if call.packed else batch * time
        kept = KEPT[call.cell] or (0 if keep.h is None else 1)
        gates = x.new_empty((rows, kept * hidden)) if kept else None
        cells = x.new_empty((rows, hidden)) if has_c else None
        saved = (_pointer(gates), _pointer(cells))
    CALLS["forward"] += 1
    _native.recurrent_forward(
        call.cell,
        sizes,
        _pointer(lengths),
        call.reverse + 2 * call.packed,
        x.data_ptr(),
        _strides(call, x),
        _pointers(weights),
        (_pointer(h0), _pointer(c0)),
        y.data_ptr(),
        _strides(call, y),
        (h.data_ptr(), _pointer(c)),
        saved,
        None if keep.h is None else _pointers(keep),
        torch.get_num_threads(),
    )
    return y, h, c, gates, cells


class _Saved(NamedTuple):
    """What `_forward` was given and gave."""

    x: Tensor
    lengths: Tensor | None
    weights: Weights
    state: tuple[Tensor | None, Tensor | None]
    keep: Keep
    y: Tensor
    gates: Tensor | None
    cells: Tensor | None


def _backward(
    call: _Call, s: _Saved, grads: tuple[Tensor | None, ...], needs: tuple[bool, ...]
) -> tuple[Tensor | None, ...]:
    """The gradients of x, h0, c0, U, W, b_x, b_h and peephole; ``needs`` says which of them are wanted."""
    batch = len(s.x) if not call.packed else (0 if s.lengths is None else len(s.lengths))
    sizes = _sizes(call, s.x, s.lengths, s.weights, batch)
    d_y, d_h, d_c = (None if g is None else _rows(g) if i == 0 else g.contiguous() for i, g in enumerate(grads))
    d_h0 = s.x.new_empty((batch, sizes[3]))
    d_c0 = None if s.cells is None else torch.empty_like(d_h0)
    d_x = torch.empty_like(s.x) if needs[0] else None
    if d_x is not None and d_x.stride(-1) != 1:
        d_x = s.x.new_empty(s.x.shape)
    d_weights = [
        None if w is None or not need else torch.empty_like(w) for w, need in zip(s.weights, needs[3:], strict=True)
    ]
    CALLS["backward"] += 1
    _native.recurrent_backward(
        call.cell,
        sizes,
        _pointer(s.lengths),
        call.reverse + 2 * call.packed,
        s.x.data_ptr(),
        _strides(call, s.x),
        _pointers(s.weights),
        _pointers(s.state),
        s.y.data_ptr(),
        _strides(call, s.y),
        (_pointer(s.gates), _pointer(s.cells)),
        None if s.keep.h is None else _pointers(s.keep),
        (_pointer(d_y), (0, 0) if d_y is None else _strides(call, d_y), _pointer(d_h), _pointer(d_c)),
        _pointer(d_x),
        (0, 0) if d_x is None else _strides(call, d_x),
        _pointers(d_weights),
        (d_h0.data_ptr(), _pointer(d_c0)),
        torch.get_num_threads(),
    )
    return d_x, d_h0, d_c0, *d_weights


def _second_order(call: _Call, s: _Saved, grads: tuple[Tensor | None, ...], needs: Any) -> tuple[Tensor | None, ...]:
    """The same as differentiable operations of the cell's own step."""
    with torch.enable_grad():
        # Aliases, so that a path from one input to another is not followed here as well as by the caller.
        inputs: list[Any] = [None if t is None else t.view_as(t) for t in (s.x, *s.state, *s.weights)]
        x, h0, c0, *weights = inputs
        layout = Layout(s.lengths, call.reverse, call.packed)
        y, final = reference(call.cell, x, Weights(*weights), (h0, c0), layout, s.keep)
        pairs = [(o, g) for o, g in zip((y, *final), grads, strict=False) if g is not None and o.requires_grad]
        wanted = [t for t, need in zip(inputs, needs, strict=True) if need and t is not None]
        outputs, given = [o for o, _ in pairs], [g for _, g in pairs]
        found = torch.autograd.grad(
            outputs, wanted, given, create_graph=True, allow_unused=True, materialize_grads=True
        )
    left = iter(found)
    return tuple(next(left) if need and t is not None else None for t, need in zip(inputs, needs, strict=True))


def _batched(grads: tuple[Tensor | None, ...]) -> bool:
    """Whether these are several gradients at once (is_grads_batched, vmap), which have no memory to point to."""
    legacy = torch._C._functorch.is_legacy_batchedtensor
    return torch._C._are_functorch_transforms_active() or any(g is not None and legacy(g) for g in grads)


class _Recurrence(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, call: _Call, lengths: Any, keep: Keep, *inputs: Any) -> Any:
        x, h0, c0, *weights = inputs
        y, h, c, gates, cells = _forward(call, x, lengths, Weights(*weights), (h0, c0), keep, save=True)
        ctx.save_for_backward(lengths, *keep, *inputs, y, gates, cells)
        ctx.call = call
        ctx.set_materialize_grads(False)
        return (y, h) if c is None else (y, h, c)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        lengths, keep_h, keep_c, x, h0, c0, *rest = ctx.saved_tensors
        saved = _Saved(x, lengths, Weights(*rest[:5]), (h0, c0), Keep(keep_h, keep_c), *rest[5:])
        needs, grads = ctx.needs_input_grad[3:], (*grads, None)[:3]
        if all(g is None for g in grads):
            return (None,) * (3 + len(needs))
        found = (_second_order if torch.is_grad_enabled() or _batched(grads) else _backward)(
            ctx.call, saved, grads, needs
        )
        return None, None, None, *(g if need else None for g, need in zip(found, needs, strict=True))


def recurrence(
    cell: str,
    x: Tensor,
    weights: Weights,
    state: tuple[Tensor | None, ...],
    layout: Layout = Layout(),  # noqa: B008  an immutable tuple
    keep: Keep = Keep(),  # noqa: B008
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run ``cell`` ("rnn", "rnn-relu", "lstm", "gru", "cifg", "peephole") over x (B, T, D) → y (B, T, H), final state.

    float32 on the CPU (see `why_not`). ``state`` has the cell's entries, (B, H) each, None for zeros. Raises InputError
    for lengths, weights or a state that do not fit.
    """
    weights.check(cell, x.shape[-1])
    if layout.packed:
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
        from unrolled.nn import compiled

        y, *final = compiled.recurrence(cell, layout, keep, tensors)
        return y, tuple(final)
    rows = _in_place(tensors)
    call = _Call(cell, layout.reverse, layout.packed)
    if torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in rows):
        y, *final = _Recurrence.apply(call, layout.lengths, keep, *rows)  # type: ignore[no-untyped-call]
        return y, tuple(final)
    x, h0, c0, *weights_ = rows
    y, h, c, *_ = _forward(call, x, layout.lengths, Weights(*weights_), (h0, c0), keep, save=False)
    return y, ((h,) if c is None else (h, c))
