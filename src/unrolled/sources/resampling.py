"""Resampling: sound from one sampling rate to another, whole or in chunks.

An output sample is a sum of the input samples around it, weighted by a sinc under a Kaiser window (Smith 2002, "Digital
Audio Resampling"). Positions between input samples repeat after ``up`` outputs, so ``up`` sets of weights suffice.
Where they would be too many, as for 191,999 Hz, the weights lie between those of the two nearest of fewer positions,
which is right to 100 dB. Tables are shared, and few are kept: no stream holds one.
"""

from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, log2

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["RATES", "Resampler"]

RATES = (4_000, 192_000)
"""The lowest and the highest sampling rate that is read, in Hz."""

_ZEROS = 32  # crossings of the sinc on each side
_CUTOFF = 0.92  # of the lower Nyquist frequency: with this window 80 dB are reached at 1
_BETA = 7.86
_WEIGHTS = 1 << 16  # of a table, at most: the usual rates need less
_BETWEEN = 512  # positions from one crossing of the sinc to the next, where weights are interpolated
_CUTOFFS = 16  # an octave that interpolated tables are made for, so that rates share them
_TABLES = 16
_PRODUCTS = 1 << 18  # computed at a time


class Resampler:
    """Turns samples (N,) at ``source`` Hz into samples at ``target`` Hz, the same for any cut into chunks."""

    def __init__(self, source: int, target: int) -> None:
        for rate in (source, target):
            if not RATES[0] <= rate <= RATES[1]:
                raise InputError(f"a sampling rate of {rate} Hz; expected {RATES[0]:,} to {RATES[1]:,}")
        self.down, self.up = Fraction(source, target).as_integer_ratio()
        self._cutoff, self._rows = min(1.0, target / source), self.up
        if self.up * 2 * _half(self._cutoff) > _WEIGHTS:
            self._cutoff = 2 ** (floor(_CUTOFFS * log2(self._cutoff)) / _CUTOFFS)
            self._rows = ceil(_BETWEEN * self._cutoff)
        self._taps = 2 * _half(self._cutoff)
        self._before = self._taps // 2 - 1
        self._held = np.zeros(self._before, np.float32)  # from input sample `_first` on
        self._first, self._received, self._produced = -self._before, 0, 0

    def feed(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take more input; returns the output that it completes."""
        self._received += len(samples)
        self._held = np.concatenate([self._held, samples])
        last = self._first + len(self._held) - self._taps + self._before  # input sample with all its neighbours
        return self._produce(max(self._produced, (last * self.up + self.up - 1) // self.down + 1))

    def finish(self) -> NDArray[np.float32]:
        """The rest of the output, as if silence followed: ``ceil(received * up / down)`` samples in all."""
        self._held = np.concatenate([self._held, np.zeros(self._before + 1, np.float32)])
        return self._produce(-(-self._received * self.up // self.down))

    def _produce(self, end: int) -> NDArray[np.float32]:
        output = np.empty(end - self._produced, np.float32)
        taps = np.arange(self._taps)
        block = max(_PRODUCTS // len(taps), 1)
        for start in range(0, len(output), block):
            positions = np.arange(self._produced + start, min(end, self._produced + start + block)) * self.down
            at = positions // self.up - self._before - self._first
            products = self._held[at[:, None] + taps] * self._weights(positions % self.up)  # (block, taps)
            output[start : start + len(at)] = products.sum(1)
        self._produced = end
        passed = end * self.down // self.up - self._before - self._first
        self._held, self._first = self._held[max(passed, 0) :], self._first + max(passed, 0)
        return output

    def _weights(self, parts: NDArray[np.int64]) -> NDArray[np.float64]:
        """(N, taps): the weights for positions ``parts`` / up after an input sample."""
        weights = _table(self._rows, self._cutoff)
        if self._rows == self.up:
            return weights[parts]
        rows, rest = np.divmod(parts * self._rows, self.up)
        interpolated: NDArray[np.float64] = weights[rows]
        interpolated += (rest / self.up)[:, None] * (weights[rows + 1] - interpolated)
        return interpolated


def _half(cutoff: float) -> int:
    """How many input samples on each side have weight, where this share of their frequencies passes."""
    return ceil(_ZEROS / (_CUTOFF * cutoff))


@lru_cache(maxsize=_TABLES)
def _table(rows: int, cutoff: float) -> NDArray[np.float64]:
    """(rows + 1, taps): row r weighs the input samples around a position r / rows after the middle one; sums are 1."""
    half = _half(cutoff)
    positions = np.arange(rows + 1)[:, None] / rows - np.arange(-half + 1, half + 1)
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (positions / half) ** 2, 0, 1)))
    weights = np.sinc(_CUTOFF * cutoff * positions) * window
    normal: NDArray[np.float64] = weights / weights.sum(1, keepdims=True)
    return normal
