"""MIDI files, read and written by symusic; notes are rounded to a grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np

from unrolled.errors import InputError, MissingExtra
from unrolled.progress import remark
from unrolled.sources.midi_file import plain_files
from unrolled.sources.score import Piece, Timing, in_order
from unrolled.storage.files import replace_file

__all__ = ["PlayedNote", "Tune", "parse_midi", "parse_pieces", "played"]

LONGEST = 1_000_000  # steps in a piece
_TICKS = 480  # a beat, in files that are written
_TEMPO = 120.0  # beats a minute where a file names none, as the standard says


class PlayedNote(NamedTuple):
    """A note as it is played: its start and length in seconds, its MIDI number, how loud it is (1 to 127)."""

    start: float
    seconds: float
    note: int
    velocity: int = 80


@dataclass(frozen=True)
class Tune:
    """Notes to play, and the tempo (beats a minute) of their score."""

    notes: list[PlayedNote]
    tempo: float

    def as_json(self) -> list[dict[str, float]]:
        """The notes as JSON objects: {"start": 0.0, "seconds": 0.6, "note": 60, "velocity": 80}."""
        return [note._asdict() for note in self.notes]

    def midi(self) -> bytes:
        """The content of a MIDI file; MissingExtra without symusic."""
        symusic = _symusic()
        score, track = symusic.Score(_TICKS), symusic.Track()
        score.tempos.append(symusic.Tempo(0, self.tempo))
        ticks = _TICKS * self.tempo / 60  # a second
        for start, seconds, note, velocity in self.notes:
            begin, end = round(start * ticks), round((start + seconds) * ticks)
            track.notes.append(symusic.Note(begin, max(end - begin, 1), note, velocity))
        score.tracks.append(track)
        content: bytes = score.dumps_midi()
        return content

    def write(self, path: str | Path) -> None:
        """Write a MIDI file, whole or not at all; InputError where that fails, MissingExtra without symusic."""
        if Path(path).suffix.lower() not in (".mid", ".midi"):
            raise InputError(f"{path}: expected a name that ends in .mid")
        content = self.midi()
        replace_file(path, lambda file: file.write(content))


def parse_pieces(content: bytes, where: str, grid: int) -> list[Piece]:
    """The piece of a MIDI file, or its pieces where it is of type 2: each by `parse_midi`, if it has notes."""
    files, open_notes = plain_files(content)
    if open_notes:
        remark(f"{where}: notes without an end last until that of their track: {open_notes:,}")
    if len(files) == 1:
        return [_parsed(files[0], where, grid)]
    pieces, refused = list[Piece](), None
    for number, file in enumerate(files, start=1):
        try:
            pieces.append(_parsed(file, f"{where}, track {number}", grid))
        except _NoNotes as error:  # one with the tempo alone
            refused = error
    if not pieces and refused is not None:
        raise refused
    return pieces


def parse_midi(content: bytes, where: str, grid: int) -> Piece:
    """The notes of all instruments but drums, rounded to ``grid`` steps a beat, from the beat of the first note on.

    Raises InputError, beginning with ``where``, for a file that is damaged, has no notes, or lasts too long;
    MissingExtra without symusic.
    """
    return parse_pieces(content, where, grid)[0]


class _NoNotes(InputError):
    """A file, or a track of one, without notes."""


def _parsed(content: bytes, where: str, grid: int) -> Piece:
    try:
        score = _symusic().Score.from_midi(content)
    except (RuntimeError, ValueError) as error:
        reason = str(error).removesuffix(": iostream error")
        raise InputError(f"{where}: no sound MIDI file: {reason}") from error
    beat = score.ticks_per_quarter
    if beat < 1:
        raise InputError(f"{where}: {beat} ticks a beat; expected at least 1: times in seconds (SMPTE) are not read")
    tracks = [track.notes.numpy() for track in score.tracks if not track.is_drum]
    columns = [np.concatenate([track[name] for track in tracks] or [[]]) for name in ("time", "duration", "pitch")]
    start, length, note = (column.astype(np.int64) for column in columns)
    if not len(start):
        raise _NoNotes(f"{where}: no notes in this MIDI file (drums are not read); expected at least 1")
    first = int(start.min()) // beat * beat
    begin, end = (np.rint((ticks - first) * grid / beat).astype(np.int64) for ticks in (start, start + length))
    if int(end.max()) >= LONGEST:
        raise InputError(f"{where}: lasts {end.max():,} steps; expected at most {LONGEST:,}")
    if not 0 <= note.min() <= note.max() < 128:
        raise InputError(f"{where}: note {note.min()}; expected 0 to 127")
    notes = in_order(np.stack([begin, np.maximum(end - begin, 1), note], axis=1))
    steps = int((notes[:, 0] + notes[:, 1]).max())
    changes = [(tempo.time, tempo.qpm) for tempo in score.tempos]
    return Piece(notes, steps, Timing(grid, _tempo(changes, int((start + length).max()))), where)


def _tempo(changes: Sequence[tuple[int, float]], end: int) -> float:
    """The tempo that lasts longest, of ``changes`` (tick, beats a minute) in a piece that ends at tick ``end``."""
    changes = sorted((max(time, 0), tempo) for time, tempo in changes)
    if not changes:
        return _TEMPO
    times = [time for time, _ in changes[1:]] + [max(end, changes[-1][0])]
    lasting: dict[float, int] = {}
    for (time, tempo), after in zip(changes, times, strict=True):
        lasting[tempo] = lasting.get(tempo, 0) + after - time
    longest = max(lasting, key=lambda tempo: lasting[tempo])
    return round(float(longest), 3) if 1 <= longest <= 10_000 else _TEMPO


def played(piece: Piece) -> Tune:
    """A piece in seconds; all notes are equally loud."""
    step = piece.timing.seconds
    notes = [
        PlayedNote(round(start * step, 6), round(steps * step, 6), note) for start, steps, note in piece.notes.tolist()
    ]
    return Tune(notes, piece.timing.tempo)


def _symusic() -> ModuleType:
    try:
        import symusic
    except ModuleNotFoundError as error:
        raise MissingExtra("symusic", "music", "MIDI") from error
    return symusic
