"""Sound from one sampling rate to another, whole or as it comes.

A sample of the output is a sum of input samples around its moment, weighted by a sinc under a Kaiser window (Smith
2002, "Digital Audio Resampling"); the pattern of moments repeats after ``up`` of them, so ``up`` sets of weights do.
"""

from math import gcd

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["RATES", "Resampler"]

RATES = (4_000, 192_000)
"""The lowest and the highest sampling rate that is read, in Hz."""

_ZEROS = 32  # crossings of the sinc on each side
_CUTOFF = 0.92  # of the lower Nyquist frequency: with this window 80 dB are reached at 1
_BETA = 7.86
_BLOCK = 4_096  # outputs at a time


class Resampler:
    """Feed samples (N,) at ``source`` Hz in any pieces; those at ``target`` Hz are the same however they are cut."""

    def __init__(self, source: int, target: int) -> None:
        for rate in (source, target):
            if not RATES[0] <= rate <= RATES[1]:
                raise InputError(f"a sampling rate of {rate} Hz; expected {RATES[0]:,} to {RATES[1]:,}")
        shared = gcd(source, target)
        self.up, self.down = target // shared, source // shared
        self._weights = _weights(self.up, self.down)  # (up, taps)
        self._before = self._weights.shape[1] // 2 - 1
        self._held = np.zeros(self._before, np.float32)  # from input sample `_first` on
        self._first, self._received, self._made = -self._before, 0, 0

    def feed(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """What can be said of the output so far."""
        self._received += len(samples)
        self._held = np.concatenate([self._held, samples])
        last = (
            self._first + len(self._held) - self._weights.shape[1] + self._before
        )  # input sample with all its neighbours
        return self._make(max(self._made, (last * self.up + self.up - 1) // self.down + 1))

    def finish(self) -> NDArray[np.float32]:
        """The rest: ``ceil(received * target / source)`` samples in all, silence taken to follow."""
        self._held = np.concatenate([self._held, np.zeros(self._before + 1, np.float32)])
        return self._make(-(-self._received * self.up // self.down))

    def _make(self, end: int) -> NDArray[np.float32]:
        made = np.empty(end - self._made, np.float32)
        taps = np.arange(self._weights.shape[1])
        for start in range(0, len(made), _BLOCK):
            moments = np.arange(self._made + start, min(end, self._made + start + _BLOCK)) * self.down
            at = moments // self.up - self._before - self._first
            products = self._held[at[:, None] + taps] * self._weights[moments % self.up]  # (block, taps)
            made[start : start + len(at)] = products.sum(1)
        self._made = end
        passed = end * self.down // self.up - self._before - self._first
        self._held, self._first = self._held[max(passed, 0) :], self._first + max(passed, 0)
        return made


def _weights(up: int, down: int) -> NDArray[np.float64]:
    """(up, taps): row r weighs the input samples around a moment r / up after the middle one; rows sum to 1."""
    cutoff = _CUTOFF * min(1.0, up / down)  # of the input's Nyquist frequency
    half = int(np.ceil(_ZEROS / cutoff))
    moments = np.arange(up)[:, None] / up - np.arange(-half + 1, half + 1)
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (moments / half) ** 2, 0, 1)))
    weights = np.sinc(cutoff * moments) * window
    normal: NDArray[np.float64] = weights / weights.sum(1, keepdims=True)
    return normal
