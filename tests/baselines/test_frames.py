import numpy as np
import pytest

from unrolled.baselines import Sizes
from unrolled.baselines.frames import CHORDS, FrameGrams
from unrolled.baselines.keys import KeyChances
from unrolled.data.corpus import FrameCorpus
from unrolled.errors import InputError

SIZES = Sizes(5)
RNG = np.random.default_rng(0)
CHORD = RNG.random((4, 5)) < 0.5
CYCLE = np.tile(CHORD[[0, 1, 0, 2, 0, 3]], (6, 1))  # what follows the first chord depends on the one before it


def corpus(*pieces):
    return FrameCorpus(list(pieces), ["here"] * len(pieces))


def test_chances_are_counts_that_fall_back_on_fewer_frames():
    piece = np.array([[1, 0], [1, 1], [1, 0], [0, 0]], bool)
    keys = KeyChances(np.array([[0.2, 0.4], [0.6, 0.8]]))
    fitted = FrameGrams((piece,), keys, 3, 0.5)
    after = 1 / (1 + np.exp(-fitted.log_odds(np.array([[1, 0], [1, 1], [0, 1]], bool))))
    single = np.array([(1 + 0.5 * 0.6) / (1 + 0.5), (0 + 0.5 * 0.8) / (1 + 0.5)])  # once after 11: 10
    np.testing.assert_allclose(after[2], [(1 + 0.5 * single[0]) / 1.5, (0 + 0.5 * single[1]) / 1.5])
    unseen = 1 / (1 + np.exp(-fitted.log_odds(np.array([[0, 1], [0, 0]], bool))))
    np.testing.assert_allclose(unseen[1], [0.2, 0.8])  # as the keys by themselves


def test_the_better_of_both_is_kept_and_named():
    assert CHORDS.fit(corpus(CYCLE, CYCLE), corpus(CYCLE), SIZES).name in ("3-gram over frames", "4-gram over frames")
    noise = [RNG.random((60, 5)) < 0.5 for _ in range(3)]
    assert CHORDS.fit(corpus(*noise[:2]), corpus(noise[2]), SIZES).name in (
        "note frequencies",
        "notes given the last frame",
    )


def test_it_is_a_baseline_that_is_saved():
    part = corpus(CYCLE, CYCLE[:7])
    fitted = CHORDS.fit(part, corpus(CYCLE), SIZES)
    scores = [(odds, frames) for odds, frames in fitted.predictions(part)]
    nats = np.concatenate([np.logaddexp(0, np.where(frames, -odds, odds)).sum(1) for odds, frames in scores])
    assert fitted.loss(part) == pytest.approx(nats.mean())
    again = CHORDS.restore(fitted.arrays(), SIZES)
    assert again.name == fitted.name
    assert again.loss(part) == fitted.loss(part)
    assert CHORDS.restore({"chances": fitted.arrays()["chances"]}, SIZES).name.startswith("note")


def test_damaged_arrays_are_refused():
    arrays = dict(CHORDS.fit(corpus(CYCLE), corpus(CYCLE), SIZES).arrays())
    for damage in (
        {"frames": arrays["frames"][:, :0]},
        {"frames": arrays["frames"].astype(np.int64)},
        {"lengths": arrays["lengths"] + 1},
        {"lengths": -arrays["lengths"]},
        {"lengths": arrays["lengths"].astype(float)},
        {"order": np.array([7])},
        {"order": np.array([[2]])},
        {"strength": np.array([0.0])},
        {"chances": np.ones((2, 5))},
    ):
        with pytest.raises(InputError, match="the baseline"):
            CHORDS.restore(arrays | damage, SIZES)
    with pytest.raises(InputError, match="expected frames, lengths"):
        CHORDS.restore({"chances": arrays["chances"], "frames": arrays["frames"]}, SIZES)
