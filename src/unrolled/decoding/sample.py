"""The most probable items of a distribution, and a random one."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from unrolled.settings import Decoding

__all__ = ["choose", "ranked"]


def ranked(probabilities: NDArray[np.floating], n: int, hidden: Collection[int] = ()) -> NDArray[np.int64]:
    """The ids of the ``n`` largest probabilities (V,), largest first, of equals the lower id; not those ``hidden``."""
    allowed = np.array(probabilities, np.float64)
    allowed[list(hidden)] = -1.0
    n = min(n, len(allowed) - len(set(hidden)))
    if n <= 0:
        return np.zeros(0, np.int64)
    least = np.partition(allowed, -n)[-n]
    candidates = np.flatnonzero(allowed >= least)  # more than n where several equal the least
    return candidates[np.argsort(-allowed[candidates], kind="stable")][:n]


def choose(
    probabilities: NDArray[np.floating], decoding: Decoding, rng: np.random.Generator, hidden: Collection[int] = ()
) -> int:
    """Draw an id from probabilities (V,) raised to 1 / temperature; at temperature 0 take the most probable.

    Where ``decoding.top`` is not 0, only that many of the most probable ids are drawn from; ``hidden`` ids never are.
    """
    size = decoding.top or len(probabilities)
    candidates = ranked(probabilities, 1 if decoding.temperature == 0 else size, hidden)
    if decoding.temperature == 0:
        return int(candidates[0])
    chances = probabilities[candidates].astype(np.float64)
    chances[0] = max(chances[0], np.finfo(np.float64).tiny)  # where all are 0 the first is taken
    weights = (chances / chances[0]) ** (1 / decoding.temperature)
    return int(rng.choice(candidates, p=weights / weights.sum()))
