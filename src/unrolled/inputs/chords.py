"""Music as chords: at each step of time the keys of a piano that sound, several at once."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.corpus import Corpus, FrameCorpus
from unrolled.decoding import choose_keys
from unrolled.errors import InputError
from unrolled.inputs.base import Arrays, Steps
from unrolled.inputs.generative import Generative
from unrolled.inputs.timing import TIMING, check_seconds, restore_timing, timing_text
from unrolled.settings import Decoding
from unrolled.sources.midi import Tune, played
from unrolled.sources.music import MUSIC, own_validation, read_pieces
from unrolled.sources.notation import chord_text, frames_of_text
from unrolled.sources.score import KEYS, Piece, Timing, common_timing, notes_of_frames
from unrolled.storage.files import read_text
from unrolled.storage.model_folder import ModelFolder

__all__ = ["Chords"]


class Chords(Generative):
    """Frames (T, 88) of zeros and ones, ``grid`` steps of time a beat. A chord is typed as C4+E4+G4, silence as -."""

    kind = "chords"
    raw_example = "C4+E4 D4"
    unit = "frames"
    headline = "nats_per_frame"
    beginning = np.zeros((1, KEYS), np.float32)
    vocabulary = 0
    width = KEYS
    outcomes = KEYS
    timing: Timing

    def __init__(self, grid: int | None) -> None:
        self.grid = grid

    def learn(self, raw: Sequence[Piece]) -> None:
        """Nothing is to be learnt: the keys of a piano are known."""

    def saved(self) -> tuple[Arrays, dict[str, str]]:
        """The timing."""
        return {}, {TIMING: timing_text(self.timing)}

    def restore(self, folder: ModelFolder) -> None:
        """Take the timing from a model folder."""
        self.timing = restore_timing(folder)

    @property
    def blind_guess(self) -> tuple[float, str]:
        """The loss where a coin decides for each key."""
        return float(KEYS * np.log(2)), f"tossing a coin for each of {KEYS} keys"

    def read(self, data: Any, part: str, encoding: str) -> list[Piece]:
        """The pieces of music files; the first that are read set the timing."""
        known = hasattr(self, "timing")
        pieces = read_pieces(data, self.timing.grid if known else self.grid, part)
        if not known:
            self.timing = common_timing(pieces)
        return pieces

    def own_validation(self, data: Any) -> Any:
        """`FILE#valid` of a file that has such a part."""
        return own_validation(data)

    def corpus(self, raw: Sequence[Piece], path: Path) -> FrameCorpus:
        """The frames of the pieces."""
        return FrameCorpus([piece.frames() for piece in raw], [piece.where for piece in raw])

    def start(self, train: Corpus, output: NDArray[np.float64]) -> None:
        """Set the bias to the log-odds of how often each key sounds."""
        assert isinstance(train, FrameCorpus)
        sounding = sum(piece.sum(axis=0) for piece in train.pieces) + 0.5
        output[:] = np.log(sounding / (len(train) + 1 - sounding))

    def described(self, corpus: Corpus, scores: dict[str, float]) -> str:
        """The numbers of frames and of pieces."""
        assert isinstance(corpus, FrameCorpus)
        return f"{len(corpus):,} frames of {len(corpus.pieces):,} pieces"

    def read_file(self, path: Path) -> str:
        """The chords of a file of music, or of a text."""
        if not path.name.lower().endswith(MUSIC):
            return read_text(path)
        return " ".join(chord_text(piece.frames()) for piece in self.read(path, "test", ""))

    def encode(self, raw: Any) -> NDArray[np.float32]:
        """Frames (T, 88) of a text of chords, or frames as they are; InputError for anything else."""
        if isinstance(raw, str):
            return frames_of_text(raw).astype(np.float32)
        if not isinstance(raw, np.ndarray) or raw.ndim != 2 or raw.shape[1] != KEYS:
            shape = raw.shape if isinstance(raw, np.ndarray) else type(raw).__name__
            raise InputError(f"frames are {shape}; expected (T, {KEYS})")
        return raw.astype(np.float32)

    def names(self, raw: Any) -> list[str]:
        """The text of each chord."""
        text: str = raw if isinstance(raw, str) else chord_text(raw.astype(bool))
        return text.split()

    def trace(self, raw: Any) -> tuple[list[str], Steps]:
        """The chords alone, without the silence before them."""
        return self.names(raw), self.encode(raw)

    def decode(self, steps: Sequence[Steps]) -> str:
        """The names of the keys of each frame."""
        return chord_text(_joined(steps))

    def choose(self, scores: NDArray[np.float32], decoding: Decoding, rng: np.random.Generator) -> Steps:
        """A frame (1, 88), each key drawn by its own log-odds."""
        return choose_keys(scores, decoding, rng)[None].astype(np.float32)

    def continued(self, text: str, steps: Iterator[Steps], count: int) -> str:
        """The chords of ``text`` and ``count`` further ones."""
        return self.decode([self.encode(text), *islice(steps, count)])

    def play(self, text: str, steps: Iterator[Steps], seconds: float) -> Tune:
        """The chords of ``text`` and ``seconds`` of further ones; a key that goes on sounding is one note."""
        check_seconds(seconds)
        count = max(1, round(seconds / self.timing.seconds))
        frames = _joined([self.encode(text), *islice(steps, count)])
        return played(Piece(notes_of_frames(frames), len(frames), self.timing))


def _joined(steps: Sequence[Steps]) -> NDArray[np.bool_]:
    """Frames (T, 88) of keys that sound or do not."""
    joined: NDArray[np.bool_] = np.concatenate([np.zeros((0, KEYS), bool), *(frames > 0 for frames in steps)])
    return joined
