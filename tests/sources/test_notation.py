import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.sources.notation import chord_text, frames_of_text, note_name, note_text, notes_of_text, steps_of_word
from unrolled.sources.score import Piece, notes_of_frames


def test_a_piece_as_words():
    piece = Piece(np.array([[0, 4, 60], [0, 4, 64], [4, 8, 67]]), 12)
    assert note_text(piece) == "C4/4 E4/4 >4 G4/8 >8"
    assert [note_name(note) for note in (0, 21, 61, 127)] == ["C-1", "A0", "C#4", "G9"]
    assert [steps_of_word(word) for word in (">12", "C4/4", ">", "x")] == [12, 0, 0, 0]


def test_words_give_the_piece_back():
    frames = np.random.default_rng(0).random((50, 88)) < 0.1
    piece = Piece(notes_of_frames(frames), 50)
    notes, steps = notes_of_text(note_text(piece))
    np.testing.assert_array_equal(notes, piece.notes)
    assert steps == 50


def test_a_line_break_waits_for_what_still_sounds_and_other_words_are_left_out():
    notes, steps = notes_of_text("C4/4 <unk> H4/2 C4/0 C99/2 >1\nC4/2 >1")
    assert notes.tolist() == [[0, 4, 60], [4, 2, 60]]
    assert steps == 6
    assert notes_of_text("")[0].shape == (0, 3)


def test_chords_as_words():
    frames = frames_of_text("C4+E4+G4 60+65 - C#7")
    assert chord_text(frames) == "C4+E4+G4 C4+F4 - C#7"
    assert frames_of_text("").shape == (0, 88)


@pytest.mark.parametrize("word", ["H4", "C4+", "+", "20", "109", "C#8", "3000", "-+C4", "²"])
def test_what_is_no_note_of_a_piano_is_refused(word):
    with pytest.raises(InputError, match=r"word 2, .*is no note of a piano"):
        frames_of_text(f"C4 {word}")
