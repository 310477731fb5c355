"""A piece of music: notes on a grid of time steps, and frames of the piano keys that sound at each step."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.settings import option

__all__ = ["KEYS", "LOWEST", "NOTES", "Piece", "Timing", "common_timing", "notes_of_frames"]

NOTES = 128  # MIDI numbers, 60 is the middle C
KEYS, LOWEST = 88, 21  # the keys of a piano and the MIDI number of the lowest


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
    """Notes (N, 3): first step, number of steps, MIDI number 0 to 127; sorted by first step, then by number."""

    notes: NDArray[np.int64]
    steps: int
    timing: Timing = field(default_factory=Timing)
    where: str = "the piece"

    def frames(self) -> NDArray[np.bool_]:
        """Frames (steps, 88): which keys of a piano sound. InputError for a note that a piano does not have."""
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
    """Frames (T, K) → the notes (N, 3) of a `Piece`: a key that sounds at successive steps is one note."""
    steps, keys = frames.shape
    padded = np.zeros((keys, steps + 2), np.int8)
    padded[:, 1:-1] = frames.T
    change = np.diff(padded, axis=1)  # (K, T + 1)
    keys_on, starts = np.nonzero(change == 1)
    ends = np.nonzero(change == -1)[1]
    return in_order(np.stack([starts, ends - starts, keys_on + lowest], axis=1))


def in_order(notes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Notes (N, 3) sorted by time and number; of several with the same of both, only the longest."""
    notes = notes[np.lexsort((-notes[:, 1], notes[:, 2], notes[:, 0]))]
    distinct = np.ones(len(notes), bool)
    distinct[1:] = (notes[1:, [0, 2]] != notes[:-1, [0, 2]]).any(axis=1)
    return notes[distinct]


def common_timing(pieces: Sequence[Piece]) -> Timing:
    """The pieces' steps a beat and their median tempo; InputError where their steps a beat differ."""
    first = pieces[0]
    for piece in pieces:
        if piece.timing.grid != first.timing.grid:
            raise InputError(
                f"{first.where} has {first.timing.grid} steps a beat, {piece.where} {piece.timing.grid}; "
                "expected the same of all: name it as grid=4",
                "grid=4",
            )
    return Timing(first.timing.grid, float(median(piece.timing.tempo for piece in pieces)))
