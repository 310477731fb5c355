"""Output layer and cross-entropy in one: scores, loss and gradients by the native kernel, logits never kept.

In a small language model this is where the time goes: V is 10,000 where H is 200. Kept logits (N, V) go to memory
and back five times; the kernel has a block of rows at a time (native/cross_entropy.h). What it cannot take (see
`unrolled.nn.operators.why_not`) goes to torch's own functions, as does a second derivative.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy as torchs_own
from torch.nn.functional import linear

from unrolled import kernels
from unrolled.nn.operators import why_not

if kernels.NATIVE:
    from unrolled import _native

__all__ = ["CALLS", "cross_entropy"]

CALLS = {"cross_entropy": 0}
"""How often the kernel has run in this process."""


def _reference(x: Tensor, weights: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    return torchs_own(linear(x, weights, bias), targets, reduction="sum")


def _kernel(inputs: tuple[Tensor, ...], targets: Tensor, needs: tuple[bool, ...]) -> tuple[Tensor, list[Any]]:
    """The loss, and the gradients that are wanted of x, weights and bias."""
    x, weights, bias = rows = [t.contiguous() for t in inputs]
    gradients = [torch.empty_like(t) if need else None for t, need in zip(rows, needs, strict=True)]
    CALLS["cross_entropy"] += 1
    loss = _native.cross_entropy(
        (*x.shape, len(weights)),
        x.data_ptr(),
        weights.data_ptr(),
        bias.data_ptr(),
        targets.data_ptr(),
        tuple([None if g is None else g.data_ptr() for g in gradients]),
        torch.get_num_threads(),
    )
    return x.new_tensor(loss), gradients


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, targets: Tensor, *inputs: Tensor) -> Tensor:
        loss, gradients = _kernel(inputs, targets, ctx.needs_input_grad[1:])
        ctx.save_for_backward(targets, *inputs)
        ctx.gradients = gradients
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor | None, ...]:
        targets, *inputs = ctx.saved_tensors
        if not torch.is_grad_enabled():
            return None, *(None if g is None else g * grads[0] for g in ctx.gradients)
        with torch.enable_grad():
            # Aliases, so that a path from one input to another is not followed here as well as by the caller.
            aliases = [t.view_as(t) for t in inputs]
            wanted = [t for t, need in zip(aliases, ctx.needs_input_grad[1:], strict=True) if need]
            found = iter(
                torch.autograd.grad(
                    _reference(aliases[0], aliases[1], aliases[2], targets), wanted, grads[0], create_graph=True
                )
            )
        return None, *(next(found) if need else None for need in ctx.needs_input_grad[1:])


def cross_entropy(x: Tensor, weights: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Sum over rows of -log softmax(x Wᵀ + b)[target].

    x (N, E), weights (V, E), bias (V,), targets (N,) whole numbers in 0..V-1. Raises InputError for shapes that do not
    fit, and for a target that is no row of weights.
    """
    targets = targets.long().contiguous()
    if not torch.compiler.is_compiling():
        kernels.check_targets(x.shape, weights.shape, bias.shape, targets.numpy(force=True))
    if why_not(x, weights, bias) is not None or torch.compiler.is_compiling():
        return _reference(x, weights, bias, targets)
    if torch.is_grad_enabled() and (x.requires_grad or weights.requires_grad or bias.requires_grad):
        return _CrossEntropy.apply(targets, x, weights, bias)  # type: ignore[no-untyped-call, no-any-return]
    return _kernel((x, weights, bias), targets, (False, False, False))[0]
