import json
from itertools import repeat

import numpy as np
import pytest

from unrolled import InputError
from unrolled.inputs.chords import Chords
from unrolled.settings import Decoding
from unrolled.sources.score import Timing


@pytest.fixture
def chords() -> Chords:
    fitted = Chords(None)
    fitted.timing = Timing(1, 100.0)
    return fitted


def test_a_chord_is_a_frame_of_the_keys_that_sound(chords):
    frames = chords.encode("C4+E4 - A0")
    assert frames.shape == (3, 88)
    assert frames.dtype == np.float32
    assert [np.flatnonzero(frame).tolist() for frame in frames] == [[39, 43], [], [0]]
    assert chords.names("C4+E4 - A0") == chords.names(frames) == ["C4+E4", "-", "A0"]
    assert chords.decode([frames[:1], frames[1:]]) == "C4+E4 - A0"
    assert chords.expand(frames) is frames
    np.testing.assert_array_equal(chords.encode(frames.astype(bool)), frames)
    assert chords.trace("C4+E4 -")[0] == ["C4+E4", "-"]


def test_before_every_piece_stands_silence(chords):
    assert chords.beginning.shape == (1, 88)
    assert not chords.beginning.any()
    assert (chords.vocabulary, chords.width, chords.outcomes) == (0, 88, 88)
    assert chords.live() is None


def test_what_is_no_chord_is_refused(chords):
    with pytest.raises(InputError, match="'hello' is no note of a piano"):
        chords.encode("C4 hello")
    with pytest.raises(InputError, match=r"frames are \(2, 87\); expected \(T, 88\)"):
        chords.encode(np.zeros((2, 87)))
    for raw in (3, None, [[0] * 88]):
        with pytest.raises(InputError, match=r"frames are (int|NoneType|list); expected \(T, 88\)"):
            chords.encode(raw)


def test_keys_are_drawn_each_by_its_own_chance(chords):
    scores = np.where(np.arange(88) == 39, 50, -50).astype(np.float32)
    np.testing.assert_array_equal(chords.choose(scores, Decoding(), np.random.default_rng(0)), chords.encode("C4"))


def test_it_starts_from_how_often_each_key_sounds(chords, tmp_path):
    (tmp_path / "tunes.json").write_text(json.dumps([[[60], [60], [60, 64], []]]))
    corpus = chords.corpus(chords.read(tmp_path / "tunes.json", "train", ""), tmp_path / "unused")
    output = np.zeros(88)
    chords.start(corpus, output)
    shares = 1 / (1 + np.exp(-output))
    assert shares[[39, 43, 0]] == pytest.approx([3.5 / 5, 1.5 / 5, 0.5 / 5])
    assert chords.described(corpus, {}) == "4 frames of 1 pieces"


def test_music_goes_on_from_chords(chords):
    silence = chords.encode("-")
    assert chords.continued("C4+E4", repeat(chords.encode("D4")), 2) == "C4+E4 D4 D4"
    tune = chords.play("C4 C4", repeat(silence), 3 * 0.6)  # a step is 0.6 s
    (note,) = tune.notes
    assert (note.note, note.start, note.seconds) == (60, 0, pytest.approx(1.2))
    for seconds in (0, -1, 3_601):
        with pytest.raises(InputError, match="expected more than 0 and at most 3,600"):
            chords.play("", repeat(silence), seconds)


def test_files_of_music_and_of_text_are_read(chords, tmp_path):
    (tmp_path / "tune.json").write_text(json.dumps([[[60, 64], []]]))
    assert Chords(None).read_file(tmp_path / "tune.json") == "C4+E4 -"
    (tmp_path / "tune.txt").write_text("C4 -")
    assert chords.read_file(tmp_path / "tune.txt") == "C4 -"


def test_the_timing_is_restored(chords, folder_of):
    restored = Chords(None)
    restored.restore(folder_of(*chords.saved()))
    assert restored.timing == chords.timing


@pytest.mark.parametrize(
    "timing", ["", "[]", '{"grid": 0, "tempo": 90}', '{"grid": 4, "tempo": "fast"}', '{"beat": 4}']
)
def test_a_timing_that_is_none_is_refused(folder_of, timing):
    with pytest.raises(InputError, match=r"music\.json"):
        Chords(None).restore(folder_of({}, {"music.json": timing}))
    with pytest.raises(InputError, match=r"music\.json"):
        Chords(None).restore(folder_of({}, {}))
