"""Guess which notes sound together next: a language model over chords, beside what each note does by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY
from unrolled.baselines.keys import KeyChances
from unrolled.cells import CELLS
from unrolled.data.music_windows import PieceWindows
from unrolled.decoding import choose_keys, ranked
from unrolled.errors import InputError
from unrolled.inference.chord_stream import ChordStream
from unrolled.inference.stream import Prediction
from unrolled.metrics.frames import frame_scores
from unrolled.models import ChordModel
from unrolled.progress import track
from unrolled.settings import Decoding, check, option
from unrolled.sources.midi import Tune, played
from unrolled.sources.music import MUSIC, own_validation, read_pieces
from unrolled.sources.notation import chord_text, frames_of_text, note_name
from unrolled.sources.score import KEYS, LOWEST, Piece, common_timing, notes_of_frames
from unrolled.storage.files import read_text
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.base import Data, Evaluation, Task
from unrolled.tasks.medium import TIMING, check_seconds, restore_timing, timing_text

if TYPE_CHECKING:
    from unrolled.training import Log

__all__ = ["NextChord"]

HELD_OUT = 0.1  # share of the pieces for validation where none are named
Frames = NDArray[np.bool_]


@dataclass(eq=False)
class NextChord(Task):
    """Learns from music which of 88 notes sound in the next step of time, several at once.

    It reads MIDI files, chorale JSON and .npz rolls (see `unrolled.sources.music`); of a file with parts it learns from
    train, stops by valid and is measured on test. A chord is typed as C4+E4+G4, silence as -.
    """

    grid: int | None = option(None, "steps of time a beat; 4 for MIDI, 1 for frames where not given", 1, 96)
    cell: str = option("gru", "the recurrence", choices=tuple(CELLS))
    width: int = option(200, "hidden units of a layer", 1, 65_536)
    layers: int = option(1, "recurrent layers", 1, 64)
    dropout: float = option(0.3, "share of features dropped while training, the same ones all along a piece", 0.0, 1.0)
    name: ClassVar[str] = "next-chord"
    unit: ClassVar[str] = "frames"
    adjustable: ClassVar[tuple[str, ...]] = ("dropout",)

    def predict(self, text: str, n: int = 3) -> list[Prediction]:
        """The ``n`` notes most likely to sound after the chords of ``text``, each with its own chance."""
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise InputError(f"n is {n!r:.80}; expected a whole number, at least 1")
        chances = self.stream().feed(frames_of_text(text)).probabilities()
        return [Prediction(note_name(int(key) + LOWEST), float(chances[key])) for key in ranked(chances, n)]

    def stream(self) -> ChordStream:
        """A reader of frames as they come; see `unrolled.inference.chord_stream.ChordStream`."""
        self._check_fitted()
        return ChordStream(self._model(), self.weights_)

    def facts(self) -> dict[str, Any]:
        return {"reads": "chords", "cell": self.cell}

    def read_input(self, path: Path) -> str:
        """The chords of a file of music, or of a text."""
        if not path.name.lower().endswith(MUSIC):
            return read_text(path)
        return " ".join(chord_text(piece.frames()) for piece in read_pieces(path, self.timing_.grid, "test"))

    def steps(self, given: str) -> tuple[list[str], NDArray[np.float32]]:
        return given.split(), frames_of_text(given).astype(np.float32)

    def generate(self, text: str = "", words: int = 50, decoding: Decoding | None = None) -> str:
        """``text`` and ``words`` further chords, drawn from the model."""
        return chord_text(self._drawn(text, words, decoding))

    def play(self, text: str = "", seconds: float = 20.0, decoding: Decoding | None = None) -> Tune:
        """The chords of ``text`` and ``seconds`` of further ones; a note that goes on sounding is one note."""
        self._check_fitted()
        check_seconds(seconds)
        frames = self._drawn(text, max(1, round(seconds / self.timing_.seconds)), decoding)
        return played(Piece(notes_of_frames(frames), len(frames), self.timing_))

    def _drawn(self, text: str, steps: int, decoding: Decoding | None) -> Frames:
        """Frames (T, 88): those of ``text`` and ``steps`` more."""
        decoding = decoding or Decoding()
        check(decoding)
        if steps < 0:
            raise InputError(f"words is {steps}; expected at least 0")
        rng, frames = np.random.default_rng(decoding.seed), [frames_of_text(text)]
        stream = self.stream().feed(frames[0])
        for _ in range(steps):
            frames.append(choose_keys(stream.log_odds(), decoding, rng)[None])
            stream.feed(frames[-1])
        return np.concatenate(frames)

    def evaluate(self, data: Data, encoding: str = "utf-8", show: bool | None = None) -> Evaluation:
        """Measure on music beside what each note does by itself; see `frame_scores`."""
        self._check_fitted()
        pieces = [piece.frames() for piece in self._pieces(data, "test")]
        blocks = ((len(piece), (self._log_odds(piece), piece)) for piece in pieces)
        count = sum(map(len, pieces))
        network = frame_scores(track(blocks, count, "measuring the network", show, self.unit))
        baseline = frame_scores((self.baseline_.log_odds(piece), piece) for piece in pieces)
        return Evaluation(network, baseline, self.baseline_.name, f"{count:,} frames of {len(pieces):,} pieces")

    def _log_odds(self, piece: Frames) -> NDArray[np.float32]:
        """The log-odds (T, 88) of each frame of a piece, given those before it."""
        model = self._model()
        before = np.concatenate([np.zeros((1, KEYS), np.float32), piece[:-1].astype(np.float32)])
        features, _ = model.forward(NUMPY, self.weights_, before[None])
        scores: NDArray[np.float32] = model.log_odds(self.weights_, features[0])
        return scores

    def describe(self) -> str:
        """One line on what the model is."""
        widths = ", ".join(map(str, self._model().widths))
        return f"{self.cell} layers of {widths} units over chords of {KEYS} notes: the same for any length"

    def summary(self) -> str:
        fitted = self.fitted_
        start = "" if fitted.start_loss is None else f"{fitted.start_loss:.3f} at the start, "
        return (
            f"validation loss {start}{fitted.loss:.3f} nats per frame after {fitted.steps:,} steps, "
            f"{fitted.seconds:,.0f} s; of {self.baseline_.name}: {fitted.baseline_loss:.3f}"
        )

    def _model(self) -> ChordModel:
        return ChordModel(KEYS, (self.width,) * self.layers, self.cell, self.dropout, True)

    def _pieces(self, data: Data, part: str) -> list[Piece]:
        grid = self.grid if part == "train" else self.timing_.grid
        return read_pieces(data, grid, part)

    def _prepare(self, data: Any, valid: Any, encoding: str, place: Path, log: "Log") -> tuple[Any, float]:
        log.stage("reading the music")
        pieces = self._pieces(data, "train")
        self.timing_ = common_timing(pieces)
        train, held_out = self._parted(pieces, valid or own_validation(data), place)
        initial = self._model().initial(np.random.default_rng(self.training.seed))
        sounding = sum(piece.sum(axis=0) for piece in train) + 0.5
        initial.output["b"] = np.log(sounding / (self._frames + 1 - sounding))  # so that step 0 knows them
        return self._problem(initial, train, held_out)

    def _prepare_tuning(self, data: Any, valid: Any, encoding: str, place: Path, log: "Log") -> tuple[Any, float]:
        log.stage("reading the music")
        pieces = read_pieces(data, self.timing_.grid, "train")
        return self._problem(self.weights_, *self._parted(pieces, valid or own_validation(data), place))

    def _parted(self, pieces: Sequence[Piece], valid: Any, place: Path) -> tuple[list[Frames], list[Frames]]:
        """The frames to learn from and those held out, the last tenth of the pieces where none are named."""
        if valid is None:
            if len(pieces) < 2:
                raise InputError(
                    f"{pieces[0].where}: the only piece; expected at least 2, one to learn from and one to validate on"
                )
            cut = len(pieces) - max(1, round(len(pieces) * HELD_OUT))
            pieces, other = pieces[:cut], pieces[cut:]
        else:
            other = self._pieces(valid, "valid")
        train, held_out = ([piece.frames() for piece in part] for part in (pieces, other))
        self._frames = sum(map(len, train))
        for name, part in (("train.bin", train), ("valid.bin", held_out)):  # the run's identity
            lengths = np.array([len(piece) for piece in part], "<u4")
            (place / name).write_bytes(lengths.tobytes() + np.packbits(np.concatenate(part), axis=1).tobytes())
        return train, held_out

    def _problem(self, initial: Any, train: list[Frames], held_out: list[Frames]) -> tuple[Any, float]:
        from unrolled.training import ChordModelling

        self.baseline_ = KeyChances.fit(train, held_out)
        how = self.training.batch, self.training.window, self.training.seed
        problem = ChordModelling(self._model(), initial, PieceWindows(train, *how), PieceWindows(held_out, *how))
        nats = sum(float(self.baseline_.surprise(piece).sum()) for piece in held_out)
        return problem, nats / sum(map(len, held_out))

    def _items(self) -> int:
        return self._frames

    def _parts(self) -> tuple[dict[str, Mapping[str, NDArray[Any]]], dict[str, str]]:
        return {"baseline": self.baseline_.arrays()}, {TIMING: timing_text(self.timing_)}

    def _restore(self, bundle: ModelFolder) -> None:
        self.timing_ = restore_timing(bundle)
        self._bundle = bundle

    @cached_property
    def baseline_(self) -> KeyChances:
        """What each note does by itself; of a loaded model, read when first asked for."""
        self._check_fitted()
        return KeyChances.from_arrays(self._bundle.tensors("baseline"), KEYS)
