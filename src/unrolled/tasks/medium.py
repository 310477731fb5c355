"""What a next-word model is learnt from: text, or music whose notes are its words."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.settings import from_dict, to_dict
from unrolled.sources.midi import Tune, played
from unrolled.sources.music import MUSIC, own_validation, read_pieces
from unrolled.sources.notation import note_text, notes_of_text, steps_of_word
from unrolled.sources.score import Piece, Timing, common_timing
from unrolled.sources.text import read_paragraphs
from unrolled.storage.files import read_text
from unrolled.storage.model_folder import ModelFolder
from unrolled.storage.strict_json import parse_json
from unrolled.text.cutting import SPECIAL, Kind

__all__ = ["TIMING", "Medium", "make_medium", "check_seconds", "restore_timing", "timing_text"]

TIMING = "music.json"  # in a model folder: steps a beat and tempo
_WORDS = 64  # a step at most, so that a model for which time stands still comes to an end


class Medium(Protocol):
    """How raw data becomes paragraphs, and what a model writes becomes something to hear."""

    kind: Kind
    """What the tokenizer takes a paragraph for."""

    def paragraphs(self, data: Any, part: str, lines: bool, encoding: str) -> Iterable[str]:
        """What ``data`` holds: its ``part`` train, valid or test where it has parts."""

    def validation(self, data: Any) -> Any:
        """The part of ``data`` that is meant for validation, or None."""

    def read_input(self, path: Path) -> str:
        """A file as a text to go on from."""

    def play(self, text: str, words: Iterator[str], seconds: float) -> Tune:
        """``text`` and as many of the words after it as last for ``seconds``; InputError where text makes no music."""

    def measures(self, scores: dict[str, float], tokens: list[str], counts: NDArray[np.int64]) -> dict[str, float]:
        """What is to be said beside the perplexity, of tokens that occur ``counts`` (V,) times."""

    def parts(self) -> dict[str, str]:
        """What to save, by file name."""

    def restore(self, bundle: ModelFolder) -> None:
        """Take what `parts` saved."""


@dataclass
class TextMedium:
    """Text as it is."""

    kind: Kind

    def paragraphs(self, data: Any, part: str, lines: bool, encoding: str) -> Iterable[str]:
        return read_paragraphs(data, lines, encoding)

    def validation(self, data: Any) -> Any:
        return None

    def read_input(self, path: Path) -> str:
        return read_text(path)

    def play(self, text: str, words: Iterator[str], seconds: float) -> Tune:
        raise InputError(
            f"a model of {self.kind} tokens makes no music; expected one fitted with --tokens notes or chords"
        )

    def measures(self, scores: dict[str, float], tokens: list[str], counts: NDArray[np.int64]) -> dict[str, float]:
        return {}

    def parts(self) -> dict[str, str]:
        return {}

    def restore(self, bundle: ModelFolder) -> None:
        pass


@dataclass
class NoteMedium:
    """Music as the words of `unrolled.sources.notation`; what it learnt from says how long a step lasts."""

    grid: int | None
    timing: Timing | None = None
    kind: Kind = "space"

    def paragraphs(self, data: Any, part: str, lines: bool, encoding: str) -> Iterable[str]:
        pieces = read_pieces(data, self.timing.grid if self.timing else self.grid, part)
        self.timing = self.timing or common_timing(pieces)
        return [note_text(piece) for piece in pieces]

    def validation(self, data: Any) -> Any:
        return own_validation(data)

    def read_input(self, path: Path) -> str:
        if not path.name.lower().endswith(MUSIC):
            return read_text(path)
        return " ".join(self.paragraphs(path, "test", False, ""))

    def play(self, text: str, words: Iterator[str], seconds: float) -> Tune:
        check_seconds(seconds)
        assert self.timing is not None
        steps = max(1, round(seconds / self.timing.seconds))
        written, passed = [text], 0
        for word in islice(words, _WORDS * steps):
            written.append("\n" if word in SPECIAL else word)
            passed += steps_of_word(word)
            if passed >= steps:
                break
        notes, _ = notes_of_text(" ".join(written))
        end = sum(map(steps_of_word, text.split())) + steps
        return played(_cut(Piece(notes, end, self.timing)))

    def measures(self, scores: dict[str, float], tokens: list[str], counts: NDArray[np.int64]) -> dict[str, float]:
        assert self.timing is not None
        steps = sum(steps_of_word(token) * int(count) for token, count in zip(tokens, counts, strict=True))
        each = float(np.log(scores["perplexity"]))
        return {
            "nats_per_token": each,
            "nats_per_second": each * scores["tokens"] / (max(steps, 1) * self.timing.seconds),
        }

    def parts(self) -> dict[str, str]:
        assert self.timing is not None
        return {TIMING: timing_text(self.timing)}

    def restore(self, bundle: ModelFolder) -> None:
        self.timing = restore_timing(bundle)


def make_medium(tokens: str, grid: int | None) -> Medium:
    """The medium of a kind of tokens."""
    return NoteMedium(grid) if tokens == "notes" else TextMedium(tokens)  # type: ignore[arg-type]


def check_seconds(seconds: float) -> None:
    """Raise InputError where so much music is not made."""
    if not 0 < seconds <= 3_600:
        raise InputError(f"seconds is {seconds}; expected more than 0 and at most 3,600")


def _cut(piece: Piece) -> Piece:
    """The piece with what lies after its last step left out."""
    notes = piece.notes[piece.notes[:, 0] < piece.steps].copy()
    notes[:, 1] = np.minimum(notes[:, 1], piece.steps - notes[:, 0])
    return Piece(notes, piece.steps, piece.timing, piece.where)


def timing_text(timing: Timing) -> str:
    """A timing as JSON."""
    return json.dumps(to_dict(timing))


def restore_timing(bundle: ModelFolder) -> Timing:
    """The timing in a model folder; InputError where it is none."""
    try:
        found: Timing = from_dict(Timing, parse_json(bundle.text(TIMING).encode(), TIMING))
    except InputError as error:
        raise InputError(f"{bundle.folder / TIMING}: {error}") from error
    return found
