"""Windows that follow one another, for truncated back-propagation through time (Williams & Peng 1990)."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["TokenWindows", "Window", "Windows"]


class Window(NamedTuple):
    """Rows of at most T steps: what is read, what comes next, and how many steps of each row are no padding."""

    inputs: NDArray[Any]  # (B, T) ids or (B, T, D) vectors
    targets: NDArray[Any]  # the same, one step later
    lengths: NDArray[np.int64] | None  # (B,); None where no row has padding
    first: bool  # whether the rows begin here: the state of what was read before is not carried on

    @property
    def steps(self) -> int:
        """How many steps count."""
        return int(self.inputs.shape[0] * self.inputs.shape[1] if self.lengths is None else self.lengths.sum())


class Windows(Protocol):
    """The windows of an epoch; the state after one is the start of the next."""

    batch: int

    def __len__(self) -> int:
        """Windows of an epoch."""

    def at(self, step: int) -> Window:
        """The window at a step of a run, counted from 0 over all epochs."""


class TokenWindows:
    """B rows of consecutive text, cut into windows of at most T = `length` steps that follow one another.

    Row r of window i + 1 goes on where row r of window i ended, so the state of one is the start of the next. The
    targets are the inputs one step later, the last window may be shorter. Where the text is too short for `batch` rows
    of one window each there are fewer rows (at least one). The last tokens that fill no whole step of all rows, fewer
    than B, are left out; with `batch=1` none are.

    ids (N,) may be a memory map: a window reads nothing but itself. Raises InputError for fewer than two ids.
    """

    def __init__(self, ids: NDArray[Any], batch: int, length: int) -> None:
        if batch < 1 or length < 1:
            raise InputError(f"windows need at least 1 row and 1 step, not {batch} rows of {length}")
        if len(ids) < 2:
            raise InputError(f"received {len(ids)} tokens; at least 2 are needed, one to read and one to predict")
        self.batch = min(batch, max((len(ids) - 1) // length, 1))
        self.length = length
        self.steps = (len(ids) - 1) // self.batch
        kept = self.batch * self.steps
        self._inputs = ids[:kept].reshape(self.batch, self.steps)  # (B, steps), views: nothing is read yet
        self._targets = ids[1 : kept + 1].reshape(self.batch, self.steps)

    def __len__(self) -> int:
        return (self.steps + self.length - 1) // self.length

    def at(self, step: int) -> Window:
        """The window at a step of a run, counted from 0 over all epochs; every epoch reads the same ones."""
        number = step % len(self)
        start = number * self.length
        columns = slice(start, start + self.length)
        inputs, targets = (rows[:, columns].astype(np.int64) for rows in (self._inputs, self._targets))
        return Window(inputs, targets, None, number == 0)
