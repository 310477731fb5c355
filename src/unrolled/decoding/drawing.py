"""Draw the next token: temperature, top-k (Fan et al. 2018), nucleus (Holtzman et al. 2020)."""

import numpy as np
from numpy.typing import NDArray

from unrolled.decoding.sample import ranked
from unrolled.settings import Search

__all__ = ["draw"]


def draw(log_probabilities: NDArray[np.floating], search: Search, rng: np.random.Generator) -> int:
    """An id, drawn from log-probabilities (V,) divided by the temperature, then cut to the top and the nucleus.

    The nucleus is the smallest number of most probable tokens that together have at least ``search.nucleus``.
    """
    scaled = log_probabilities.astype(np.float64)
    with np.errstate(over="ignore"):  # a temperature near 0 leaves the most probable alone
        weights = np.exp((scaled - scaled.max()) / search.temperature)
    ids = np.flatnonzero(weights)
    if search.top or search.nucleus < 1.0:
        ids = ranked(weights, search.top or len(weights))
        ids = ids[weights[ids] > 0]
    reached = np.cumsum(weights[ids])
    if search.nucleus < 1.0:
        size = int(np.searchsorted(reached, search.nucleus * reached[-1])) + 1
        ids, reached = ids[:size], reached[:size]
    place = np.searchsorted(reached, rng.random() * reached[-1], side="right")
    return int(ids[min(place, len(ids) - 1)])
