import numpy as np
import pytest

from unrolled.decoding import choose_keys
from unrolled.settings import Decoding


def test_keys_are_drawn_with_their_chances():
    odds, rng = np.array([-2.0, 0.0, 1.0, 800.0, -800.0]), np.random.default_rng(0)
    drawn = np.mean([choose_keys(odds, Decoding(), rng) for _ in range(4000)], axis=0)
    assert drawn == pytest.approx([0.119, 0.5, 0.731, 1, 0], abs=0.03)
    cold = np.mean([choose_keys(odds, Decoding(temperature=0.5), rng) for _ in range(4000)], axis=0)
    assert cold == pytest.approx([0.018, 0.5, 0.881, 1, 0], abs=0.03)


def test_no_temperature_takes_what_is_more_likely_than_not():
    odds, rng = np.array([0.1, -0.1, 3.0, 2.0]), np.random.default_rng(0)
    assert choose_keys(odds, Decoding(temperature=0), rng).tolist() == [True, False, True, True]
    assert choose_keys(odds, Decoding(temperature=0, top=2), rng).tolist() == [False, False, True, True]
