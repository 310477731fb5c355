import os
import sys

import numpy as np
import pytest
import soundfile

from unrolled.errors import InputError, MissingExtra
from unrolled.sources import audio
from unrolled.sources.audio import read_clip, read_recordings


def sound(length=4_000, seed=0):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, length).astype(np.float32)


def wav(path, samples=None, rate=8_000, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound() if samples is None else samples, rate, **how)
    return path


@pytest.fixture
def folder(tmp_path):
    for label in ("yes", "no"):
        for name in ("b.wav", "a.wav"):
            wav(tmp_path / "words" / label / name)
    return tmp_path / "words"


@pytest.mark.parametrize(
    ("name", "how", "tolerance"),
    [
        ("a.wav", {"subtype": "PCM_16"}, 1e-4),
        ("a.wav", {"subtype": "FLOAT"}, 0),
        ("a.wav", {"subtype": "PCM_U8"}, 0.01),
        ("a.flac", {}, 1e-4),
        ("a.ogg", {}, 0.6),
    ],
)
def test_every_format_is_read_from_a_file_and_from_bytes(tmp_path, name, how, tolerance):
    path = wav(tmp_path / name, **how)
    samples, rate = read_clip(path)
    assert (samples.shape, samples.dtype, rate) == ((4_000,), np.float32, 8_000)
    np.testing.assert_allclose(samples, sound(), atol=tolerance)
    again, rate = read_clip(path.read_bytes())
    np.testing.assert_array_equal(again, samples)
    assert rate == 8_000


def test_channels_are_averaged(tmp_path):
    both = np.stack([sound(seed=1), sound(seed=2)], axis=1)
    samples, _ = read_clip(wav(tmp_path / "a.wav", both, subtype="FLOAT"))
    np.testing.assert_allclose(samples, both.mean(1), atol=1e-7)


def test_recordings_come_by_label_and_name_with_the_place_of_each(folder):
    wav(folder / "no" / "deep" / "c.FLAC", rate=16_000, format="FLAC")
    wav(folder / ".hidden" / "a.wav")
    (folder / "yes" / ".DS_Store").write_bytes(b"x")
    (folder / "README.txt").write_text("how it was recorded")
    recordings = [(label, rate, where) for _, rate, label, where in read_recordings(folder)]
    assert recordings == [
        ("no", 8_000, str(folder / "no" / "a.wav")),
        ("no", 8_000, str(folder / "no" / "b.wav")),
        ("no", 16_000, str(folder / "no" / "deep" / "c.FLAC")),
        ("yes", 8_000, str(folder / "yes" / "a.wav")),
        ("yes", 8_000, str(folder / "yes" / "b.wav")),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no recording, it is empty; expected WAV, FLAC or OGG"),
        (b"RIFF", "the file is damaged (.*); expected WAV, FLAC or OGG"),
        (b"RIFF\x24\0\0\0WAVEfmt nonsense" + bytes(40), "the file is damaged"),
        (b"not a sound at all", "no recording, it begins with b'not '; expected WAV"),
        (b"OggS" + bytes(100), "the file is damaged"),
    ],
)
def test_what_is_no_sound_is_refused_by_name(folder, content, message):
    path = folder / "yes" / "c.wav"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"{path}: {message}"):
        list(read_recordings(folder))
    with pytest.raises(InputError, match=f"upload: {message}"):
        read_clip(content, "upload")


def test_damage_anywhere_is_no_worse_than_an_input_error(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a.wav", "a.flac", "a.ogg"):
        whole = wav(tmp_path / name).read_bytes()
        refused = 0
        for _ in range(60):
            content = bytearray(whole[: rng.integers(4, len(whole))])
            content[rng.integers(4, len(content) + 1) :][:1] = rng.bytes(1)
            at = int(rng.integers(4, max(5, min(len(content), 60))))
            content[at : at + 1] = rng.bytes(1)
            try:
                samples, _ = read_clip(bytes(content))
                assert np.isfinite(samples).all()
            except InputError:
                refused += 1
        assert refused


def test_no_seconds_of_sound_are_refused(folder):
    path = wav(folder / "yes" / "c.wav", np.zeros(0, np.float32))
    with pytest.raises(InputError, match=f"{path}: 0 seconds of sound; expected at least one sample"):
        list(read_recordings(folder))


def test_a_clip_shorter_than_one_window_is_refused(folder):
    path = wav(folder / "yes" / "c.wav", sound(199))
    with pytest.raises(InputError, match=f"{path}: 0.0249 s of sound; expected at least 0.025 s, one window"):
        list(read_recordings(folder))
    wav(path, sound(200))
    assert len(list(read_recordings(folder))) == 5


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e30])
def test_samples_that_are_no_numbers_are_refused(tmp_path, value):
    samples = sound()
    samples[37] = value
    path = wav(tmp_path / "a.wav", samples, subtype="FLOAT")
    with pytest.raises(InputError, match=rf"{path}: sample 37 is .*; expected numbers between -1 and 1"):
        read_clip(path)


@pytest.mark.parametrize("rate", [100, 400_000])
def test_rates_no_voice_is_sampled_at_are_refused(tmp_path, rate):
    path = wav(tmp_path / "a.wav", rate=rate)
    with pytest.raises(InputError, match=rf"{path}: {rate} samples a second; expected 4,000 to 192,000"):
        read_clip(path)


def test_a_clip_too_long_or_too_large_is_refused(tmp_path, monkeypatch):
    path = wav(tmp_path / "a.wav", sound(8_001))
    assert len(read_clip(path, longest=1.01)[0]) == 8_001
    for source in (path, path.read_bytes()):
        with pytest.raises(InputError, match="more than 1 s of sound; expected a clip"):
            read_clip(source, longest=1)
    many = wav(tmp_path / "many.wav", np.zeros((8_000, 200), np.float32))
    with pytest.raises(InputError, match=f"{many}: more than 2 s of sound"):  # of all its channels
        read_clip(many, longest=2)
    monkeypatch.setattr(audio, "_LARGEST", 1_000)
    with pytest.raises(InputError, match=f"{path}: more than 0 MB; expected a clip"):
        read_clip(path)


def test_a_file_that_is_not_there_or_none_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"gone.wav: cannot be read: No such file"):
        read_clip(tmp_path / "gone.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    for path in (tmp_path / "pipe.wav", tmp_path):
        with pytest.raises(InputError, match=f"{path}: a folder or a pipe; expected a file with a recording"):
            read_clip(path)


def test_recordings_that_lie_loose_are_refused_with_the_layout_that_is_read(folder):
    path = wav(folder / "yes_1.wav")
    with pytest.raises(InputError, match=rf"{path}: a recording outside the folders of labels; .*FOLDER/LABEL/\*.wav"):
        list(read_recordings(folder))


def test_another_file_among_the_recordings_is_refused(folder):
    path = folder / "no" / "notes.txt"
    path.write_text("the second take")
    with pytest.raises(InputError, match=f"{path}: no recording by its name; expected .wav, .flac, .ogg"):
        list(read_recordings(folder))


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


def test_a_missing_library_names_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(MissingExtra, match=r"reading sound needs soundfile.*unrolled\[audio\]"):
        read_clip(b"RIFF")
