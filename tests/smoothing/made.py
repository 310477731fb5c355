"""Small panels made for the tests of smoothing."""

import numpy as np

from unrolled.smoothing.bank import Bank
from unrolled.smoothing.fit import fit_bank
from unrolled.smoothing.state import Flags, Floats, Whole


def joined(series: list[Floats]) -> tuple[Floats, Whole, Flags]:
    """Values, offsets and no cut ones."""
    y = np.concatenate(series)
    offsets = np.cumsum([0, *(len(one) for one in series)])
    return y, offsets, np.zeros(len(y), dtype=np.bool_)


def seasonal(length: int, seed: int, m: int = 7) -> Floats:
    """A level with a season that multiplies it, and noise."""
    rng = np.random.default_rng(seed)
    level = 50 + rng.normal(size=length).cumsum()
    return level * (1 + 0.3 * np.sin(2 * np.pi * np.arange(length) / m)) + rng.normal(size=length)


def mixed(seed: int = 0) -> tuple[Floats, Whole, Flags]:
    """Series of every kind: seasonal, short, with gaps, cut, negative, sparse, constant, one value, none."""
    rng = np.random.default_rng(seed)
    gaps = seasonal(60, seed + 1)
    gaps[[3, 20, 21, 59]] = np.nan
    sparse = np.where(rng.random(50) < 0.2, rng.integers(1, 5, 50), 0).astype(float)
    kinds = [seasonal(80, seed), gaps, rng.normal(size=33), sparse, np.full(25, 4.0), np.array([7.0]), np.empty(0)]
    kinds += [np.zeros(9), np.full(5, np.nan), seasonal(41, seed + 2), seasonal(12, seed + 3)]
    y, offsets, cut = joined(kinds)
    cut[40:45] = True
    return y, offsets, cut


def fitted(y: Floats, offsets: Whole, cut: Flags, seasons: tuple[int, ...] = (7,), horizon: int = 5) -> Bank:
    return fit_bank(y, offsets, cut, seasons, horizon)
