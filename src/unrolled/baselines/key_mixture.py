"""A network and a baseline of chords mixed, with a weight chosen on music that neither has learnt from.

    log-odds of a key = w log-odds_network + (1 - w) log-odds_baseline

The logarithmic opinion pool (Genest & Zidek 1986) of each key by itself. One weight w for all keys, the most probable
one for that music where w is normal around a half before any of it was heard: with few frames it stays near a half.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Baseline, Predictions
from unrolled.baselines.frames import CONTEXT
from unrolled.baselines.keys import Frames, log_odds
from unrolled.data.corpus import FrameCorpus
from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json, to_json

__all__ = ["KeyMixture", "KeyWeight"]

DEVIATION = 0.25  # of w around a half, before any music was heard
HALVINGS = 14  # of the range in which w lies: to four digits

Odds = NDArray[np.floating]


class KeyBaseline(Protocol):
    """A baseline of chords."""

    def chances_after(self, frames: Frames) -> NDArray[np.float64]:
        """The chances (T, K) of each key to sound after each of these frames (T, K), before which is silence."""


@dataclass(frozen=True)
class KeyWeight:
    """The ``network``'s weight w; ``loss`` is the mixture's in nats per frame, on the music that it was chosen on."""

    network: float
    loss: float
    most: ClassVar[int] = 20_000
    """Frames at most that it is chosen on."""

    @classmethod
    def chosen(cls, network: Predictions, baseline: Baseline, part: FrameCorpus) -> "KeyWeight":
        """The weight for a part, of which the ``network`` predicts log-odds."""
        own = np.concatenate([odds for odds, _ in network]).astype(np.float64)
        other = np.concatenate([odds for odds, _ in baseline.predictions(part)])
        return cls.fit(own, other, np.concatenate(part.pieces))

    @classmethod
    def fit(cls, network: Odds, baseline: Odds, frames: Frames) -> "KeyWeight":
        """The weight for the log-odds (T, K) of both and the frames (T, K) that came.

        What it minimises is convex in w, so that w is found by halving the range in which the slope changes its sign.
        """
        low, high, apart = 0.0, 1.0, network - baseline
        for _ in range(HALVINGS):
            weight = (low + high) / 2
            chances = np.exp(-np.logaddexp(0, -(baseline + weight * apart)))
            slope = float(((chances - frames) * apart).sum()) + (weight - 0.5) / DEVIATION**2
            low, high = (low, weight) if slope > 0 else (weight, high)
        weight = (low + high) / 2
        mixed = baseline + weight * apart
        return cls(weight, float(np.logaddexp(0, np.where(frames, -mixed, mixed)).sum(axis=1).mean()))

    def mixture(self, baseline: Callable[[], Baseline]) -> "KeyMixture":
        """The mixture with this weight."""
        return KeyMixture(self.network, cast(Callable[[], KeyBaseline], baseline))

    def to_json(self) -> str:
        """One JSON object, the form of `mixture.json`."""
        return to_json({"network": self.network, "loss": self.loss}, "the mixture", indent=1)

    @classmethod
    def from_json(cls, text: str, where: str) -> "KeyWeight":
        """Read what `to_json` wrote; InputError, beginning with ``where``, for anything else."""
        saved = parse_json(text.encode(errors="surrogatepass"), where)
        if not isinstance(saved, dict) or saved.keys() != {"network", "loss"}:
            raise InputError(f"{where}: expected an object with network and loss")
        network, loss = saved["network"], saved["loss"]
        if not (isinstance(network, float) and 0 <= network <= 1 and isinstance(loss, float) and loss >= 0):
            raise InputError(f"{where}: expected a network's weight from 0 to 1 and a loss of at least 0")
        return cls(network, loss)


@dataclass(frozen=True)
class KeyMixture:
    """Mixes log-odds; ``baseline`` is asked for when it is first needed, as it may have to be read."""

    network: float
    baseline: Callable[[], KeyBaseline]
    context: ClassVar[int] = CONTEXT
    of_scores: ClassVar[bool] = True

    def mixed_after(self, network: NDArray[np.float32], recent: NDArray[Any]) -> NDArray[np.float32]:
        """The network's log-odds (K,) after the ``recent`` frames (n, K), mixed with the baseline's."""
        silence = np.zeros((self.context - len(recent), len(network)), bool)  # always as many: always the same bits
        row: NDArray[np.float32] = self.mixed_along(network[None], np.concatenate([silence, recent]))[0]
        return row

    def mixed_along(self, network: NDArray[np.float32], frames: NDArray[Any]) -> NDArray[np.float32]:
        """`mixed_after` for log-odds (n, K), each after one of the last n of the ``frames`` (T, K)."""
        odds = log_odds(self.baseline().chances_after(frames != 0)[len(frames) - len(network) :])
        mixed: NDArray[np.float32] = (self.network * network + (1 - self.network) * odds).astype(np.float32)
        return mixed
