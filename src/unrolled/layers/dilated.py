"""A stack of dilated recurrent layers: each step of a layer goes on from the step d before it (Chang et al. 2017)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from unrolled.arrays import Array, Layout, Namespace, Noise, Tree, checked_state
from unrolled.cells import Cell, run
from unrolled.cells.base import check_lengths
from unrolled.errors import InputError
from unrolled.layers.dropout import dropout
from unrolled.layers.recurrent import Recurrent

__all__ = ["Dilated"]


@dataclass(frozen=True)
class Dilated:
    """Layers of ``widths`` hidden units, of which layer i computes h_t from h_{t-d}, d = ``dilations[i]``.

    A layer is d interleaved recurrences, which are d rows for the cell's kernel. With ``residual``, what a layer makes
    is added to what it reads, in all layers but the first, which must then be of one width (Smyl 2020). Dropout acts as
    in `Recurrent`.

    The state is a tuple with one entry per layer: the cell's own with entries (B, d, H), of which [:, 0] is the one
    that the next step goes on from, [:, 1] that of the step after it. ``state=None`` is zero state.
    """

    cell: Cell
    inputs: int
    widths: tuple[int, ...]
    dilations: tuple[int, ...]
    residual: bool = False
    dropout: float = 0.0
    variational: bool = False

    def __post_init__(self) -> None:
        if len(self.dilations) != len(self.widths) or any(d < 1 for d in self.dilations):
            raise InputError(f"dilations are {self.dilations}; expected {len(self.widths)} whole numbers from 1")
        if self.residual and len(set(self.widths)) > 1:
            raise InputError(f"widths are {self.widths}; expected the same of all layers, which are added")

    @property
    def bidirectional(self) -> bool:
        """False: the stack reads ahead."""
        return False

    @property
    def outputs(self) -> int:
        """Features of a step: the units of the last layer."""
        return self.widths[-1]

    @property
    def _undilated(self) -> Recurrent:
        return Recurrent(self.cell, self.inputs, self.widths)

    def shapes(self) -> Tree:
        """The shape of each parameter of the cell, by layer: those of `Recurrent`."""
        return self._undilated.shapes()

    def initial(self, rng: np.random.Generator) -> Tree:
        """Each layer's parameters as its cell starts them."""
        return self._undilated.initial(rng)

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> tuple[Any, ...]:
        """The state of ``batch`` rows before the first step; ``like`` gives the dtype."""
        return tuple(
            self.cell.state(*(xp.zeros((batch, d, size), like) for size in self.cell.state_sizes(hidden)))
            for hidden, d in zip(self.widths, self.dilations, strict=True)
        )

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
        if lengths is not None:
            check_lengths(lengths, *x.shape[:2])
        after = []
        for i, before in enumerate(checked_state(state, self.zero_state(xp, x.shape[0], x))):
            if i:
                x = dropout(x, self.dropout, noise, self.variational)
            y, last = _run_dilated(xp, self.cell, params[str(i)], x, before, lengths)
            x = x + y if self.residual and i else y
            after.append(last)
        return x, tuple(after)


def _run_dilated(
    xp: Namespace, cell: Cell, params: Tree, x: Array, state: Any, lengths: Array | None
) -> tuple[Array, Any]:
    """`run` with the dilation d of a state of entries (B, d, H)."""
    batch, time, inputs = x.shape
    dilation = state[0].shape[1]
    if dilation == 1 or time == 0:
        y, last = run(xp, cell, params, x, cell.state(*(entry[:, 0] for entry in state)), Layout(lengths))
        return y, state if time == 0 else cell.state(*(entry[:, None] for entry in last))
    rows = min(dilation, time)  # of the d recurrences, those that the steps reach
    each = -(-time // rows)
    if each * rows > time:
        x = xp.join_time([x, xp.zeros((batch, each * rows - time, inputs), x)])
    folded = x.reshape(batch, each, rows, inputs).swapaxes(1, 2).reshape(batch * rows, each, inputs)
    begin = cell.state(*(entry[:, :rows].reshape(batch * rows, entry.shape[2]) for entry in state))
    y, last = run(xp, cell, params, folded, begin, Layout(_folded_lengths(xp, lengths, batch, time, rows)))
    y = y.reshape(batch, rows, each, y.shape[2]).swapaxes(1, 2).reshape(batch, each * rows, y.shape[2])
    entries = (
        _turned(xp, entry.reshape(batch, rows, entry.shape[1]), before[:, rows:], time, lengths)
        for entry, before in zip(last, state, strict=True)
    )
    return y[:, :time], cell.state(*entries)


def _folded_lengths(xp: Namespace, lengths: Array | None, batch: int, time: int, rows: int) -> Array | None:
    """How many of a row's first ``lengths`` steps each of its recurrences reads (B·rows,)."""
    if lengths is None and time % rows == 0:
        return None
    ends = xp.full_ids((batch,), time) if lengths is None else lengths
    return ((ends[:, None] + (rows - 1 - xp.arange(rows))[None, :]) // rows).reshape(-1)


def _turned(xp: Namespace, reached: Array, rest: Array, time: int, lengths: Array | None) -> Array:
    """The d recurrences' entries, reached by the steps or not, with the one that the next step goes on from first."""
    if lengths is None and rest.shape[1]:
        return xp.join_time([rest, reached])
    entry = xp.join_time([reached, rest]) if rest.shape[1] else reached
    dilation = entry.shape[1]
    if lengths is not None:
        return xp.gather_time(entry, (lengths[:, None] + xp.arange(dilation)[None, :]) % dilation)
    first = time % dilation
    return entry if first == 0 else xp.join_time([entry[:, first:], entry[:, :first]])
