import numpy as np
import pytest

from unrolled.baselines.keys import KeyChances
from unrolled.errors import InputError

SUSTAINED = [np.repeat(np.random.default_rng(i).random((30, 5)) < 0.4, 4, axis=0) for i in range(4)]
SHUFFLED = [np.random.default_rng(i).random((100, 5)) < 0.4 for i in range(4)]


def test_the_better_of_the_two_on_the_validation_part():
    assert KeyChances.fit(SUSTAINED, SUSTAINED[:1]).name == "notes given the last frame"
    assert KeyChances.fit(SUSTAINED, SHUFFLED).name == "note frequencies"


def test_chances_are_the_counts():
    piece = np.array([[1, 0], [1, 0], [0, 0], [1, 0]], bool)
    found = KeyChances.fit([piece], [piece])
    other = KeyChances(np.array([[(2 + 0.5) / (2 + 1), 0.5 / 5], [1.5 / 3, 0.5]]))
    frequencies = np.array([[3.5 / 5, 0.5 / 5]] * 2)
    expected = other.chances if found.name != "note frequencies" else frequencies
    np.testing.assert_allclose(found.chances, expected)
    p = found.chances[:, 0]
    np.testing.assert_allclose(
        found.surprise(piece)[:3] + np.log(1 - found.chances[0, 1]), [-np.log(p[0]), -np.log(p[1]), -np.log(1 - p[1])]
    )


def test_saved_and_read_again():
    found = KeyChances.fit(SUSTAINED, SUSTAINED)
    np.testing.assert_array_equal(KeyChances.from_arrays(found.arrays(), 5).chances, found.chances)
    for wrong in ({}, {"chances": found.chances[:1]}, {"chances": np.ones((2, 5))}):
        with pytest.raises(InputError, match="the baseline's"):
            KeyChances.from_arrays(wrong, 5)
