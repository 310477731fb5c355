"""Sound as log-mel filter banks, each band brought to mean 0 and variance 1 over the training part."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.batches import pad
from unrolled.errors import InputError
from unrolled.inputs.base import Document
from unrolled.inputs.numbers import Numbers
from unrolled.settings import check
from unrolled.sources.audio import read_clip
from unrolled.sources.filter_banks import FilterBanks, FilterBankStream

__all__ = ["Sound", "Sounding"]

_HIGHEST_RATE = 16_000  # Hz; speech has little above half of it

Clip = tuple[NDArray[np.float32], int]


class Sound:
    """A clip (samples, rate), its path, or the bytes of its file → (T, bins)."""

    vocabulary = 0

    def __init__(self, banks: FilterBanks, numbers: Numbers) -> None:
        self.banks, self.numbers = banks, numbers

    @classmethod
    def fit(cls, clips: Sequence[Clip]) -> "Sound":
        """Learn mean and spread of each band; the rate is the most frequent one, or 16 kHz where that is higher."""
        rate = min(Counter(rate for _, rate in clips).most_common(1)[0][0], _HIGHEST_RATE)
        banks = FilterBanks(rate=rate)
        return cls(banks, Numbers.fit([banks.features(*clip) for clip in clips]))

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> "Sound":
        """From what `saved` gave; InputError for anything else."""
        numbers, saved = Numbers.restored(arrays), arrays["banks"].ravel().tolist()
        try:
            banks = FilterBanks(*map(int, saved[:2]), *saved[2:])
        except TypeError:
            raise InputError(f"the encoder of sound has {len(saved)} filter bank settings") from None
        check(banks)
        if numbers.width != banks.bins:
            raise InputError(f"the encoder of sound has {banks.bins} bins, but the mean of {numbers.width}")
        return cls(banks, numbers)

    def saved(self) -> tuple[Mapping[str, NDArray[Any]], Mapping[str, str]]:
        return {**self.numbers.saved()[0], "banks": np.array(astuple(self.banks), np.float64)}, {}

    @property
    def width(self) -> int:
        return self.banks.bins

    @property
    def features(self) -> int:
        return self.numbers.features

    def encode(self, given: Any) -> NDArray[np.float32]:
        """(T, bins); InputError for what is no sound, or shorter than one window."""
        clip = read_clip(given) if isinstance(given, str | Path | bytes) else given
        if not isinstance(clip, tuple) or len(clip) != 2:
            raise InputError(f"the input is {type(given).__name__}; expected a recording's path, or (samples, rate)")
        return self.numbers.encode(self.banks.features(*clip))

    def names(self, given: Any) -> list[str]:
        """Seconds."""
        return [f"{step * self.banks.step:.2f}" for step in range(len(self.encode(given)))]

    def collate(self, encoded: Sequence[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        return pad(encoded)

    def document(self, encoded: Any) -> Document:
        """Mean and standard deviation of each band over time."""
        return self.numbers.document(encoded)

    def sounding(self) -> "Sounding":
        """For sound that comes piece by piece."""
        return Sounding(self)


class Sounding:
    """Samples in, steps (T, bins) out."""

    def __init__(self, sound: Sound) -> None:
        self._sound = sound
        self._stream: FilterBankStream | None = None
        self._rate = 0

    def anew(self) -> "Sounding":
        """Another that has heard nothing."""
        return Sounding(self._sound)

    def feed(self, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        """Samples (N,) in -1 … 1 at ``rate`` Hz → the steps that are complete with them; one rate for a whole sound."""
        if self._stream is None:
            self._stream, self._rate = self._sound.banks.stream(rate), rate
        if rate != self._rate:
            raise InputError(f"rate is {rate}; the sound began with {self._rate}: send reset to begin another")
        frames = self._stream.feed(samples)
        return self._sound.numbers.encode(frames) if len(frames) else frames
