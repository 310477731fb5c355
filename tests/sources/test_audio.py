import io
import os
import struct
import sys

import numpy as np
import pytest
import soundfile
from tests.sources.sounds import sound, wav

from unrolled.errors import InputError, MissingExtra
from unrolled.sources import audio
from unrolled.sources.audio import read_clip


@pytest.mark.parametrize(
    ("name", "how", "tolerance"),
    [
        ("a.wav", {"subtype": "PCM_16"}, 1e-4),
        ("a.wav", {"subtype": "FLOAT"}, 0),
        ("a.wav", {"subtype": "PCM_U8"}, 0.01),
        ("a.flac", {}, 1e-4),
        ("a.ogg", {}, 0.6),
        ("a.wav", {"format": "WAVEX"}, 1e-4),
        ("a.wav", {"subtype": "ALAW"}, 0.02),
        ("a.wav", {"endian": "BIG"}, 1e-4),
        ("a.rf64", {"format": "RF64"}, 1e-4),
        ("a.w64", {}, 1e-4),
        ("a.aiff", {}, 1e-4),
        ("a.au", {}, 1e-4),
        ("a.au", {"endian": "LITTLE"}, 1e-4),
        ("a.caf", {}, 1e-4),
        ("a.caf", {"subtype": "ALAC_16"}, 1e-4),
        ("a.sph", {"format": "NIST"}, 1e-4),
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
def test_what_is_no_sound_is_refused_by_name(tmp_path, content, message):
    path = tmp_path / "c.wav"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"{path}: {message}"):
        read_clip(path)
    with pytest.raises(InputError, match=f"upload: {message}"):
        read_clip(content, "upload")


CODERS = (
    *(("WAV", coder) for coder in ("GSM610", "IMA_ADPCM", "MS_ADPCM", "G721_32", "NMS_ADPCM_16", "NMS_ADPCM_24")),
    *(
        ("WAV", "NMS_ADPCM_32"),
        ("W64", "GSM610"),
        ("AIFF", "GSM610"),
        ("AIFF", "DWVW_16"),
        ("AIFF", "IMA_ADPCM"),
        ("AU", "G721_32"),
    ),
    *(("AU", "G723_24"), ("AU", "G723_40"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")),
)


def hum(length=8_000):
    return (0.4 * np.sin(2 * np.pi * 220 * np.arange(length) / 8_000)).astype(np.float32)


def packed(samples, coder=("WAV", "PCM_16"), rate=8_000) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=coder[0], subtype=coder[1])
    return file.getvalue()


@pytest.mark.parametrize("coder", CODERS, ids="-".join)
def test_the_coders_of_telephones_and_players_are_read(coder):
    samples, rate = read_clip(packed(hum(), coder))
    assert rate == 8_000
    assert 8_000 <= len(samples) <= 8_400  # of whole blocks
    part = hum()[1_000:3_000]
    late = 1_000 + int(np.correlate(samples[1_000:3_800], part, "valid").argmax())  # a coder may begin with silence
    assert np.corrcoef(samples[late : late + len(part)], part)[0, 1] > 0.97


def test_a_coder_that_is_not_read_is_refused():
    content = bytearray(packed(hum()))
    content[20:22] = struct.pack("<H", 0x161)  # Windows Media
    with pytest.raises(InputError, match=r"upload: the file is damaged \(.*\); expected WAV, FLAC or OGG, or MP3"):
        read_clip(bytes(content), "upload")


def unknown_length(content: bytes) -> bytes:
    """FLAC as a program writes it into a pipe."""
    flac = bytearray(content)
    flac[21] &= 0xF0
    flac[22:26] = bytes(4)
    return bytes(flac)


@pytest.mark.parametrize("length", [100, 4_096, 16_000, 30_001])
def test_flac_of_unknown_length_is_read(length):
    whole = packed(sound(length), ("FLAC", "PCM_16"))
    np.testing.assert_array_equal(read_clip(unknown_length(whole))[0], read_clip(whole)[0])
    with pytest.raises(InputError, match=r"more than 0\.01 s of sound"):
        read_clip(unknown_length(whole), longest=0.01)
    with pytest.raises(InputError, match="the file is damaged"):
        read_clip(unknown_length(whole)[:-40])


@pytest.mark.parametrize(
    "coder",
    [
        *(("WAV", "PCM_16"), ("WAVEX", "FLOAT"), ("WAV", "GSM610"), ("RF64", "PCM_16"), ("W64", "PCM_16")),
        *(("CAF", "PCM_16"), ("AIFF", "PCM_16"), ("AIFF", "IMA_ADPCM"), ("AU", "PCM_16"), ("FLAC", "PCM_16")),
        *(("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")),
    ],
    ids="-".join,
)
def test_what_is_cut_off_is_refused(coder):
    whole = packed(hum(24_000), coder)
    assert len(read_clip(whole)[0]) >= 24_000
    for kept in (len(whole) // 2, len(whole) * 7 // 8):
        with pytest.raises(InputError, match=r"cut off|damaged"):
            read_clip(whole[:kept])


def test_a_cut_wav_says_how_much_is_missing(tmp_path):
    (tmp_path / "a.wav").write_bytes(packed(hum())[:-1_000])
    with pytest.raises(InputError, match=r"a\.wav: the recording is cut off: 1,000 bytes of sound are missing"):
        read_clip(tmp_path / "a.wav")


@pytest.mark.parametrize("size", [0x7FFFF000, 0x80000000, 0xFFFFFFFF])
def test_a_wav_from_a_pipe_does_not_know_its_size(size):
    content = bytearray(packed(hum()))
    content[40:44] = struct.pack("<I", size)
    assert len(read_clip(bytes(content))[0]) == 8_000


def test_channels_of_opposite_phase_are_not_silence(tmp_path, caplog):
    opposite = np.stack([0.8 * hum(), -hum()], axis=1)
    path = wav(tmp_path / "a.wav", opposite)
    np.testing.assert_allclose(read_clip(path)[0], -hum(), atol=1e-4)
    assert caplog.messages == [
        f"{path}: its channels are of opposite phase and cancel each other: one of them is read alone"
    ]
    for channels in ([hum(), np.zeros_like(hum())], [sound(seed=1), sound(seed=2)], [np.zeros(9, np.float32)] * 2):
        both = np.stack(channels, axis=1)
        np.testing.assert_allclose(read_clip(wav(path, both))[0], both.mean(1), atol=1e-4)
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("rate", [1, 3_999, 192_001, 2_000_000_000])
def test_rates_of_a_header_are_refused_before_anything_is_read(rate):
    content = bytearray(packed(hum()))
    content[24:28] = struct.pack("<I", rate)
    with pytest.raises(InputError, match=f"{rate} samples a second; expected 4,000 to 192,000|the file is damaged"):
        read_clip(bytes(content))


def test_damage_anywhere_is_no_worse_than_an_input_error(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff", "a.au", "a.w64"):
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


def test_no_seconds_of_sound_are_refused(tmp_path):
    path = wav(tmp_path / "c.wav", np.zeros(0, np.float32))
    with pytest.raises(InputError, match=f"{path}: 0 seconds of sound; expected at least one sample"):
        read_clip(path)


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


def test_a_missing_library_names_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(MissingExtra, match=r"reading sound needs soundfile.*unrolled\[audio\]"):
        read_clip(b"RIFF")
