"""Contiguous windows for truncated back-propagation through time (Williams & Peng 1990)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["Windows"]


class Windows:
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

    def __getitem__(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Inputs and targets (B, T) of a window, counted from 0 (or from the end, below 0)."""
        if not -len(self) <= number < len(self):
            raise IndexError(f"window {number} of {len(self)}")
        start = number % len(self) * self.length
        here = slice(start, start + self.length)
        return self._inputs[:, here].astype(np.int64), self._targets[:, here].astype(np.int64)
