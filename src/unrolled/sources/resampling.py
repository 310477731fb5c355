"""Resampling: sound from one sampling rate to another, whole or in chunks.

An output sample is a sum of the input samples around it, weighted by a sinc under a Kaiser window (Smith 2002, "Digital
Audio Resampling"). Positions between input samples repeat after ``up`` outputs, so ``up`` sets of weights suffice.
Where they would be too many, as for 191,999 Hz, the nearest ratio of smaller numbers stands for that of the rates: it
differs by less than 0.02 %, which nobody hears.
"""

from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["RATES", "Resampler"]

RATES = (4_000, 192_000)
"""The lowest and the highest sampling rate that is read, in Hz."""

_ZEROS = 32  # crossings of the sinc on each side
_CUTOFF = 0.92  # of the lower Nyquist frequency: with this window 80 dB are reached at 1
_BETA = 7.86
_WEIGHTS = 1 << 18  # at most; the usual rates need a fifth of it
_PRODUCTS = 1 << 18  # computed at a time


class Resampler:
    """Turns samples (N,) at ``source`` Hz into samples at ``target`` Hz, the same for any cut into chunks."""

    def __init__(self, source: int, target: int) -> None:
        for rate in (source, target):
            if not RATES[0] <= rate <= RATES[1]:
                raise InputError(f"a sampling rate of {rate} Hz; expected {RATES[0]:,} to {RATES[1]:,}")
        most = _WEIGHTS // (2 * _half(target / source))
        self.down, self.up = Fraction(source, target).limit_denominator(most).as_integer_ratio()
        self._weights = _weights(self.up, self.down)  # (up, taps)
        self._before = self._weights.shape[1] // 2 - 1
        self._held = np.zeros(self._before, np.float32)  # from input sample `_first` on
        self._first, self._received, self._produced = -self._before, 0, 0

    def feed(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take more input; returns the output that it completes."""
        self._received += len(samples)
        self._held = np.concatenate([self._held, samples])
        last = (
            self._first + len(self._held) - self._weights.shape[1] + self._before
        )  # input sample with all its neighbours
        return self._produce(max(self._produced, (last * self.up + self.up - 1) // self.down + 1))

    def finish(self) -> NDArray[np.float32]:
        """The rest of the output, as if silence followed: ``ceil(received * up / down)`` samples in all."""
        self._held = np.concatenate([self._held, np.zeros(self._before + 1, np.float32)])
        return self._produce(-(-self._received * self.up // self.down))

    def _produce(self, end: int) -> NDArray[np.float32]:
        output = np.empty(end - self._produced, np.float32)
        taps = np.arange(self._weights.shape[1])
        block = max(_PRODUCTS // len(taps), 1)
        for start in range(0, len(output), block):
            positions = np.arange(self._produced + start, min(end, self._produced + start + block)) * self.down
            at = positions // self.up - self._before - self._first
            products = self._held[at[:, None] + taps] * self._weights[positions % self.up]  # (block, taps)
            output[start : start + len(at)] = products.sum(1)
        self._produced = end
        passed = end * self.down // self.up - self._before - self._first
        self._held, self._first = self._held[max(passed, 0) :], self._first + max(passed, 0)
        return output


def _half(ratio: float) -> int:
    """How many input samples on each side have weight, where the rates have this ratio."""
    return int(np.ceil(_ZEROS / (_CUTOFF * min(1.0, ratio))))


@lru_cache(maxsize=8)
def _weights(up: int, down: int) -> NDArray[np.float64]:
    """(up, taps): row r weighs the input samples around a position r / up after the middle one; rows sum to 1."""
    cutoff = _CUTOFF * min(1.0, up / down)  # of the input's Nyquist frequency
    half = _half(up / down)
    positions = np.arange(up)[:, None] / up - np.arange(-half + 1, half + 1)
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (positions / half) ** 2, 0, 1)))
    weights = np.sinc(cutoff * positions) * window
    normal: NDArray[np.float64] = weights / weights.sum(1, keepdims=True)
    return normal
