import gzip
import io
import json

import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.sources.music import own_validation, read_pieces
from unrolled.sources.score import Piece, Timing, notes_of_frames

CHORALES = {"train": [[[60, 64], [60, 65], []], [[21.0, 108]]], "valid": [[[70]]], "test": [[[71], [72]]]}


def roll(pieces):
    rolls = []
    for piece in pieces:
        frames = np.zeros((len(piece), 88), bool)
        for step, notes in enumerate(piece):
            frames[step, [int(note) - 21 for note in notes]] = True
        rolls.append(frames)
    return rolls


def packed(path, arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    path.write_bytes(file.getvalue())
    return path


@pytest.fixture
def chorales(tmp_path):
    path = tmp_path / "chorales.json.gz"
    path.write_bytes(gzip.compress(json.dumps(CHORALES).encode()))
    return path


def same(pieces, expected):
    assert len(pieces) == len(expected)
    for piece, frames in zip(pieces, roll(expected), strict=True):
        np.testing.assert_array_equal(piece.frames(), frames)


def test_a_chorale_file_gives_its_parts(chorales):
    pieces = read_pieces(chorales)
    same(pieces, CHORALES["train"])
    assert pieces[0].timing == Timing(1, 100.0)
    assert pieces[1].where == f"{chorales}#train, piece 2"
    same(read_pieces(chorales, part="test"), CHORALES["test"])
    same(read_pieces(f"{chorales}#valid"), CHORALES["valid"])
    same(read_pieces([f"{chorales}#valid", f"{chorales}#test"], grid=4), CHORALES["valid"] + CHORALES["test"])
    assert own_validation(chorales) == own_validation([str(chorales)]) == f"{chorales}#valid"
    assert own_validation(f"{chorales}#train") is None
    assert own_validation([chorales, chorales]) is None


def test_a_bare_list_is_one_part_whatever_is_asked_for(tmp_path):
    path = tmp_path / "list#1.json"
    path.write_text(json.dumps(CHORALES["train"]))
    same(read_pieces(path, part="test"), CHORALES["train"])
    assert own_validation(path) is None


def test_a_voice_may_rest(tmp_path):
    (tmp_path / "a.json").write_text("[[[60, -1, 64, -1], [-1, -1], [60.0, -1.0]]]")
    same(read_pieces(tmp_path / "a.json"), [[[60, 64], [], [60]]])
    (tmp_path / "a.json").write_text("[[[60], [60, -2]]]")
    with pytest.raises(InputError, match=r"a\.json, piece 1, frame 2: note -2; expected 0 to 127"):
        read_pieces(tmp_path / "a.json")


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_a_byte_order_mark_is_no_part_of_json(tmp_path, name):
    content = b"\xef\xbb\xbf" + json.dumps(CHORALES).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    same(read_pieces(tmp_path / name), CHORALES["train"])
    assert own_validation(tmp_path / name) == f"{tmp_path / name}#valid"


def test_rolls_and_voices(tmp_path):
    frames = np.concatenate(roll(CHORALES["train"]))
    for stored in (frames, frames.astype(np.int64), np.packbits(frames, axis=1)):
        path = packed(tmp_path / "rolls.npz", {"train_roll": stored, "train_len": np.array([3, 1])})
        same(read_pieces(path), CHORALES["train"])
    voices = np.array([[60, 64], [60, 65], [-1, -1], [21, 108]], np.int8)
    same(read_pieces(packed(tmp_path / "voices.npz", {"voices": voices, "len": np.array([3, 1])})), CHORALES["train"])


def test_a_folder_holds_files_of_every_kind_in_the_order_of_their_names(tmp_path):
    pytest.importorskip("symusic")
    from unrolled.sources.midi import played

    (tmp_path / "in").mkdir()
    played(Piece(notes_of_frames(roll(CHORALES["train"])[0]), 3, Timing(1, 100.0))).write(tmp_path / "in" / "b.MID")
    (tmp_path / "a.json").write_text(json.dumps(CHORALES["test"]))
    (tmp_path / ".hidden.json").write_text("[")
    (tmp_path / "notes.txt").write_text("no music")
    same(read_pieces(tmp_path, grid=1), [CHORALES["test"][0], CHORALES["train"][0][:2]])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[[60], [200]]], "piece 1, frame 2: note 200; expected 0 to 127"),
        ([[[60]], [[-2]]], "piece 2, frame 1: note -2; expected 0 to 127"),
        ([[[60], 61]], "piece 1, frame 2: 61; expected a list of whole numbers"),
        ([[[60, "C4"]]], "frame 1: .*'C4'.*; expected a list of whole numbers"),
        ([[[60.5]]], "frame 1: .60.5.; expected a list of whole numbers"),
        ([[[True]]], "frame 1: .True.; expected a list of whole numbers"),
        ([[[60]], []], "piece 2: it has 0 frames and no notes"),
        ([[[], []]], "piece 1: it has 2 frames and no notes"),
        ([[[60]], 3], "piece 2: 3; expected a list of frames"),
        ({"train": 3}, "#train: 3; expected a list of pieces"),
        ({"a": [[[60]]]}, "there is no part 'train'; it has a"),
        (3, "3; expected a list of pieces"),
        ([], "no pieces in it"),
    ],
)
def test_bad_chorales_are_refused_with_file_and_record(tmp_path, value, message):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(value))
    with pytest.raises(InputError, match=message) as error:
        read_pieces(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("lengths", [np.array([3, 2]), np.array([[4]]), np.array([5, -1]), np.array([4.0])])
def test_lengths_that_do_not_fit_are_refused(tmp_path, lengths):
    path = packed(tmp_path / "a.npz", {"train_voices": np.full((4, 2), 60), "train_len": lengths})
    with pytest.raises(InputError, match="lengths whose sum is N"):
        read_pieces(path)


def test_what_is_no_music_is_refused(tmp_path, chorales):
    (tmp_path / "broken.json").write_text("[[[60]")
    (tmp_path / "broken.json.gz").write_bytes(chorales.read_bytes()[:-12])
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04nothing")
    with (tmp_path / "one.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    packed(tmp_path / "objects.npz", {"roll": np.array([{}, {}])})
    (tmp_path / "text.txt").write_text("la la la")
    (tmp_path / "empty").mkdir()
    packed(tmp_path / "other.npz", {"x": np.zeros(3)})
    packed(tmp_path / "wide.npz", {"roll": np.full((2, 88), 2)})
    packed(tmp_path / "high.npz", {"voices": np.full((2, 4), 128)})
    for name, message in {
        "broken.json": "not the JSON that was expected",
        "broken.json.gz": "damaged or cut off",
        "broken.npz": r"the archive is damaged",
        "one.npz": r"expected PART_roll or PART_voices",
        "objects.npz": r"holds Python objects",
        "text.txt": "expected a file of music",
        "empty": "no music in this folder",
        "missing.mid": "No such file",
        "other.npz": "has the arrays x; expected PART_roll or PART_voices",
        "wide.npz": "expected 88 zeros and ones",
        "high.npz": "notes from 128 to 128; expected -1 to 127",
        "chorales.json.gz#dev": "there is no part 'dev'; it has train, valid, test",
    }.items():
        with pytest.raises(InputError, match=message):
            read_pieces(tmp_path / name)
    with pytest.raises(InputError, match="no source of music"):
        read_pieces([])
