"""A stack of recurrent layers: any cell, one or both directions, rows of any lengths, dropout between layers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unrolled.arrays import Array, Layout, Namespace, Noise, Tree, checked_state
from unrolled.cells import Cell, run, zero_state
from unrolled.layers.dropout import dropout

__all__ = ["Recurrent"]


@dataclass(frozen=True)
class Recurrent:
    """Layers of ``widths`` hidden units, each reading the outputs of the one below.

    Dropout acts between layers, with ``variational`` the same at every step of a sequence (Gal & Ghahramani 2016);
    ``zoneout`` is the probability with which a unit keeps its state for a step (Krueger et al. 2017). With
    ``residual`` what a layer reads is added to what it gives, where both have the same width (Wu et al. 2016).
    The state is a tuple with one entry per layer: the cell's own state, or, with two directions, a pair (ahead, back)
    of them. ``state=None`` is zero state.
    """

    cell: Cell
    inputs: int
    widths: tuple[int, ...]
    bidirectional: bool = False
    dropout: float = 0.0
    variational: bool = False
    zoneout: float = 0.0
    residual: bool = field(default=False, repr=False)  # the repr is in the fingerprint of saved streams

    @property
    def outputs(self) -> int:
        """Features of a step: the units of the last layer, in all directions."""
        return self.widths[-1] * (2 if self.bidirectional else 1)

    def _each(self, make: Callable[[int, int], Tree]) -> Tree:
        """A tree of layers (and directions) with ``make(inputs, hidden)`` at its leaves."""
        layers, inputs = Tree(), self.inputs
        for i, hidden in enumerate(self.widths):
            if self.bidirectional:
                layers[str(i)] = Tree(ahead=make(inputs, hidden), back=make(inputs, hidden))
                inputs = 2 * hidden
            else:
                layers[str(i)] = make(inputs, hidden)
                inputs = hidden
        return layers

    def shapes(self) -> Tree:
        """The shape of each parameter of the cell, by layer and direction."""
        return self._each(self.cell.shapes)

    def initial(self, rng: np.random.Generator) -> Tree:
        """Each layer's parameters as its cell starts them."""
        return self._each(lambda inputs, hidden: self.cell.initial(rng, inputs, hidden))

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> tuple[Any, ...]:
        """The state of ``batch`` rows before the first step; ``like`` gives the dtype."""
        zeros = [zero_state(xp, self.cell, batch, hidden, like) for hidden in self.widths]
        return tuple((z, z) for z in zeros) if self.bidirectional else tuple(zeros)

    def forward(
        self,
        xp: Namespace,
        params: Tree,
        x: Array,
        state: tuple[Any, ...] | None = None,
        lengths: Array | None = None,
        noise: Noise | None = None,
    ) -> tuple[Array, tuple[Any, ...]]:
        """x (B, T, inputs) → y (B, T, outputs), state. See `unrolled.cells.unroll` for what ``lengths`` mean.

        Raises InputError where ``state`` is not one of this stack for B rows of x's dtype.
        """
        after = []
        for i, before in enumerate(checked_state(state, self.zero_state(xp, x.shape[0], x))):
            if i:
                x = dropout(x, self.dropout, noise, self.variational)
            layer, read = params[str(i)], x
            if self.bidirectional:
                onward, backward = Layout(lengths), Layout(lengths, reverse=True)
                ahead, last = run(xp, self.cell, layer.ahead, x, before[0], onward, self._keep(xp, x, i, noise))
                back, first = run(xp, self.cell, layer.back, x, before[1], backward, self._keep(xp, x, i, noise))
                x = xp.concat([ahead, back])
                after.append((last, first))
            else:
                x, last = run(xp, self.cell, layer, x, before, Layout(lengths), self._keep(xp, x, i, noise))
                after.append(last)
            x = x + read if self.residual and x.shape == read.shape else x
        return x, tuple(after)

    def _keep(self, xp: Namespace, x: Array, layer: int, noise: Noise | None) -> tuple[Array, ...] | None:
        """How much of each entry of the state each step keeps: all or nothing while training, else what to expect."""
        if self.zoneout == 0:
            return None
        like = [xp.zeros((*x.shape[:2], size), x) for size in self.cell.state_sizes(self.widths[layer])]
        if noise is None:
            return tuple(zeros + self.zoneout for zeros in like)
        masks = [noise.mask(tuple(zeros.shape), self.zoneout, x) for zeros in like]
        return tuple(xp.where(mask == 0, zeros + 1, zeros) for mask, zeros in zip(masks, like, strict=True))
