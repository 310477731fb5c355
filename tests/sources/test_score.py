import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.sources.score import Piece, Timing, common_timing, notes_of_frames


def test_frames_and_notes_are_each_others_inverse():
    frames = np.random.default_rng(0).random((40, 88)) < 0.3
    notes = notes_of_frames(frames)
    assert (np.diff(notes[:, 0]) >= 0).all()
    np.testing.assert_array_equal(Piece(notes, 40).frames(), frames)


def test_a_key_that_goes_on_sounding_is_one_note():
    frames = np.zeros((5, 88), bool)
    frames[1:4, 39] = frames[4, 40] = True
    assert notes_of_frames(frames).tolist() == [[1, 3, 60], [4, 1, 61]]


@pytest.mark.parametrize("note", [20, 109, 0, 127])
def test_a_note_that_no_piano_has_is_refused(note):
    piece = Piece(np.array([[0, 1, 60], [2, 1, note]]), 3, where="a.mid")
    with pytest.raises(InputError, match=rf"a\.mid: note {note} in step 3; expected 21 to 108"):
        piece.frames()


def test_pieces_of_one_model_have_one_grid():
    notes = np.array([[0, 1, 60]])
    pieces = [Piece(notes, 1, Timing(4, tempo), "a") for tempo in (90.0, 100.0, 300.0)]
    assert common_timing(pieces) == Timing(4, 100.0)
    assert Timing(4, 120.0).seconds == 0.125
    with pytest.raises(InputError, match="a has 4 steps a beat, b 1"):
        common_timing([*pieces, Piece(notes, 1, Timing(1, 90.0), "b")])
