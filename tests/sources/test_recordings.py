import numpy as np
import pytest
from tests.sources.sounds import sound, wav

from unrolled.errors import InputError
from unrolled.sources.recordings import read_recordings
from unrolled.sources.text_folder import holds_texts


@pytest.fixture
def folder(tmp_path):
    for label in ("yes", "no"):
        for name in ("b.wav", "a.wav"):
            wav(tmp_path / "words" / label / name)
    return tmp_path / "words"


def test_recordings_come_by_label_and_name_with_the_place_of_each(folder):
    wav(folder / "no" / "deep" / "c.FLAC", rate=16_000, format="FLAC")
    wav(folder / ".hidden" / "a.wav")
    (folder / "yes" / ".DS_Store").write_bytes(b"x")
    (folder / "README.txt").write_text("how it was recorded")
    recordings = [(one.label, one.input[1], one.where) for one in read_recordings(folder)]
    assert recordings == [
        ("no", 8_000, str(folder / "no" / "a.wav")),
        ("no", 8_000, str(folder / "no" / "b.wav")),
        ("no", 16_000, str(folder / "no" / "deep" / "c.FLAC")),
        ("yes", 8_000, str(folder / "yes" / "a.wav")),
        ("yes", 8_000, str(folder / "yes" / "b.wav")),
    ]


def test_a_clip_shorter_than_one_window_is_refused(folder):
    path = wav(folder / "yes" / "c.wav", sound(199))
    with pytest.raises(InputError, match=f"{path}: 0.0249 s of sound; expected at least 0.025 s, one window"):
        list(read_recordings(folder))
    wav(path, sound(200))
    assert len(list(read_recordings(folder))) == 5


def test_recordings_that_lie_loose_are_refused_with_the_layout_that_is_read(folder):
    path = wav(folder / "yes_1.wav")
    with pytest.raises(InputError, match=rf"{path}: a recording outside the folders of labels; .*FOLDER/LABEL/\*.wav"):
        list(read_recordings(folder))


def test_what_is_no_recording_is_passed_over_and_said(folder, caplog):
    (folder / "README.md").write_text("who spoke")
    for name in ("notes.txt", "Thumbs.db", "list.csv"):
        (folder / "no" / name).write_text("the second take")
    assert len(list(read_recordings(folder))) == 4
    shown = ", ".join(str(folder / name) for name in ("README.md", "no/Thumbs.db", "no/list.csv"))
    assert caplog.messages == [
        f"{folder}: passed over, as their names are not those of recordings, 4 files: {shown}, …"
    ]


@pytest.mark.parametrize("name", ["c.m4a", "c.WMA"])
def test_sound_that_cannot_be_read_is_not_passed_over(folder, name):
    (folder / "no" / name).write_bytes(b"sound")
    (folder / "no" / "spoken.txt").write_text("what is said")
    assert not holds_texts(folder)
    with pytest.raises(InputError, match=f"{name}: sound in a format that is not read; expected it as WAV"):
        list(read_recordings(folder))


@pytest.mark.parametrize("name", ["c.mp3", "c.aiff", "c.au", "c.caf", "c.w64", "c.opus"])
def test_every_format_is_a_recording_by_its_name(folder, name):
    how = {"format": "OGG", "subtype": "OPUS"} if name == "c.opus" else {}
    path = wav(folder / "no" / name, **how)
    (read,) = (one for one in read_recordings(folder) if one.where == str(path))
    assert len(read.input[0]) == pytest.approx(4_000, rel=0.3)


def test_opposite_phases_are_counted(folder, caplog):
    opposite = np.stack([sound(), -sound()], axis=1)
    paths = [wav(folder / "no" / name, opposite) for name in ("c.wav", "d.wav")]
    for one in read_recordings(folder):
        assert np.abs(one.input[0]).max() > 0.4
    (message,) = caplog.messages
    assert message.endswith(f"cancel each other, of 2 recordings: {paths[0]}, {paths[1]}")


def test_groups_are_folders_within_those_of_labels(tmp_path):
    for label in ("yes", "no"):
        for speaker in ("anna", "bert"):
            wav(tmp_path / "words" / label / speaker / "take" / "1.wav")
    found = [(one.label, one.group) for one in read_recordings(tmp_path / "words", "folder")]
    assert found == [("no", "anna"), ("no", "bert"), ("yes", "anna"), ("yes", "bert")]
    assert {one.group for one in read_recordings(tmp_path / "words")} == {None}
    loose = wav(tmp_path / "words" / "yes" / "2.wav")
    with pytest.raises(InputError, match=f"{loose}: in no folder of a group; expected of recordings folder"):
        list(read_recordings(tmp_path / "words", "folder"))


def test_groups_are_parts_of_names(tmp_path):
    for name in ("7_anna-01", "7_bert-01", "7_anna-02"):
        wav(tmp_path / "digits" / "seven" / f"{name}.wav")
    assert [one.group for one in read_recordings(tmp_path / "digits", "2")] == ["anna", "anna", "bert"]
    with pytest.raises(InputError, match=r"7_anna-01\.wav: its name has no part 4 between _ and -"):
        list(read_recordings(tmp_path / "digits", "4"))


@pytest.mark.parametrize("group", ["speaker", "0", "-1", ""])
def test_groups_that_are_neither_are_refused(folder, group):
    with pytest.raises(InputError, match=f"group is '{group}'; expected of recordings folder"):
        list(read_recordings(folder, group))


def test_folders_that_name_no_label_or_hold_nothing_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"gone: No such file or directory; expected a folder of recordings"):
        list(read_recordings(tmp_path / "gone"))
    with pytest.raises(InputError, match=r"no folder in it; expected one folder for each label"):
        list(read_recordings(tmp_path))
    wav(tmp_path / "yes" / "a.wav")
    (tmp_path / "no").mkdir()
    with pytest.raises(InputError, match=rf"{tmp_path / 'no'}: no recordings of 'no'; expected files .wav"):
        list(read_recordings(tmp_path))


def test_two_folders_of_one_label_are_refused(folder):
    wav(folder / "caf\u00e9" / "a.wav")
    wav(folder / "cafe\u0301" / "a.wav")
    with pytest.raises(InputError, match=r"the same label as .*; give one of them another name"):
        list(read_recordings(folder))


def test_links_are_followed_unless_they_lead_back(folder, tmp_path):
    other = wav(tmp_path / "elsewhere" / "d.wav")
    (folder / "yes" / "more").symlink_to(other.parent)
    assert len(list(read_recordings(folder))) == 5
    (folder / "yes" / "again").symlink_to(folder / "yes")
    with pytest.raises(InputError, match=r"again: a link that leads back to a folder above it; remove the link"):
        list(read_recordings(folder))
