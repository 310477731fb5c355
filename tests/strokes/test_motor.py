"""Strokes that a model of the hand's movements makes, and how the network is shown them."""

import numpy as np

from unrolled.strokes.features import FEATURES, FRAMES, read_strokes
from unrolled.strokes.layouts import LAYOUTS
from unrolled.strokes.motor import minimum_jerk_strokes
from unrolled.strokes.practice import Practice

QWERTY = LAYOUTS["qwerty"]
WORDS = ("the", "keyboard", "a", "international")


def path(word: str) -> np.ndarray:
    return QWERTY.centres[[QWERTY.keys.index(letter) for letter in word]]


def strokes(seed: int = 0, times: int = 1) -> list[np.ndarray]:
    return minimum_jerk_strokes([path(word) for word in WORDS] * times, np.random.default_rng(seed))


def test_a_stroke_goes_near_its_keys_in_their_order_and_in_time() -> None:
    many = strokes(times=20)
    for stroke in many:
        assert np.isfinite(stroke).all()
        assert (np.diff(stroke[:, 2]) >= 0).all()
    ends = np.array([[s[0, :2] - path(w)[0], s[-1, :2] - path(w)[-1]] for s, w in zip(many, WORDS * 20, strict=True)])
    assert 0.1 < ends.std() < 0.4  # widths of a key
    missed = [np.linalg.norm(many[i][:, None, :2] - path("keyboard"), axis=2).min(0) for i in range(1, 80, 4)]
    assert np.median(missed) < 0.4
    assert np.quantile(missed, 0.9) < 1.2


def test_the_same_seed_draws_the_same_strokes() -> None:
    for one, same, other in zip(strokes(1), strokes(1), strokes(2), strict=True):
        np.testing.assert_array_equal(one, same)
        assert one.shape != other.shape or (one != other).any()


def test_features_do_not_change_when_stroke_and_keys_move() -> None:
    drawn, keys = strokes(), QWERTY.key_centres
    here = read_strokes(drawn, [keys] * 4)
    moved = np.array([40.0, -7.0, 3.0])
    there = read_strokes([stroke + moved for stroke in drawn], [keys + moved[:2]] * 4)
    np.testing.assert_allclose(here.features, there.features, atol=2e-3)
    assert here.features.shape == (4, here.lengths.max(), FEATURES)


def test_a_stroke_reads_the_same_beside_longer_ones() -> None:
    drawn, keys = strokes(), QWERTY.key_centres
    together = read_strokes(drawn, [keys, keys, keys[:9], keys])
    for row, (stroke, own) in enumerate(zip(drawn, (keys, keys, keys[:9], keys), strict=True)):
        alone = read_strokes([stroke], [own])
        assert alone.lengths[0] == together.lengths[row]
        np.testing.assert_allclose(alone.features[0], together.features[row, : alone.lengths[0]], atol=1e-5)


def test_strange_strokes_have_finite_features_and_few_frames() -> None:
    rng = np.random.default_rng(0)
    still = np.zeros((5, 3))
    at_once = np.column_stack([rng.normal(size=(9, 2)), np.zeros(9)])
    scribbled = np.column_stack([rng.uniform(0, 9, (2000, 2)), np.arange(2000) / 100])
    far = np.array([[-1000.0, 1000.0, 0.0], [1000.0, -1000.0, 600.0]])
    read = read_strokes([still, at_once, scribbled, far], [QWERTY.key_centres] * 4)
    assert np.isfinite(read.features).all()
    assert read.lengths.max() == FRAMES


def test_practice_is_the_same_for_a_step_and_another_for_the_next() -> None:
    words = [np.array([QWERTY.keys.index(letter) for letter in word]) for word in WORDS]
    practice = Practice(QWERTY, words, np.array([4.0, 2.0, 1.0, 1.0]), 7)
    first, again, second, valid = (practice.drawn(step, 16) for step in (3, 3, 4, -3))
    np.testing.assert_array_equal(first.read.features, again.read.features)
    for other in (second, valid):
        assert [own.tolist() for own in other.keys] != [own.tolist() for own in first.keys]
    for own in (*first.keys, *second.keys):
        assert (np.diff(own) != 0).all()
