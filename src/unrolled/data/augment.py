"""Random changes of inputs while training: words are hidden, sounds become those of another speaker, room or day.

Pure functions of one encoded input; ``rng`` alone decides the change. Features (T, D) are log-mel filter
banks, each band with mean 0 and variance 1 over the training part; ``amount`` is how far a change may go.
"""

import numpy as np
from numpy.typing import NDArray

from unrolled.text.tokens import UNKNOWN

__all__ = ["augment", "colour", "gain", "hide_words", "mask", "stretch", "vary"]

HIDDEN = 0.1  # share of the words
Features = NDArray[np.float32]


def hide_words(ids: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Some words (T,) become unknown (Iyyer et al. 2015), so that the vector of the unknown word is learnt, too."""
    return np.where(rng.random(len(ids)) < HIDDEN, UNKNOWN, ids)


def augment(features: Features, rng: np.random.Generator) -> Features:
    """Another tempo, distance and room, and gaps: features (T, D) → (T′, D).

    Tried: bands moved as by a longer vocal tract (Jaitly & Hinton 2013) made digits of new speakers worse.
    """
    return mask(colour(gain(stretch(features, rng), rng), rng), rng)


def stretch(features: Features, rng: np.random.Generator, amount: float = 0.15) -> Features:
    """Spoken up to ``amount`` slower or faster: (T, D) → (T′, D), steps between steps on straight lines."""
    length = max(1, round(len(features) * rng.uniform(1 - amount, 1 + amount)))
    return _between(features, np.linspace(0, len(features) - 1, length))


def gain(features: Features, rng: np.random.Generator, amount: float = 0.3) -> Features:
    """All bands louder or softer by the same normal variable of deviation ``amount``, in deviations of a band."""
    return features + np.float32(rng.normal(0, amount))


def colour(features: Features, rng: np.random.Generator, amount: float = 0.4) -> Features:
    """Another room and microphone: a curve over the bands, of deviation ``amount`` at 4 of them, lines between."""
    bands = features.shape[1]
    curve = np.interp(np.arange(bands), np.linspace(0, bands - 1, 4), rng.normal(0, amount, 4))
    return features + curve.astype(np.float32)


def mask(features: Features, rng: np.random.Generator, steps: int = 6, bands: int = 5) -> Features:
    """Two gaps of up to ``steps`` steps, together at most half, and two of up to ``bands`` bands (Park et al. 2019)."""
    masked = features.copy()
    for axis, longest in ((masked, min(steps, len(masked) // 4)), (masked.T, min(bands, masked.shape[1] // 4))):
        for _ in range(2):
            size = int(rng.integers(0, longest + 1))
            start = int(rng.integers(0, len(axis) - size + 1))
            axis[start : start + size] = 0  # the mean of the training part
    return masked


def _between(rows: NDArray[np.float32], places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Rows (N, D) read at places (M,) between 0 and N - 1 → (M, D)."""
    below = np.minimum(places.astype(np.int64), max(len(rows) - 2, 0))
    above = np.minimum(below + 1, len(rows) - 1)
    share = (places - below)[:, None].astype(np.float32)
    mixed: NDArray[np.float32] = rows[below] * (1 - share) + rows[above] * share
    return mixed


def vary(series: Features, rng: np.random.Generator) -> Features:
    """A series (T, D) at another tempo, from another sensor, with noise: (T, D) → (T′, D)."""
    scaled = stretch(series, rng, 0.1) * rng.normal(1, 0.1, (1, series.shape[1])).astype(np.float32)
    noisy: Features = scaled + rng.normal(0, 0.03, scaled.shape).astype(np.float32)
    return noisy
