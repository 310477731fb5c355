"""Pieces of music side by side, cut into windows that follow one another, in another order every epoch."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.data.windows import Window
from unrolled.errors import InputError

__all__ = ["PieceWindows"]

Frames = NDArray[np.bool_]


class PieceWindows:
    """B pieces (T_i, K) at a time, in windows of at most ``window`` steps; the state of one is the start of the next.

    A window's inputs are the frames before its targets, zeros before the first; a row whose piece is over has length 0.
    Pieces of as many windows stand side by side, which ones an epoch's number and ``seed`` decide: so every epoch has
    as many windows, and a run can be resumed. InputError where there is no piece.
    """

    def __init__(self, pieces: Sequence[Frames], batch: int, window: int, seed: int = 0) -> None:
        if not len(pieces):
            raise InputError("no pieces; expected at least 1")
        self.pieces, self.window, self.seed = pieces, window, seed
        self.batch = min(batch, len(pieces))
        self._windows = np.array([-(-len(piece) // window) for piece in pieces])
        ranked = np.sort(self._windows)
        self._counts = np.array([ranked[i : i + self.batch].max() for i in range(0, len(ranked), self.batch)])
        self._epoch = -1

    def __len__(self) -> int:
        return int(self._counts.sum())

    def at(self, step: int) -> Window:
        """The window at a step of a run, counted from 0 over all epochs."""
        epoch, index = divmod(step, len(self))
        if epoch != self._epoch:
            self._plan(epoch)
        number = int(np.searchsorted(self._ends, index, side="right"))
        place = index - int(self._ends[number] - self._sizes[number])  # of the window among its batch's
        return self._cut(self._rows[number], place * self.window)

    def _plan(self, epoch: int) -> None:
        """The batches of an epoch and their order."""
        rng = np.random.default_rng((self.seed, epoch))
        order = rng.permutation(len(self.pieces))
        order = order[np.argsort(self._windows[order], kind="stable")]
        batches = [order[i : i + self.batch] for i in range(0, len(order), self.batch)]
        turn = rng.permutation(len(batches))
        self._rows = [batches[i] for i in turn]
        self._sizes = self._counts[turn]
        self._ends = np.cumsum(self._sizes)
        self._epoch = epoch

    def _cut(self, rows: NDArray[np.int64], start: int) -> Window:
        lengths = np.zeros(self.batch, np.int64)
        lengths[: len(rows)] = [min(max(len(self.pieces[row]) - start, 0), self.window) for row in rows]
        read = np.zeros((self.batch, int(lengths.max()) + 1, self.pieces[0].shape[1]), np.float32)
        for b, row in enumerate(rows):
            begin = max(start - 1, 0)
            part = self.pieces[row][begin : start + self.window]
            read[b, begin - start + 1 : begin - start + 1 + len(part)] = part
        return Window(read[:, :-1], read[:, 1:], lengths, start == 0)
