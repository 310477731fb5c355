"""Sound as log-mel filter banks, each band brought to mean 0 and variance 1 over the training part."""

import base64
import binascii
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from unrolled.data.augment import augment
from unrolled.errors import InputError
from unrolled.inputs.base import Arrays, Document, Input, Keys, Steps, stored
from unrolled.inputs.features import Features, Fixed, moments
from unrolled.inputs.numbers import Scale
from unrolled.inputs.ruler import Ruler
from unrolled.settings import check
from unrolled.sources.audio import SUFFIXES, read_clip
from unrolled.sources.filter_banks import FilterBanks, FilterBankStream
from unrolled.sources.in_memory import is_clip, is_collection
from unrolled.storage.model_folder import ModelFolder

__all__ = ["LiveSound", "Sound"]

_PARTS = 4, 8  # of time, for a baseline
_WINDOW = 9  # steps of a convolution: with it, 81 % of the digits of new speakers were right, without it 73 %
_WIDEST = 1_000
_HIGHEST_RATE = 16_000  # Hz; speech has little above half of it
_USUAL_RATE = 16_000  # of a message that does not say it

Clip = tuple[NDArray[np.float32], int]


class Sound(Input):
    """A clip (samples, rate), its path, or the bytes of its file → (T, bins)."""

    kind = "sound"
    kept = "the loudness of each band of pitch every hundredth of a second"
    dropout = 0.5
    stored_as_file = True
    suffixes = SUFFIXES
    raw_example: ClassVar[Any] = None
    noun = "recording"
    media_types = ("audio/wav", "audio/flac", "audio/ogg", "audio/mpeg", "audio/aiff", "audio/basic")
    message_keys: ClassVar[Keys] = {"samples": (str,), "rate": (int,), "reset": (bool,)}
    message_characters = 4_000  # 48,000 samples a second are 128,000 characters
    vocabulary = 0
    banks: FilterBanks
    scale: Scale

    def learn(self, raw: Any) -> None:
        """Learn mean and spread of each band; the rate is the most frequent one, or 16 kHz where that is higher."""
        rate = min(Counter(rate for _, rate in raw).most_common(1)[0][0], _HIGHEST_RATE)
        self.banks = FilterBanks(rate=rate)
        self.scale = Scale.of([self.banks.features(*clip) for clip in raw])
        self.convolution = _WINDOW

    def saved(self) -> tuple[Arrays, dict[str, str]]:
        """Mean, scale, the settings of the filter banks, and the steps of a convolution."""
        banks = np.array(astuple(self.banks), np.float64)
        return {**self.scale.arrays(), "banks": banks, "convolution": np.array([self.convolution], np.int64)}, {}

    def restore(self, folder: ModelFolder) -> None:
        """Take scale and filter banks from a model folder."""
        arrays = folder.tensors("encoder")
        window = arrays.get("convolution", np.zeros(1, np.int64))  # version 0.1.0 had none
        if window.shape != (1,) or window.dtype != np.int64 or not 0 <= window[0] <= _WIDEST:
            raise InputError(f"the encoder's convolution is {window!r:.80}; expected a whole number to {_WIDEST:,}")
        self.convolution = int(window[0])
        self.scale, saved = Scale.restored(arrays, self.kind), stored(arrays, "banks", self.kind).ravel().tolist()
        try:
            self.banks = FilterBanks(*map(int, saved[:2]), *saved[2:])
        except TypeError:
            raise InputError(f"the encoder of sound has {len(saved)} filter bank settings") from None
        check(self.banks)
        if len(self.scale.mean) != self.banks.bins:
            raise InputError(f"the encoder of sound has {self.banks.bins} bins, but the mean of {len(self.scale.mean)}")

    @property
    def width(self) -> int:
        """The number of bands."""
        return self.banks.bins

    @property
    def features(self) -> Sequence[Features]:
        """Mean and spread of each band over time, also of four and eight parts."""
        parts = [
            Fixed(f"mean and spread of {n} parts", partial(moments, parts=n), 2 * n * self.width, scaled=True)
            for n in _PARTS
        ]
        return Fixed("mean and spread", self.document, 2 * self.width, scaled=True), *parts

    def is_one(self, raw: Any) -> bool:
        """A path, bytes, or a clip (samples, rate)."""
        return is_clip(raw) or not is_collection(raw)

    def encode(self, raw: Any) -> NDArray[np.float32]:
        """Steps (T, bins); InputError for what is no sound, or is shorter than one window."""
        clip = read_clip(raw) if isinstance(raw, str | Path | bytes) else raw
        if not isinstance(clip, tuple) or len(clip) != 2:
            raise InputError(f"the input is {type(raw).__name__}; expected a recording's path, or (samples, rate)")
        return self.scale.normal(self.banks.features(*clip))

    def names(self, raw: Any) -> list[str]:
        """The time of each step in seconds."""
        return [f"{step * self.banks.step:.2f}" for step in range(len(self.encode(raw)))]

    def ruler(self, raw: Any) -> Ruler:
        """Seconds, and the waveform."""
        samples, rate = read_clip(raw) if isinstance(raw, str | Path | bytes) else raw
        values = np.asarray(samples).reshape(len(samples), -1)
        return Ruler("seconds", 0, self.banks.step, "waveform", np.arange(len(values)) / rate, values)

    def augment(self, steps: Steps, rng: np.random.Generator) -> Steps:
        """The sound as of another speaker, room or day."""
        return augment(steps, rng)

    def document(self, steps: Steps) -> Document:
        """Mean and standard deviation of each band over time."""
        return self.scale.document(steps)

    def from_media(self, content: bytes, longest: float) -> tuple[Clip, float]:
        """The clip in the bytes of a file, and its seconds."""
        clip = read_clip(content, "the recording", longest)
        return clip, len(clip[0]) / clip[1]

    def live(self) -> "LiveSound":
        """A reader of samples as they come."""
        return LiveSound(self)


class LiveSound:
    """Messages with samples → steps (T, bins), with the same numbers as for the whole sound."""

    def __init__(self, sound: Sound) -> None:
        self._sound = sound
        self._stream: FilterBankStream | None = None
        self._rate = 0

    @property
    def pending(self) -> bool:
        """Once a sound has begun: the samples of the next steps, and how loud it was."""
        return self._stream is not None

    def fresh(self) -> "LiveSound":
        """A new one that has heard nothing."""
        return LiveSound(self._sound)

    def read(self, message: Mapping[str, Any]) -> Steps:
        """The steps that are complete after a message: ``samples``, base64 of 16-bit little-endian, at ``rate`` Hz."""
        try:
            samples = np.frombuffer(base64.b64decode(message.get("samples", ""), validate=True), "<i2")
        except (binascii.Error, ValueError) as error:
            raise InputError(f"samples: {error}; expected base64 of 16-bit little-endian numbers") from None
        return self.feed((samples / 32768).astype(np.float32), message.get("rate", _USUAL_RATE))

    def feed(self, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        """Samples (N,) in -1 … 1 at ``rate`` Hz → the steps that are complete with them; one rate for a whole sound."""
        if self._stream is None:
            self._stream, self._rate = self._sound.banks.stream(rate), rate
        if rate != self._rate:
            raise InputError(f"rate is {rate}; the sound began with {self._rate}: send reset to begin another")
        frames = self._stream.feed(samples)
        return self._sound.scale.normal(frames) if len(frames) else frames
