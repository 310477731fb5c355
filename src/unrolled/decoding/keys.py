"""The notes that sound together, drawn from the chance of each."""

import numpy as np
from numpy.typing import NDArray

from unrolled.decoding.sample import ranked
from unrolled.settings import Decoding

__all__ = ["choose_keys"]


def choose_keys(log_odds: NDArray[np.floating], decoding: Decoding, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A frame (K,): each key by itself, its log-odds divided by the temperature; at 0 those above a half.

    Of ``decoding.top`` largest only, if that is not 0.
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
