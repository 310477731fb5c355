"""Batches of whole sequences, each with a target: rows of similar length together, in a new order every epoch."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.progress import remark

__all__ = ["Batch", "Batches", "pad"]

Batch = tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]
"""Inputs (B, T) of ids or (B, T, D) of vectors, lengths (B,), targets (B,)."""

_SORTED = 50  # batches among which rows are sorted by length: enough to save most padding, few enough to stay random


def pad(sequences: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Sequences (T_b, ...) of one dtype → (B, max T, ...) with zeros behind, lengths (B,)."""
    lengths = np.array([len(sequence) for sequence in sequences], np.int64)
    padded = np.zeros((len(sequences), lengths.max(initial=0), *sequences[0].shape[1:]), sequences[0].dtype)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded, lengths


class Batches:
    """Cuts encoded inputs and their targets into batches.

    ``collate`` makes an array and lengths of several inputs; ``change`` changes an input at random while training. Of
    an input of more than ``longest`` steps a window of so many is taken: in `at` another one each time, in `all` always
    the same. The order of an epoch follows from ``seed`` and its number alone, so that a run can be resumed.
    """

    def __init__(
        self,
        encoded: Sequence[NDArray[Any]],
        targets: NDArray[np.integer],
        collate: Callable[[Sequence[NDArray[Any]]], tuple[NDArray[Any], NDArray[np.int64]]],
        batch: int,
        seed: int = 0,
        change: Callable[[NDArray[Any], np.random.Generator], NDArray[Any]] | None = None,
        longest: int | None = None,
    ) -> None:
        if not len(encoded):
            raise InputError("no examples; expected at least 1")
        self.encoded, self.targets, self.collate = encoded, np.asarray(targets, np.int64), collate
        self.batch, self.seed, self.change, self.longest = batch, seed, change, longest
        lengths = np.array([len(steps) for steps in encoded])
        self._lengths = lengths if longest is None else lengths.clip(max=longest)
        self._epoch: tuple[int, list[NDArray[np.int64]]] = (-1, [])

    def __len__(self) -> int:
        return (len(self.encoded) + self.batch - 1) // self.batch

    def at(self, step: int) -> Batch:
        """The batch at a step of a run, counted from 0 over all epochs."""
        epoch, index = divmod(step, len(self))
        if self._epoch[0] != epoch:
            self._epoch = epoch, self._order(epoch)
        rows = self._epoch[1][index]
        chosen = [self._window(row, (self.seed, step, 2)) for row in rows]
        if self.change is not None:
            rng = np.random.default_rng((self.seed, step, 1))
            chosen = [self.change(steps, rng) for steps in chosen]
        return *self.collate(chosen), self.targets[rows]

    def all(self) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        """Every example once, unchanged, the short ones first: the rows of each batch, and the batch."""
        order = np.argsort(self._lengths, kind="stable")
        for start in range(0, len(order), self.batch):
            rows = order[start : start + self.batch]
            windows = [self._window(row, (self.seed, 3)) for row in rows]
            yield rows, (*self.collate(windows), self.targets[rows])

    def tell_of_windows(self) -> None:
        """Tell how many of the inputs are seen through windows while training; nothing where none is."""
        lengths = np.array([len(steps) for steps in self.encoded])
        if self.longest is not None and (long := int((lengths > self.longest).sum())):
            remark(
                f"{long:,} of {len(lengths):,} examples have more than {self.longest:,} steps, the longest "
                f"{lengths.max():,}: training reads {self.longest:,} steps of them at a time, from places drawn anew; "
                "predict and evaluate read all"
            )

    def _window(self, row: int, draw: tuple[int, ...]) -> NDArray[Any]:
        """The steps of an input or, where they are too many, a window of them that ``draw`` and its row decide."""
        steps = self.encoded[row]
        if self.longest is None or len(steps) <= self.longest:
            return steps
        start = np.random.default_rng((*draw, int(row))).integers(len(steps) - self.longest + 1)
        return steps[start : start + self.longest]

    def _order(self, epoch: int) -> list[NDArray[np.int64]]:
        rng = np.random.default_rng((self.seed, epoch))
        order, block = rng.permutation(len(self.encoded)), _SORTED * self.batch
        for start in range(0, len(order), block):
            part = order[start : start + block]
            order[start : start + block] = part[np.argsort(self._lengths[part], kind="stable")]
        batches = [order[start : start + self.batch] for start in range(0, len(order), self.batch)]
        return [batches[i] for i in rng.permutation(len(batches))]
