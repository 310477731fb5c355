import json
from itertools import cycle, repeat

import numpy as np
import pytest

from unrolled import InputError
from unrolled.inputs.notes import Notes
from unrolled.sources.score import Timing

PIECES = ["C4/1 E4/1 >1 G4/2 >2", "C4/1 >1 C4/1 >1"]


@pytest.fixture
def notes(tmp_path) -> Notes:
    fitted = Notes(None, 100)
    fitted.timing = Timing(4, 90.0)
    fitted.learn(PIECES)
    fitted.count(fitted.corpus(PIECES, tmp_path / "tokens.bin"))
    return fitted


def test_notes_are_words_after_an_end(notes):
    assert set(notes.tokenizer.tokens) == {"<unk>", "<eos>", *" ".join(PIECES).split()}
    ids = notes.encode("C4/1 >1")
    assert notes.names("C4/1 >1") == ["C4/1", ">1"]
    assert notes.decode([ids]) == "C4/1 >1"
    assert notes.beginning.tolist() == [1]
    assert notes.expand(ids) is ids
    assert notes.trace("C4/1")[0] == ["<eos>", "C4/1"]
    assert notes.live() is None
    with pytest.raises(InputError, match="text is int"):
        notes.encode(3)


def test_files_of_music_are_read_on_the_grid_that_was_learnt(notes, tmp_path):
    (tmp_path / "tune.json").write_text(json.dumps([[[60], [60, 64]]]))
    assert Notes(None, 100).read_file(tmp_path / "tune.json") == "C4/2 >1 E4/1 >1"
    (tmp_path / "tune.txt").write_text("C4/1 >1")
    assert notes.read_file(tmp_path / "tune.txt") == "C4/1 >1"


def test_a_piece_lasts_as_long_as_is_asked(notes):
    steps = cycle([notes.encode("G4/2"), notes.encode(">1")])
    tune = notes.play("C4/1", steps, 60 / 90)  # which is four steps
    assert tune.tempo == 90
    assert max(note.start + note.seconds for note in tune.notes) == pytest.approx(60 / 90)
    for seconds in (0, -1, 3_601):
        with pytest.raises(InputError, match="expected more than 0 and at most 3,600"):
            notes.play("", repeat(notes.encode("G4/2")), seconds)


def test_tokens_counts_and_timing_are_restored(notes, folder_of):
    restored = Notes(None, 100)
    restored.restore(folder_of(*notes.saved()))
    np.testing.assert_array_equal(restored.encode(PIECES[0]), notes.encode(PIECES[0]))
    np.testing.assert_array_equal(restored.counts, notes.counts)
    assert restored.timing == notes.timing


@pytest.mark.parametrize(
    "timing", ["", "[]", '{"grid": 0, "tempo": 90}', '{"grid": 4, "tempo": "fast"}', '{"beat": 4}']
)
def test_a_timing_that_is_none_is_refused(notes, folder_of, timing):
    arrays, texts = notes.saved()
    with pytest.raises(InputError, match=r"music\.json"):
        Notes(None, 100).restore(folder_of(arrays, texts | {"music.json": timing}))


@pytest.mark.parametrize("missing", ["music.json", "tokenizer.json"])
def test_parts_that_are_missing_are_refused(notes, folder_of, missing):
    arrays, texts = notes.saved()
    with pytest.raises(InputError, match=missing):
        Notes(None, 100).restore(folder_of(arrays, {name: text for name, text in texts.items() if name != missing}))
