"""Music as words: notes and steps of time, read from MIDI files, chorale JSON and .npz rolls."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from unrolled.data.corpus import Corpus
from unrolled.data.token_file import TokenFile
from unrolled.inputs.base import Arrays, Steps
from unrolled.inputs.timing import TIMING, check_seconds, restore_timing, timing_text
from unrolled.inputs.tokens import TokenInput
from unrolled.sources.midi import Tune, played
from unrolled.sources.music import MUSIC, own_validation, read_pieces
from unrolled.sources.notation import note_text, notes_of_text, steps_of_word
from unrolled.sources.score import Piece, Timing, common_timing
from unrolled.storage.files import read_text
from unrolled.storage.model_folder import ModelFolder
from unrolled.text.cutting import SPECIAL

__all__ = ["Notes"]

_WORDS = 64  # a step at most, so that a model for which time stands still comes to an end


class Notes(TokenInput):
    """Music as the words of `unrolled.sources.notation`, with ``grid`` steps of time a beat."""

    kind = "notes"
    raw_example = "C4/1 E4/1 >1"
    timing: Timing

    def __init__(self, grid: int | None, size: int) -> None:
        super().__init__("space", size)
        self.grid = grid

    def saved(self) -> tuple[Arrays, dict[str, str]]:
        """The tokens and the timing."""
        arrays, texts = super().saved()
        return arrays, texts | {TIMING: timing_text(self.timing)}

    def restore(self, folder: ModelFolder) -> None:
        """Take tokens and timing from a model folder."""
        self.timing = restore_timing(folder)
        super().restore(folder)

    def read(self, data: Any, part: str, encoding: str) -> list[str]:
        """The pieces of music files; the first that are read set the timing."""
        known = hasattr(self, "timing")
        pieces = read_pieces(data, self.timing.grid if known else self.grid, part)
        if not known:
            self.timing = common_timing(pieces)
        return [note_text(piece) for piece in pieces]

    def own_validation(self, data: Any) -> Any:
        """`FILE#valid` of a file that has such a part."""
        return own_validation(data)

    def read_file(self, path: Path) -> str:
        """The notes of a file of music, or of a text."""
        return " ".join(self.read(path, "test", "")) if path.name.lower().endswith(MUSIC) else read_text(path)

    def measures(self, scores: dict[str, float], corpus: Corpus) -> dict[str, float]:
        """Nats per token and per second of music."""
        assert isinstance(corpus, TokenFile)
        counted = zip(self.tokenizer.tokens, corpus.counts.tolist(), strict=True)
        steps = sum(steps_of_word(token) * count for token, count in counted)
        nats = float(np.log(scores["perplexity"]))
        seconds = max(steps, 1) * self.timing.seconds
        return {"nats_per_token": nats, "nats_per_second": nats * scores["tokens"] / seconds}

    def play(self, text: str, steps: Iterator[Steps], seconds: float) -> Tune:
        """The notes of ``text`` and ``seconds`` of further ones."""
        check_seconds(seconds)
        count = max(1, round(seconds / self.timing.seconds))
        written, passed = [text], 0
        for ids in islice(steps, _WORDS * count):
            word = self.tokenizer.tokens[int(ids[0])]
            written.append("\n" if word in SPECIAL else word)
            passed += steps_of_word(word)
            if passed >= count:
                break
        notes, _ = notes_of_text(" ".join(written))
        end = sum(map(steps_of_word, text.split())) + count
        return played(_cut(Piece(notes, end, self.timing)))


def _cut(piece: Piece) -> Piece:
    """The piece with what lies after its last step left out."""
    notes = piece.notes[piece.notes[:, 0] < piece.steps].copy()
    notes[:, 1] = np.minimum(notes[:, 1], piece.steps - notes[:, 0])
    return Piece(notes, piece.steps, piece.timing, piece.where)
