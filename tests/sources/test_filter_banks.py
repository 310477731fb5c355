import dataclasses
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.errors import InputError, MissingExtra
from unrolled.settings import check, from_dict, to_dict
from unrolled.sources.filter_banks import FilterBanks


def noise(length, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, length).astype(np.float32)


def tone(frequency, rate, seconds=0.5):
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def test_a_second_of_sound_is_98_steps_of_40_bands():
    features = FilterBanks().features(noise(8_000), 8_000)
    assert features.shape == (98, 40)
    assert features.dtype == np.float32


def test_the_same_sound_gives_the_same_numbers():
    np.testing.assert_array_equal(
        FilterBanks().features(noise(4_000), 8_000), FilterBanks().features(noise(4_000), 8_000)
    )


def test_a_tone_is_loudest_in_the_band_of_its_frequency():
    settings = FilterBanks()
    mel = 1127 * np.log1p(np.array([settings.lowest, 4_000.0]) / 700)
    middles = 700 * (np.exp(np.linspace(*mel, settings.bins + 2)[1:-1] / 1127) - 1)
    for frequency in (300.0, 1_000.0, 2_500.0):
        loudest = settings.features(tone(frequency, 8_000), 8_000).mean(0).argmax()
        assert abs(int(loudest) - int(np.abs(middles - frequency).argmin())) <= 1


@pytest.mark.parametrize("rate", [11_025, 16_000, 44_100, 48_000])
def test_a_sound_sampled_at_another_rate_sounds_the_same(rate):
    settings = FilterBanks()
    expected = settings.features(tone(440, 8_000) + tone(1_500, 8_000), 8_000)
    received = settings.features(tone(440, rate) + tone(1_500, rate), rate)
    loud = expected[5:-5] > expected.max() - 9  # 39 dB below the loudest and above
    assert received.shape == expected.shape
    np.testing.assert_allclose(received[5:-5][loud], expected[5:-5][loud], atol=0.01)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([8_000, 16_000, 44_100]), st.integers(1_500, 5_000), st.lists(st.integers(0, 5_000), max_size=40)
)
def test_a_stream_gives_the_frames_of_the_whole_however_it_is_cut(rate, length, cuts):
    sound = noise(length, seed=length)
    stream = FilterBanks().stream(rate)
    pieces = [stream.feed(piece) for piece in np.split(sound, sorted(min(cut, length) for cut in cuts))]
    np.testing.assert_array_equal(np.concatenate([*pieces, stream.finish()]), FilterBanks().features(sound, rate))


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_how_far_the_microphone_is_does_not_matter(rate):
    sound = 0.2 * noise(8_000) * np.linspace(0, 1, 8_000, dtype=np.float32)
    near, far = FilterBanks().features(4 * sound, rate), FilterBanks().features(sound, rate)
    loud = slice(len(near) // 4, None)
    np.testing.assert_allclose(near[loud], far[loud], atol=0.02)


def test_a_step_is_relative_to_the_loudest_so_far_which_fades():
    sound = np.concatenate([noise(4_000), 0.1 * noise(12_000)])
    levels = FilterBanks(fade=2.0).features(sound, 8_000).mean(1)
    drop, first = 2 * np.log(0.1), levels[:48].mean()
    assert abs(levels[55:75].mean() - first - drop - 2.0 * 0.15) < 0.3  # 0.15 s after the change
    assert abs(levels[140:160].mean() - first - drop - 2.0 * 1.0) < 0.3
    forever = FilterBanks(fade=0.0).features(sound, 8_000).mean(1)
    assert abs(forever[140:].mean() - forever[:48].mean() - drop) < 0.3


def test_silence_is_not_made_loud():
    faint = 1e-5 * noise(80_000)
    assert FilterBanks().features(faint, 8_000).max() < 0


def test_a_frame_comes_as_soon_as_its_sound_is_there():
    stream = FilterBanks().stream(8_000)
    assert stream.feed(noise(199)).shape == (0, 40)
    assert stream.feed(noise(1)).shape == (1, 40)
    assert stream.feed(noise(80)).shape == (1, 40)
    assert stream.finish().shape == (0, 40)


def test_the_settings_are_stored_and_checked():
    settings = FilterBanks(rate=16_000, bins=64)
    assert from_dict(FilterBanks, to_dict(settings)) == settings
    with pytest.raises(InputError, match="bins is 0; expected between 4 and 128"):
        check(dataclasses.replace(settings, bins=0))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused_with_their_place(value):
    sound = noise(1_000)
    sound[700] = value
    stream = FilterBanks().stream(8_000)
    stream.feed(sound[:500])
    with pytest.raises(InputError, match=f"sample 700 is {value}; expected finite numbers"):
        stream.feed(sound[500:])


@pytest.mark.parametrize("sound", [np.zeros((2, 800), np.float32), np.zeros(800, np.int16)])
def test_what_is_no_row_of_floats_is_refused(sound):
    with pytest.raises(InputError, match=r"an array \(.*\) of .*; expected samples \(N,\), floats in \[-1, 1\]"):
        FilterBanks().features(sound, 8_000)


@pytest.mark.parametrize(("length", "rate"), [(199, 8_000), (0, 8_000), (1_000, 44_100)])
def test_a_sound_shorter_than_a_window_is_refused(length, rate):
    with pytest.raises(
        InputError, match=rf"\({length} samples at {rate} Hz\); expected at least one window of 0.025 s"
    ):
        FilterBanks().features(noise(length), rate)


def test_bands_too_narrow_for_the_window_are_refused():
    with pytest.raises(InputError, match=r"128 bins of a window of 0.025 s at 8000 Hz are too narrow; expected fewer"):
        FilterBanks(bins=128).features(noise(8_000), 8_000)


def test_a_missing_library_names_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "kaldi_native_fbank", None)
    with pytest.raises(MissingExtra, match=r"kaldi-native-fbank.*unrolled\[audio\]"):
        FilterBanks().stream(8_000)
