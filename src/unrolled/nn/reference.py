"""What the recurrent kernels compute, by the cells' own steps: any dtype and device, any order of derivative, slow."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unrolled.arrays import Layout, Tree
from unrolled.cells import CELLS, Cell, zero_state
from unrolled.cells.base import run_by_steps
from unrolled.errors import InputError
from unrolled.kernels import KERNELS
from unrolled.nn.elementary import ELEMENTARY

__all__ = ["Keep", "Lengths", "Weights", "cell_of", "checked_lengths", "reference"]

Lengths: TypeAlias = Tensor | Sequence[int] | NDArray[np.integer[Any]]
WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


class Weights(NamedTuple):
    """A layer's parameters, as torch.nn keeps them; the two biases add up, but for the GRU's n gate."""

    U: Tensor  # (G·H, D)
    W: Tensor  # (G·H, H)
    b_x: Tensor | None = None  # (G·H)
    b_h: Tensor | None = None  # (G·H)
    peephole: Tensor | None = None  # (3·H) of the gates i, f, o

    def check(self, cell: str, inputs: int) -> None:
        """InputError unless the shapes go together: the kernels read them by their addresses."""
        expected = KERNELS[cell].weight_shapes(inputs, self.W.shape[1])
        if cell == "peephole" and self.peephole is None:
            raise InputError("peephole is None; expected the peepholes of the gates i, f, o")
        for name, weight, shape in zip(self._fields, self, expected, strict=True):
            if weight is not None and weight.shape != shape:
                raise InputError(f"{name} of {cell} has shape {tuple(weight.shape)}; expected {shape}")

    def tree(self, cell: str) -> Tree:
        """As `unrolled.cells` has them."""
        none = self.U.new_zeros(len(self.U))
        b_x, b_h = none if self.b_x is None else self.b_x, none if self.b_h is None else self.b_h
        if cell == "gru":
            outside = 2 * self.W.shape[1]
            b = torch.cat([b_x[:outside] + b_h[:outside], b_x[outside:]])
            return Tree(U=self.U, W=self.W, b=b, b_n=b_h[outside:])
        tree = Tree(U=self.U, W=self.W, b=b_x + b_h)
        return tree if self.peephole is None else Tree({**tree, "p": self.peephole})


class Keep(NamedTuple):
    """Zoneout: how much of each entry of the state a step leaves as it was, (N, H) in packed order, 0 to 1."""

    h: Tensor | None = None
    c: Tensor | None = None


def checked_lengths(lengths: Lengths, batch: int, time: int) -> Tensor:
    """``lengths`` as (B,) int64 on the CPU; InputError unless they are whole numbers of that shape, 0 to ``time``."""
    if isinstance(lengths, np.ndarray) and lengths.dtype.kind in "iu":
        lengths = torch.from_numpy(lengths.astype(np.int64))
    elif isinstance(lengths, list | tuple) and all(isinstance(n, int | np.integer) for n in lengths):
        lengths = torch.tensor([int(n) for n in lengths], dtype=torch.int64)
    if not isinstance(lengths, Tensor) or lengths.dtype not in WHOLE:
        kind = "a tensor" if isinstance(lengths, Tensor) else "an array"
        what = f"{kind} of {lengths.dtype}" if hasattr(lengths, "dtype") else f"of type {type(lengths).__name__}"
        raise InputError(f"lengths are {what}; expected whole numbers")
    if lengths.dim() != 1 or lengths.shape[0] != batch:
        raise InputError(f"lengths have shape {tuple(lengths.shape)}; expected ({batch},), one for each row of x")
    checked: Tensor = lengths.to("cpu", torch.int64).contiguous()
    if batch and not torch.compiler.is_compiling():  # while compiling there are no values: the operator looks itself
        least, most = checked.min().item(), checked.max().item()
        if least < 0 or most > time:
            raise InputError(f"lengths go from {least} to {most}; expected 0 to {time}, the steps of x")
    return checked


def cell_of(kernel: str) -> Cell:
    """The cell that has this kernel."""
    return next(cell for cell in CELLS.values() if cell.kernel == kernel)


def _positions(lengths: Tensor, time: int) -> Tensor:
    """(B, T): where row b at time t is in packed order; -1 in the padding."""
    order = torch.argsort(lengths, descending=True, stable=True)
    alive = torch.arange(time)[:, None] < lengths[order]  # (T, B) rows by length
    at = torch.where(alive, alive.flatten().cumsum(0).view_as(alive) - 1, -1)
    return at[:, torch.argsort(order)].t()


def reference(
    kernel: str,
    x: Tensor,
    weights: Weights,
    state: Sequence[Tensor | None],
    layout: Layout,
    keep: Keep = Keep(),  # noqa: B008
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """As `unrolled.nn.recurrence.recurrence`."""
    lengths, packed, cell = layout.lengths, x.dim() == 2, cell_of(kernel)
    hidden, batch = weights.W.shape[1], x.shape[0] if lengths is None else len(lengths)
    time = (int(lengths[0]) if len(lengths) else 0) if packed and lengths is not None else x.shape[1]
    at = None
    if lengths is not None:
        at = _positions(lengths, time)
        if packed:
            x = torch.where(at[..., None] >= 0, x[at.clamp(min=0)], x.new_zeros(()))
    zeros = zero_state(ELEMENTARY, cell, batch, hidden, x)
    start = cell.state(*(z if s is None else s for s, z in zip(state, zeros, strict=False)))
    padded = None if keep.h is None else _padded(keep, at, batch, time)
    y, final = run_by_steps(ELEMENTARY, cell, weights.tree(kernel), x, start, layout, padded)
    if packed and at is not None:
        order = torch.argsort(at[at >= 0])
        return y[at >= 0][order], tuple(final)
    # In time-major memory like the kernels' and torch's own, so that dropout draws the same masks.
    return y.transpose(0, 1).contiguous().transpose(0, 1), tuple(final)


def _padded(keep: Keep, at: Tensor | None, batch: int, time: int) -> list[Tensor]:
    """Each entry as (B, T, H) by time."""
    entries = [k for k in keep if k is not None]
    if at is None:
        return [k.view(time, batch, k.shape[-1]).transpose(0, 1) for k in entries]
    return [torch.where(at[..., None] >= 0, k[at.clamp(min=0)], k.new_zeros(())) for k in entries]
