"""Which keys sound together, drawn from the log-odds of each."""

import numpy as np
from numpy.typing import NDArray

from unrolled.decoding.sample import ranked
from unrolled.settings import Decoding

__all__ = ["choose_keys"]


def choose_keys(log_odds: NDArray[np.floating], decoding: Decoding, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw a frame (K,) from log-odds (K,): each key by itself, its log-odds divided by the temperature.

    At temperature 0 a key sounds if its probability is above a half. Where ``decoding.top`` is not 0, only that many
    of the most probable keys may sound.
    """
    if decoding.temperature == 0:
        chosen = log_odds > 0
    else:
        scaled = log_odds.astype(np.float64) / decoding.temperature
        chosen = rng.random(len(scaled)) < np.exp(-np.logaddexp(0, -scaled))
    if decoding.top:
        allowed = np.zeros(len(log_odds), bool)
        allowed[ranked(np.exp(-np.logaddexp(0, -log_odds)), decoding.top)] = True
        chosen &= allowed
    return chosen
