import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.errors import InputError
from unrolled.sources.resampling import Resampler

RATES = [(44_100, 8_000), (48_000, 8_000), (16_000, 8_000), (11_025, 8_000), (8_000, 16_000), (8_000, 44_100)]


def resampled(samples, source, target, cuts=()):
    resampler = Resampler(source, target)
    pieces = [resampler.feed(piece) for piece in np.split(samples, sorted(cuts))]
    return np.concatenate([*pieces, resampler.finish()])


def sine(frequency, rate, seconds=0.5):
    return np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate).astype(np.float32)


@pytest.mark.parametrize(("source", "target"), RATES)
def test_what_both_rates_can_hold_passes_unchanged_and_in_time(source, target):
    nyquist = min(source, target) / 2
    for frequency in (100.0, 0.5 * nyquist, 0.84 * nyquist):
        received, expected = resampled(sine(frequency, source), source, target), sine(frequency, target)
        assert len(received) == len(expected)
        inside = slice(target // 20, -target // 20)  # the ends meet silence
        assert np.abs(received - expected)[inside].max() < 2e-4


@pytest.mark.parametrize(("source", "target"), [pair for pair in RATES if pair[0] > pair[1]])
def test_what_the_lower_rate_cannot_hold_is_taken_out(source, target):
    for frequency in (1.0 * target / 2, 1.1 * target / 2, 0.95 * source / 2):
        received = resampled(sine(frequency, source), source, target)
        assert np.abs(received[target // 20 : -target // 20]).max() < 1e-4  # -80 dB


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(RATES), st.integers(0, 3_000), st.lists(st.integers(0, 3_000), max_size=30))
def test_how_the_sound_is_cut_does_not_matter(rates, length, cuts):
    samples = np.random.default_rng(length).normal(0, 0.1, length).astype(np.float32)
    whole = resampled(samples, *rates)
    assert len(whole) == -(-length * rates[1] // rates[0])
    np.testing.assert_array_equal(resampled(samples, *rates, [min(cut, length) for cut in cuts]), whole)


def test_a_steady_value_stays_what_it_is():
    samples = np.full(9_000, 0.25, np.float32)
    np.testing.assert_allclose(resampled(samples, 44_100, 8_000)[100:-100], 0.25, rtol=1e-6)


@pytest.mark.parametrize(("source", "target"), [*RATES, (11_025, 16_000), (192_000, 11_025), (37_800, 16_000)])
def test_the_usual_rates_are_exact(source, target):
    resampler = Resampler(source, target)
    assert resampler.up * source == resampler.down * target


@pytest.mark.parametrize(("source", "target"), [(191_999, 8_000), (191_953, 16_000), (44_101, 8_000), (4_001, 16_000)])
def test_rates_without_a_common_divisor_are_exact_and_take_little_memory(source, target):
    samples = sine(1_000, source, 0.1)
    tracemalloc.start()
    found = resampled(samples, source, target)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20e6
    assert len(found) == -(-len(samples) * target // source)
    expected = np.sin(2 * np.pi * 1_000 * np.arange(len(found)) / target)
    inside = slice(target // 50, -target // 50)
    assert np.abs(found - expected)[inside].max() < 5e-5
    np.testing.assert_array_equal(resampled(samples, source, target, [1, 700]), found)


def test_streams_of_many_odd_rates_share_their_tables():
    tracemalloc.start()
    streams = [Resampler(191_999 - 1_000 * i, 16_000) for i in range(40)]
    for stream in streams:
        stream.feed(np.zeros(100, np.float32))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 8e6


@pytest.mark.parametrize(("source", "target"), [(0, 8_000), (8_000, 1_000_000), (-8_000, 8_000)])
def test_rates_no_sound_has_are_refused(source, target):
    with pytest.raises(InputError, match=r"Hz; expected 4,000 to 192,000"):
        Resampler(source, target)
