"""Output layer and cross-entropy in one: scores, loss and gradients by the native kernel, logits never kept.

In a small language model this is where the time goes: V is 10,000 where H is 200. Kept logits (N, V) go to memory
and back five times; the kernel has a block of rows at a time (native/cross_entropy.h). What it cannot take (see
`unrolled.nn.eligibility.why_not`) goes to torch's own functions, as does a second derivative.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from unrolled import kernels
from unrolled.nn import raw
from unrolled.nn.eager import Kernel
from unrolled.nn.elementary import ELEMENTARY
from unrolled.nn.eligibility import why_not
from unrolled.nn.raw import Tensors

__all__ = ["cross_entropy"]


def _forward(call: None, fixed: Tensors, inputs: Tensors, needs: Sequence[bool]) -> tuple[tuple[Tensor, ...], Tensors]:
    loss, gradients = raw.cross_entropy(fixed[0], inputs, needs)
    return (loss,), gradients


def _backward(
    call: None, fixed: Tensors, inputs: Tensors, kept: Tensors, grads: Tensors, needs: Sequence[bool]
) -> Tensors:
    return [None if gradient is None else gradient * grads[0] for gradient in kept]


def _reference(call: None, fixed: Tensors, inputs: Tensors) -> tuple[Tensor, ...]:
    return (ELEMENTARY.cross_entropy(*inputs, *fixed),)


_KERNEL = Kernel("CrossEntropy", _forward, _backward, _reference, native=False)


def cross_entropy(x: Tensor, weights: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Sum over rows of -log softmax(x Wᵀ + b)[target].

    x (N, E), weights (V, E), bias (V,), targets (N,) whole numbers in 0..V-1. Raises InputError for shapes that do not
    fit, and for a target that is no row of weights.
    """
    targets = targets.long().contiguous()
    if not torch.compiler.is_compiling():
        kernels.check_targets(x.shape, weights.shape, bias.shape, targets.numpy(force=True))
    if why_not(x, weights, bias) is not None or torch.compiler.is_compiling():
        loss: Tensor = ELEMENTARY.cross_entropy(x, weights, bias, targets)
        return loss
    return _KERNEL(None, (targets,), (x, weights, bias))[0]
