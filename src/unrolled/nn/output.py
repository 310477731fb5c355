"""Output layer and cross-entropy in one: blocks of rows, loss and gradient in a single pass, logits never kept.

In a small language model this is where the time goes: V is 10,000 where H is 200. Kept logits (N, V) go to memory
and back five times; a block of rows stays in cache from the product to its gradient.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

__all__ = ["cross_entropy"]

BLOCK_ROWS = 350


def _blocks(x: Tensor, weights: Tensor, bias: Tensor, targets: Tensor) -> Iterator[tuple[Any, ...]]:
    """For each block: its rows, targets (n, 1), exp(scores - row maximum) (n, V), their sums (n, 1), summed loss."""
    buffer = x.new_empty((min(BLOCK_ROWS, len(x)), len(weights)))
    for start in range(0, len(x), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        chosen = targets[rows, None]
        scores = torch.addmm(bias, x[rows], weights.t(), out=buffer[: len(chosen)])
        scores -= scores.amax(1, keepdim=True)
        at_target = scores.gather(1, chosen)
        powers = scores.exp_()
        sums = powers.sum(1, keepdim=True)
        yield rows, chosen, powers, sums, (sums.log() - at_target).sum()


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weights: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
        total = x.new_zeros(())
        d_x, d_weights, d_bias = torch.empty_like(x), torch.zeros_like(weights), torch.zeros_like(bias)
        for rows, chosen, powers, sums, loss in _blocks(x, weights, bias, targets):
            total += loss
            d_scores = powers.div_(sums)  # softmax; less one at the target, the gradient of the loss
            d_scores.scatter_add_(1, chosen, d_scores.new_full((), -1.0).expand(len(chosen), 1))
            torch.mm(d_scores, weights, out=d_x[rows])
            d_weights.addmm_(d_scores.t(), x[rows])
            d_bias += d_scores.sum(0)
        ctx.save_for_backward(d_x, d_weights, d_bias)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, Tensor, Tensor, None]:
        if torch.is_grad_enabled():  # create_graph=True: what was saved would pass for constants, silently
            raise RuntimeError(
                "cross_entropy has first derivatives only; use torch.nn.functional.cross_entropy for more"
            )
        d_x, d_weights, d_bias = ctx.saved_tensors
        return d_x * grads[0], d_weights * grads[0], d_bias * grads[0], None


def cross_entropy(x: Tensor, weights: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Sum over rows of -log softmax(x Wᵀ + b)[target].

    x (N, E), weights (V, E), bias (V,), targets (N,) whole numbers in 0..V-1. First derivatives only.
    """
    if torch.is_grad_enabled() and (x.requires_grad or weights.requires_grad or bias.requires_grad):
        return _CrossEntropy.apply(x, weights, bias, targets)  # type: ignore[no-untyped-call, no-any-return]
    return sum((loss for *_, loss in _blocks(x, weights, bias, targets)), x.new_zeros(()))
