"""A piece of music as notes on a grid of time steps, and as frames of the keys that sound at each step."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.settings import option

__all__ = ["KEYS", "LOWEST", "NOTES", "Piece", "Timing", "common_timing", "notes_of_frames"]

NOTES = 128  # MIDI numbers, 60 is the middle C
KEYS, LOWEST = 88, 21  # those of a piano


@dataclass(frozen=True)
class Timing:
    """How long a step lasts."""

    grid: int = option(4, "steps a beat", 1, 960)
    tempo: float = option(120.0, "beats a minute", 1.0, 10_000.0)

    @property
    def seconds(self) -> float:
        """Seconds a step."""
        return 60 / (self.tempo * self.grid)


@dataclass(frozen=True)
class Piece:
    """Notes (N, 3): first step, steps, MIDI number 0 to 127; in the order of time, the lower of a chord first."""

    notes: NDArray[np.int64]
    steps: int
    timing: Timing = field(default_factory=Timing)
    where: str = "the piece"

    def frames(self) -> NDArray[np.bool_]:
        """Frames (steps, 88): which keys of a piano sound. InputError for a note that it does not have."""
        frames = np.zeros((self.steps, KEYS), bool)
        for start, steps, note in self.notes.tolist():
            if not LOWEST <= note < LOWEST + KEYS:
                raise InputError(
                    f"{self.where}: note {note} in step {start + 1}; expected {LOWEST} to {LOWEST + KEYS - 1}, "
                    "the 88 keys of a piano"
                )
            frames[start : start + steps, note - LOWEST] = True
        return frames


def notes_of_frames(frames: NDArray[np.bool_], lowest: int = LOWEST) -> NDArray[np.int64]:
    """Frames (T, K) → notes (N, 3) as `Piece` has them: a key that goes on sounding is one note."""
    steps, keys = frames.shape
    padded = np.zeros((keys, steps + 2), np.int8)
    padded[:, 1:-1] = frames.T
    change = np.diff(padded, axis=1)  # (K, T + 1)
    keys_on, starts = np.nonzero(change == 1)
    ends = np.nonzero(change == -1)[1]
    return in_order(np.stack([starts, ends - starts, keys_on + lowest], axis=1))


def in_order(notes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Notes (N, 3) by time and number; of several in one place the longest."""
    notes = notes[np.lexsort((-notes[:, 1], notes[:, 2], notes[:, 0]))]
    new = np.ones(len(notes), bool)
    new[1:] = (notes[1:, [0, 2]] != notes[:-1, [0, 2]]).any(axis=1)
    return notes[new]


def common_timing(pieces: Sequence[Piece]) -> Timing:
    """The pieces' steps a beat and their median tempo; InputError where they differ in the first."""
    first = pieces[0]
    for piece in pieces:
        if piece.timing.grid != first.timing.grid:
            raise InputError(
                f"{first.where} has {first.timing.grid} steps a beat, {piece.where} {piece.timing.grid}; "
                "expected the same of all: name it with --grid"
            )
    return Timing(first.timing.grid, float(median(piece.timing.tempo for piece in pieces)))
