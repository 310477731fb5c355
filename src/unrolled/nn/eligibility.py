"""Which tensors the kernels take: plain ones of float32 on the CPU, where nothing watches torch's single operations."""

from collections.abc import Sequence

import torch
from torch import Tensor

from unrolled import kernels

if kernels.NATIVE:
    import unrolled._native as native

__all__ = ["batched", "plain", "traced_by", "unwatched", "why_not"]

_PLAIN = (Tensor, torch.nn.Parameter)
_FLOAT32, _STRIDED = torch.float32, torch.strided
_in_functorch = torch._C._are_functorch_transforms_active
_is_batched = torch._C._functorch.is_legacy_batchedtensor


def why_not(x: Tensor, *others: Tensor | None) -> str | None:
    """Why the kernels cannot take these tensors, in words; None where they can."""
    if not kernels.NATIVE:
        return "the native extension is not installed"
    compiling = torch.compiler.is_compiling()
    for t in (x, *others) if compiling or not native.are_plain(x, *others) else ():
        if t is None:
            continue
        if not (t.dtype is _FLOAT32 and t.is_cpu and t.layout is _STRIDED):
            return _unfit(t)
        if not compiling and (type(t) not in _PLAIN or t.is_neg()):
            return "a lazily negated tensor" if t.is_neg() else f"a tensor subclass, {type(t).__name__}"
    if torch.is_autocast_enabled("cpu"):
        return "inside torch.autocast"
    if compiling:
        return "exported to ONNX" if torch.onnx.is_in_onnx_export() else None
    return traced_by()


def unwatched() -> bool:
    """Whether nothing but the tensors themselves could be why the kernels cannot take them."""
    return not (torch.compiler.is_compiling() or torch.is_autocast_enabled("cpu") or traced_by())


def _unfit(t: Tensor) -> str:
    if t.dtype is not torch.float32:
        return f"{str(t.dtype).removeprefix('torch.')}, where the kernels compute in float32"
    return "not a plain strided tensor" if t.is_cpu else f"on {t.device.type}, where the kernels run on the CPU"


def plain(t: Tensor) -> bool:
    """Whether this is a tensor or parameter of torch's own class."""
    return type(t) in _PLAIN


def traced_by() -> str | None:
    """What traces or transforms each operation here, so that pointers do not do, in words; None where nothing does."""
    if _in_functorch():
        return "inside a functorch transform"
    if torch._C._is_tracing() or torch._C._len_torch_dispatch_stack():
        return "traced by torch.jit.trace or a dispatch mode"
    return "forward-mode differentiation" if torch.autograd.forward_ad._current_level >= 0 else None


def batched(grads: Sequence[Tensor | None]) -> bool:
    """Whether these are several gradients at once (is_grads_batched, vmap), which have no memory to point to."""
    return _in_functorch() or any(g is not None and _is_batched(g) for g in grads)
