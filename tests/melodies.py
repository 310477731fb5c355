"""Three short melodies, and MIDI files of them."""

from pathlib import Path

from unrolled.sources.midi import played
from unrolled.sources.notation import notes_of_text
from unrolled.sources.score import Piece, Timing

__all__ = ["MELODIES", "write_melodies"]

MELODIES = (
    "C4/4 E4/4 >4 D4/4 F4/4 >4 E4/8 G4/8 >8",
    "A3/8 >8 B3/4 D4/4 >4 C4/4 >4",
    "G4/4 >4 F4/2 >2 E4/2 >2 D4/8 >8",
)


def write_melodies(folder: Path) -> Path:
    """Write each melody twice into a new folder."""
    folder.mkdir()
    for number, melody in enumerate(MELODIES * 2):
        notes, steps = notes_of_text(melody)
        played(Piece(notes, steps, Timing(4, 90.0))).write(folder / f"{number}.mid")
    return folder
