import numpy as np
import pytest

from unrolled.data.augment import HIDDEN, augment, colour, gain, hide_words, mask, stretch


def features(length=60, bands=40, seed=0):
    return np.random.default_rng(seed).normal(0, 1, (length, bands)).astype(np.float32)


def rng(seed=0):
    return np.random.default_rng(seed)


class Chosen:
    """In place of a generator: the values that a test wants."""

    def __init__(self, *values):
        self.values = list(values)

    def uniform(self, low, high):
        value = self.values.pop(0)
        assert low <= value <= high
        return value

    def integers(self, low, high):
        return self.uniform(low, high - 1)


@pytest.mark.parametrize("change", [augment, stretch, gain, colour, mask])
@pytest.mark.parametrize("length", [1, 2, 3, 60])
def test_a_change_follows_from_the_generator_alone_and_leaves_its_input(change, length):
    clip = features(length)
    before = clip.copy()
    changed = change(clip, rng(1))
    np.testing.assert_array_equal(changed, change(clip, rng(1)))
    np.testing.assert_array_equal(clip, before)
    assert changed.dtype == np.float32
    assert changed.flags.c_contiguous
    assert changed.shape[1] == 40
    assert len(changed) >= 1
    assert np.isfinite(changed).all()


@pytest.mark.parametrize("change", [augment, stretch, gain, colour, mask])
def test_another_draw_is_another_change(change):
    first, second = change(features(), rng(1)), change(features(), rng(2))
    assert first.shape != second.shape or not np.array_equal(first, second)


@pytest.mark.parametrize("pace", [0.85, 1.0, 1.15])
def test_a_stretched_sound_begins_and_ends_alike_and_is_the_same_between(pace):
    ramp = np.linspace(0, 1, 60, dtype=np.float32)[:, None] * np.ones((1, 40), np.float32)
    stretched = stretch(ramp, Chosen(pace))
    assert len(stretched) == round(60 * pace)
    np.testing.assert_allclose(stretched[:, 0], np.linspace(0, 1, len(stretched)), atol=1e-6)


def test_a_colour_is_the_same_at_every_step_and_smooth_over_the_bands():
    changes = colour(features(), rng(3)) - features()
    assert np.ptp(changes, axis=0).max() < 1e-6
    steps = np.diff(changes[0])
    assert np.ptp(changes) > 0.1
    assert len(np.unique(np.round(steps, 4))) <= 3 + 2  # three straight pieces, two bands where they meet


def test_a_gain_is_the_same_everywhere():
    changes = gain(features(), rng(3), amount=0.5) - features()
    assert np.ptp(changes) < 1e-6
    drawn = [float((gain(features(1), rng(seed)) - features(1))[0, 0]) for seed in range(300)]
    assert 0.25 < np.std(drawn) < 0.35


def test_masks_are_gaps_of_steps_and_of_bands():
    masked = mask(np.ones((60, 40), np.float32), Chosen(3, 10, 5, 40, 8, 0, 2, 38), steps=8, bands=8)
    gone = masked == 0
    assert np.flatnonzero(gone.all(1)).tolist() == [10, 11, 12, 40, 41, 42, 43, 44]
    assert np.flatnonzero(gone.all(0)).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 38, 39]
    assert gone.sum() == 8 * 40 + 10 * 60 - 8 * 10


@pytest.mark.parametrize("seed", range(20))
def test_masks_leave_half_of_a_short_clip(seed):
    masked = mask(np.ones((4, 40), np.float32), rng(seed))
    assert (masked != 0).any(1).sum() >= 2


def test_hidden_words_are_unknown_and_the_others_stay():
    ids = np.arange(10_000) + 5
    hidden = hide_words(ids, rng())
    assert 0.8 * HIDDEN < (hidden == 0).mean() < 1.2 * HIDDEN
    assert ((hidden == ids) | (hidden == 0)).all()
    assert hidden.dtype == ids.dtype
