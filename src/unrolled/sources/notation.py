"""Music as text: the words of a language model of notes, and chords as a person types them.

Notes: `C4/4 E4/4 >4 G4/8 >8` is a C and an E of 4 steps together, 4 steps later a G of 8 steps, and 8 steps later the
end. C4 is the middle C, MIDI number 60; black keys are sharps, `C#4`.
Chords: `C4+E4+G4 C4+F4 -`: the notes that sound at each step; `-` is silence.
"""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.sources.score import KEYS, LOWEST, NOTES, Piece, in_order

__all__ = ["chord_text", "frames_of_text", "note_name", "note_text", "notes_of_text", "steps_of_word"]

_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_NOTE = re.compile(r"([A-G]#?)(-?\d{1,2})/(\d{1,7})")
_STEPS = re.compile(r">(\d{1,7})")
_SILENCE = "-"


def note_name(note: int) -> str:
    """The name of a MIDI number: 60 → C4."""
    return f"{_NAMES[note % 12]}{note // 12 - 1}"


_NUMBER_OF = {note_name(note): note for note in range(NOTES)}


def note_text(piece: Piece) -> str:
    """A piece as notes and steps of time, up to its last step."""
    words, now = [], 0
    for start, steps, note in piece.notes.tolist():
        if start > now:
            words.append(f">{start - now}")
            now = start
        words.append(f"{note_name(note)}/{steps}")
    if piece.steps > now:
        words.append(f">{piece.steps - now}")
    return " ".join(words)


def steps_of_word(word: str) -> int:
    """How many steps of time pass at a word: 4 of `>4`, 0 of a note."""
    match = _STEPS.fullmatch(word)
    return int(match[1]) if match else 0


def notes_of_text(text: str) -> tuple[NDArray[np.int64], int]:
    """The notes (N, 3) of a `Piece`, and how many steps they last; skips words that are neither notes nor steps.

    What follows a line break begins when all notes before it have ended.
    """
    notes: list[tuple[int, int, int]] = []
    now = end = 0
    for line in text.split("\n"):
        now = end
        for word in line.split():
            now += steps_of_word(word)
            match = _NOTE.fullmatch(word)
            note = _NUMBER_OF.get(match[1] + match[2]) if match else None
            if match and note is not None and int(match[3]):
                notes.append((now, int(match[3]), note))
                end = max(end, now + int(match[3]))
            end = max(end, now)
    return in_order(np.array(notes, np.int64).reshape(-1, 3)), end


def chord_text(frames: NDArray[np.bool_]) -> str:
    """Frames (T, 88) → a word for each: the names of its notes joined by +."""
    names = ["+".join(note_name(int(key) + LOWEST) for key in np.flatnonzero(frame)) for frame in frames]
    return " ".join(name or _SILENCE for name in names)


def frames_of_text(text: str) -> NDArray[np.bool_]:
    """The inverse of `chord_text`; names may be numbers (60). InputError for what is no note of a piano."""
    chords = text.split()
    frames = np.zeros((len(chords), KEYS), bool)
    for step, chord in enumerate(chords):
        for name in _names(chord):
            note = int(name) if name.isdecimal() and len(name) < 4 else _NUMBER_OF.get(name, -1)
            if not LOWEST <= note < LOWEST + KEYS:
                raise InputError(
                    f"word {step + 1}, {chord!r:.80}: {name!r:.40} is no note of a piano; "
                    "expected notes that sound together, such as C4+E4+G4 or 60+64+67, or - for silence"
                )
            frames[step, note - LOWEST] = True
    return frames


def _names(chord: str) -> Iterable[str]:
    return () if chord == _SILENCE else chord.split("+")
