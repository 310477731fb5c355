"""The array namespace over torch; whole sequences of float32 on the CPU run in the native kernels."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from unrolled import kernels
from unrolled.arrays import Layout, Namespace, Sequencer, State, Tree
from unrolled.cells.base import run_by_steps
from unrolled.nn.elementary import ELEMENTARY, Operations
from unrolled.nn.eligibility import why_not
from unrolled.nn.output import cross_entropy
from unrolled.nn.recurrence import recurrence
from unrolled.nn.reference import Keep, Weights, cell_of
from unrolled.nn.scan import scan
from unrolled.nn.slstm import slstm, unwatched

__all__ = ["TORCH"]


def _weights(params: Tree) -> Weights:
    """A cell's parameters as the kernels know them: the GRU's second bias stands for its n gate alone."""
    b_n = params.get("b_n")
    b_h = None if b_n is None else torch.cat([b_n.new_zeros(2 * len(b_n)), b_n])
    return Weights(params.U, params.W, params.b, b_h, params.get("p"))


def _by_kernel(
    kernel: str, params: Tree, x: Tensor, state: State, layout: Layout, keep: Sequence[Tensor] | None
) -> tuple[Tensor, State]:
    weights = _weights(params)
    if why_not(x, *weights, *state, *(keep or ())) is not None:
        return run_by_steps(ELEMENTARY, cell_of(kernel), params, x, state, layout, keep)
    return recurrence(kernel, x, weights, tuple(state), layout, _packed(keep, layout.lengths))


def _packed(keep: Sequence[Tensor] | None, lengths: Tensor | None) -> Keep:
    """(B, T, H) each → (N, H) in packed order."""
    if keep is None:
        return Keep()
    if lengths is None:
        return Keep(*(k.transpose(0, 1).reshape(-1, k.shape[-1]) for k in keep))
    order = torch.argsort(lengths, descending=True, stable=True)
    alive = torch.arange(keep[0].shape[1])[:, None] < lengths[order]
    return Keep(*(k[order].transpose(0, 1)[alive].contiguous() for k in keep))


class _Torch(Operations):
    """`Namespace` over torch and the native kernels."""

    def cross_entropy(self, x: Tensor, weights: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
        return cross_entropy(x, weights, bias, targets)

    def recurrent(self, kernel: str | None, x: Tensor) -> Sequencer | None:
        if kernel == "slstm":
            return slstm if unwatched(x) else None
        if kernel is None or kernel not in kernels.RECURRENT or why_not(x) is not None:
            return None
        return partial(_by_kernel, kernel)

    def scan(self, a: Tensor, b: Tensor, state: State, layout: Layout) -> tuple[Tensor, State] | None:
        return scan(a, b, state, layout) if why_not(b, a, *state) is None else None


TORCH: Namespace = _Torch()
