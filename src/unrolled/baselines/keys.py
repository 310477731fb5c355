"""A baseline of chords: each key by how often it sounds, or by whether it sounded in the frame before.

    p(x_t = 1) = c₁ / (c₀ + c₁)      or      p(x_t = 1 | x_{t-1}) = c(x_{t-1}, 1) / c(x_{t-1}, ·)

with a half added to every count, the second for each key with its own past alone; before the first frame is silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Predictions
from unrolled.data.corpus import FrameCorpus
from unrolled.errors import InputError

__all__ = ["Frames", "KeyChances", "frames_before", "log_odds"]

Frames = NDArray[np.bool_]


@dataclass(frozen=True)
class KeyChances:
    """The chance (2, K) of each key to sound after a frame in which it did not, and did."""

    chances: NDArray[np.float64]

    @classmethod
    def fit(cls, train: FrameCorpus, valid: FrameCorpus) -> "KeyChances":
        """Count both on the pieces of ``train``, and keep the one that is better on ``valid``."""
        counts = np.zeros((2, 2, train.pieces[0].shape[1]))  # before, now
        for piece in train.pieces:
            before = frames_before(piece)
            for b in (0, 1):
                for n in (0, 1):
                    counts[b, n] += ((before == b) & (piece == n)).sum(axis=0)
        alone = np.broadcast_to(counts.sum(axis=0), counts.shape)
        both = [cls((c[:, 1] + 0.5) / (c.sum(axis=1) + 1)) for c in (alone, counts)]
        return min(both, key=lambda chances: chances.loss(valid))

    @property
    def name(self) -> str:
        """Which of the two it is."""
        return "note frequencies" if (self.chances[0] == self.chances[1]).all() else "notes given the last frame"

    def chances_after(self, frames: Frames) -> NDArray[np.float64]:
        """The chances (T, K) of each key to sound after each of these frames (T, K)."""
        chances: NDArray[np.float64] = np.where(frames, self.chances[1], self.chances[0])
        return chances

    def log_odds(self, piece: Frames) -> NDArray[np.float64]:
        """The log-odds (T, K) of each key of a piece (T, K) at each step."""
        return log_odds(self.chances_after(frames_before(piece)))

    def surprise(self, piece: Frames) -> NDArray[np.float64]:
        """Nats (T,) of each frame of a piece (T, K)."""
        scores = self.log_odds(piece)
        nats: NDArray[np.float64] = np.logaddexp(0, np.where(piece, -scores, scores)).sum(axis=1)
        return nats

    def loss(self, part: FrameCorpus) -> float:
        """Mean nats per frame."""
        return sum(float(self.surprise(piece).sum()) for piece in part.pieces) / len(part)

    def predictions(self, part: FrameCorpus) -> Predictions:
        """The log-odds (T, K) of each piece, and its frames."""
        return ((self.log_odds(piece), piece) for piece in part.pieces)

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """The arrays that `from_arrays` reads."""
        return {"chances": self.chances}

    @classmethod
    def from_arrays(cls, stored: Mapping[str, NDArray[np.generic]], keys: int) -> "KeyChances":
        """The inverse of `arrays`; InputError where they are damaged."""
        chances = stored.get("chances")
        if chances is None or chances.shape != (2, keys) or chances.dtype != np.float64:
            raise InputError(f"the baseline's arrays are {sorted(stored)[:5]}; expected chances, float64 (2, {keys})")
        exact = chances.astype(np.float64)
        if not ((exact > 0) & (exact < 1)).all():
            raise InputError("the baseline's chances reach from 0 to 1; expected what lies between")
        return cls(exact)


def log_odds(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log-odds of chances between 0 and 1."""
    odds: NDArray[np.float64] = np.log(chances) - np.log1p(-chances)
    return odds


def frames_before(piece: Frames) -> Frames:
    """The frame before each frame of a piece (T, K)."""
    return np.concatenate([np.zeros((1, piece.shape[1]), bool), piece[:-1]])
