import numpy as np
import pytest

from unrolled.baselines.keys import KeyChances
from unrolled.data.corpus import FrameCorpus
from unrolled.errors import InputError


def corpus(pieces):
    return FrameCorpus(pieces, ["here"] * len(pieces))


SUSTAINED = [np.repeat(np.random.default_rng(i).random((30, 5)) < 0.4, 4, axis=0) for i in range(4)]
SHUFFLED = [np.random.default_rng(i).random((100, 5)) < 0.4 for i in range(4)]


def test_the_better_of_the_two_on_the_validation_part():
    assert KeyChances.fit(corpus(SUSTAINED), corpus(SUSTAINED[:1])).name == "notes given the last frame"
    assert KeyChances.fit(corpus(SUSTAINED), corpus(SHUFFLED)).name == "note frequencies"


def test_chances_are_the_counts():
    piece = np.array([[1, 0], [1, 0], [0, 0], [1, 0]], bool)
    fitted = KeyChances.fit(corpus([piece]), corpus([piece]))
    other = KeyChances(np.array([[(2 + 0.5) / (2 + 1), 0.5 / 5], [1.5 / 3, 0.5]]))
    frequencies = np.array([[3.5 / 5, 0.5 / 5]] * 2)
    expected = other.chances if fitted.name != "note frequencies" else frequencies
    np.testing.assert_allclose(fitted.chances, expected)
    p = fitted.chances[:, 0]
    np.testing.assert_allclose(
        fitted.surprise(piece)[:3] + np.log(1 - fitted.chances[0, 1]), [-np.log(p[0]), -np.log(p[1]), -np.log(1 - p[1])]
    )


def test_saved_and_read_again():
    fitted = KeyChances.fit(corpus(SUSTAINED), corpus(SUSTAINED))
    np.testing.assert_array_equal(KeyChances.from_arrays(fitted.arrays(), 5).chances, fitted.chances)
    for wrong in ({}, {"chances": fitted.chances[:1]}, {"chances": np.ones((2, 5))}):
        with pytest.raises(InputError, match="the baseline's"):
            KeyChances.from_arrays(wrong, 5)


def test_every_frame_counts_alike():
    fitted = KeyChances.fit(corpus(SUSTAINED), corpus(SHUFFLED))
    part = corpus([*SHUFFLED, SUSTAINED[0][:7]])  # pieces of different lengths
    nats = np.concatenate([fitted.surprise(piece) for piece in part.pieces])
    assert fitted.loss(part) == pytest.approx(nats.mean())
    for (scores, frames), piece in zip(fitted.predictions(part), part.pieces, strict=True):
        assert frames is piece
        np.testing.assert_array_equal(scores, fitted.log_odds(piece))
