"""The baseline of chords: keys by themselves, or an n-gram over whole frames that falls back on them.

    p(x_t = 1 | the last n - 1 frames) = (c(1) + s p(x_t = 1 | the last n - 2 frames)) / (c + s)

for each key, with counts c of what followed the same frames in training, and p of `KeyChances` at the end (n = 1). The
strength s and the longest n are chosen on the validation part; before the first frame is silence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Arrays, Baseline, BaselineKind, Predictions, Sizes
from unrolled.baselines.keys import Frames, KeyChances, frames_before, log_odds
from unrolled.data.corpus import FrameCorpus
from unrolled.errors import InputError

__all__ = ["CHORDS", "CONTEXT", "FrameGrams"]

ORDERS, STRENGTHS = (2, 3, 4), (0.3, 1.0, 3.0, 10.0)
CONTEXT = max(ORDERS) - 1
"""How many of the last frames a baseline looks at, at most."""
MOST = 50_000  # frames that are counted

Counts = tuple[dict[bytes, int], NDArray[np.float64], NDArray[np.float64]]
"""The row of each context, how often it was there (M,), and how often each key sounded after it (M, K)."""


@dataclass(frozen=True)
class FrameGrams:
    """What followed the last ``order`` - 1 frames in ``pieces``, and how much fewer frames count (``strength``)."""

    pieces: tuple[Frames, ...]
    keys: KeyChances
    order: int
    strength: float

    @property
    def name(self) -> str:
        """Its name, for people."""
        return f"{self.order}-gram over frames"

    @cached_property
    def counts(self) -> list[Counts]:
        """Those after 1, 2, … frames."""
        return [self._counts(length) for length in range(1, self.order)]

    def chances_after(self, frames: Frames) -> NDArray[np.float64]:
        """The chances (T, K) of each key to sound after each of these frames (T, K), before which is silence."""
        chances = self.keys.chances_after(frames)
        for length, (rows, seen, sounding) in enumerate(self.counts, 1):
            found = np.array([rows.get(context, len(seen) - 1) for context in _contexts(frames, length)], np.int64)
            chances = (sounding[found] + self.strength * chances) / (seen[found, None] + self.strength)
        return chances

    def log_odds(self, piece: Frames) -> NDArray[np.float64]:
        """The log-odds (T, K) of each key of a piece (T, K) at each step."""
        return log_odds(self.chances_after(frames_before(piece)))

    def loss(self, part: FrameCorpus) -> float:
        """Mean nats per frame."""
        nats = (np.logaddexp(0, np.where(piece, -odds, odds)).sum() for odds, piece in self.predictions(part))
        return float(sum(nats)) / len(part)

    def predictions(self, part: FrameCorpus) -> Predictions:
        """The log-odds (T, K) of each piece, and its frames."""
        return ((self.log_odds(piece), piece) for piece in part.pieces)

    def arrays(self) -> Arrays:
        """The arrays that `_restore` reads."""
        return {
            **self.keys.arrays(),
            "frames": np.packbits(np.concatenate(self.pieces), axis=1),
            "lengths": np.array([len(piece) for piece in self.pieces]),
            "order": np.array([self.order]),
            "strength": np.array([self.strength]),
        }

    def _counts(self, length: int) -> Counts:
        rows = dict[bytes, int]()
        contexts = (context for piece in self.pieces for context in _contexts(frames_before(piece), length))
        numbers = [rows.setdefault(context, len(rows)) for context in contexts]
        seen, sounding = np.zeros(len(rows) + 1), np.zeros((len(rows) + 1, self.pieces[0].shape[1]))
        np.add.at(seen, numbers, 1)
        np.add.at(sounding, numbers, np.concatenate(self.pieces))
        return rows, seen, sounding  # the last row is that of contexts never seen


def _contexts(frames: Frames, length: int) -> Iterator[bytes]:
    """The ``length`` frames that end with each of these (T, K)."""
    packed = np.packbits(frames, axis=1)
    width, content = packed.shape[1], bytes(packed.shape[1] * (length - 1)) + packed.tobytes()
    return (content[width * step : width * (step + length)] for step in range(len(frames)))


def _fit(train: FrameCorpus, valid: FrameCorpus, sizes: Sizes) -> Baseline:
    """The better of both on the validation part."""
    keys, frames, pieces = KeyChances.fit(train, valid), 0, list[Frames]()
    for piece in train.pieces:
        if frames + len(piece) <= MOST:
            pieces.append(piece)
            frames += len(piece)
    tried: list[Baseline] = [keys]
    if frames:
        tried += [FrameGrams(tuple(pieces), keys, *both) for both in product(ORDERS, STRENGTHS)]
    return min(tried, key=lambda baseline: baseline.loss(valid))


def _restore(arrays: Arrays, sizes: Sizes) -> Baseline:
    keys = KeyChances.from_arrays(arrays, sizes.outcomes)
    if "frames" not in arrays:
        return keys
    packed, lengths, order, strength = (arrays.get(name) for name in ("frames", "lengths", "order", "strength"))
    width = -(-sizes.outcomes // 8)
    if packed is None or lengths is None or order is None or strength is None:
        raise InputError(f"the baseline's arrays are {sorted(arrays)[:9]}; expected frames, lengths, order, strength")
    if packed.dtype != np.uint8 or packed.ndim != 2 or packed.shape[1] != width or not 0 < len(packed) <= MOST:
        raise InputError(f"the baseline's frames are {packed.dtype} {packed.shape}; expected uint8 (N, {width})")
    if lengths.dtype.kind != "i" or lengths.ndim != 1 or (lengths < 1).any() or (lengths > MOST).any():
        raise InputError("the baseline's lengths are damaged; expected whole numbers above 0")
    if lengths.sum() != len(packed):
        raise InputError(f"the baseline's lengths are {lengths.sum()} together; expected {len(packed)}")
    if order.shape != (1,) or order.dtype.kind != "i" or order[0] not in ORDERS:
        raise InputError(f"the baseline's order is {order!r:.80}; expected one of {', '.join(map(str, ORDERS))}")
    if strength.shape != (1,) or strength.dtype != np.float64 or strength[0] not in STRENGTHS:
        raise InputError(f"the baseline's strength is {strength!r:.80}; expected one of {STRENGTHS}")
    frames = np.unpackbits(packed, axis=1, count=sizes.outcomes).astype(bool)
    pieces = np.split(frames, np.cumsum(lengths)[:-1])
    return FrameGrams(tuple(pieces), keys, int(order[0]), float(strength[0]))


CHORDS = BaselineKind(_fit, _restore)
"""The better of both as the baseline of a corpus of frames."""
