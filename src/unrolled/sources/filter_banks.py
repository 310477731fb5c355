"""Sound as log-mel filter banks (Davis & Mermelstein 1980) by kaldi-native-fbank."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError, MissingExtra
from unrolled.settings import option
from unrolled.sources.resampling import RATES, Resampler

__all__ = ["FilterBanks", "FilterBankStream"]

_POWER = 0.3
_QUIET = -9.0  # nats: steps softer than this are not raised to the level of a voice


@dataclass(frozen=True)
class FilterBanks:
    """At each ``step`` the log energy of the last ``window`` in ``bins`` bands, evenly spaced on the mel scale.

    Energies are relative to the loudest step so far, whose level fades by ``fade`` nats a second. So the features do
    not depend on how far away a microphone is or how it is set, and a stream gives the same features as the whole clip.
    The loudness of a step is the mean over its bands of energy to the power 0.3 (Stevens 1957): bands without sound do
    not matter.
    """

    rate: int = option(8_000, "samples per second that every sound is brought to", *RATES)
    bins: int = option(40, "frequency bands, evenly spaced as the ear hears them", 4, 128)
    window: float = option(0.025, "seconds of sound behind each step", 0.005, 1.0)
    step: float = option(0.01, "seconds from one step to the next", 0.002, 1.0)
    lowest: float = option(20.0, "lowest frequency, in Hz", 0.0, 1_000.0)
    fade: float = option(
        2.0, "steps are relative to the loudest so far, which fades by so many nats a second", 0.0, 1_000.0
    )

    def features(self, samples: NDArray[np.floating], rate: int) -> NDArray[np.float32]:
        """Samples (N,) in [-1, 1] at any ``rate`` → features (T, bins), the same as a stream gives.

        Raises InputError for samples that are not finite floats, and for a sound shorter than one window.
        """
        stream = self.stream(rate)
        frames = np.concatenate([stream.feed(samples), stream.finish()])
        if not len(frames):
            lasts = f"{len(samples) / rate:.3g} s of sound ({len(samples)} samples at {rate} Hz)"
            raise InputError(f"{lasts}; expected at least one window of {self.window} s")
        return frames

    def stream(self, rate: int) -> "FilterBankStream":
        """A stream for sound that arrives in chunks, at ``rate`` Hz."""
        return FilterBankStream(self, rate)


class FilterBankStream:
    """Gives each frame as soon as its sound is complete; the frames do not depend on how the sound was cut."""

    def __init__(self, settings: FilterBanks, rate: int) -> None:
        self._resampler = Resampler(rate, settings.rate) if rate != settings.rate else None
        self._settings, self._received, self._produced = settings, 0, 0
        self._banks, self._loudest = _online(settings), _QUIET

    def feed(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """Samples (N,) in [-1, 1] → the frames (T, bins) that they complete; InputError where one is not finite."""
        sound = _checked(samples, self._received)
        self._received += len(sound)
        return self._frames(sound if self._resampler is None else self._resampler.feed(sound))

    def finish(self) -> NDArray[np.float32]:
        """The last frames (T, bins), which the resampling of the sound held back."""
        return self._frames(np.zeros(0, np.float32) if self._resampler is None else self._resampler.finish())

    def _frames(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        if len(sound):
            self._banks.accept_waveform(self._settings.rate, sound)
        ready = range(self._produced, self._banks.num_frames_ready)
        frames = np.array([self._banks.get_frame(i) for i in ready], np.float32).reshape(-1, self._settings.bins)
        self._banks.pop(len(ready))
        self._produced += len(ready)
        return self._relative(frames, np.array(ready))

    def _relative(self, frames: NDArray[np.float32], steps: NDArray[np.int64]) -> NDArray[np.float32]:
        if not len(frames):
            return frames
        faded = self._settings.fade * self._settings.step * steps
        loudness = np.log(np.exp(_POWER * frames.astype(np.float64)).mean(1)) / _POWER
        levels = np.maximum.accumulate(np.maximum(loudness + faded, self._loudest))
        self._loudest = levels[-1]
        relative: NDArray[np.float32] = (frames - np.maximum(levels - faded, _QUIET)[:, None]).astype(np.float32)
        return relative


class _OnlineBanks(Protocol):
    """kaldi-native-fbank's OnlineFbank, as far as it is used here."""

    num_frames_ready: int

    def accept_waveform(self, rate: float, samples: NDArray[np.float32]) -> None: ...
    def get_frame(self, frame: int) -> NDArray[np.float32]: ...
    def pop(self, frames: int) -> None: ...


def _online(settings: FilterBanks) -> _OnlineBanks:
    try:
        from kaldi_native_fbank import FbankOptions, OnlineFbank  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise MissingExtra("kaldi-native-fbank", "audio", "reading sound") from error
    options = FbankOptions()
    options.frame_opts.samp_freq = settings.rate
    options.frame_opts.dither = 0.0  # noise against log 0, another at each call; energies have a floor instead
    options.frame_opts.frame_length_ms = 1000 * settings.window
    options.frame_opts.frame_shift_ms = 1000 * settings.step
    options.mel_opts.num_bins = settings.bins
    options.mel_opts.low_freq = settings.lowest
    try:
        banks: _OnlineBanks = OnlineFbank(options)
    except ValueError:  # a band so narrow that no line of the spectrum falls into it
        sizes = f"{settings.bins} bins of a window of {settings.window} s at {settings.rate} Hz"
        raise InputError(f"{sizes} are too narrow; expected fewer bins or a longer window") from None
    return banks


def _checked(samples: NDArray[np.floating], before: int) -> NDArray[np.float32]:
    array = np.asarray(samples)
    if array.ndim != 1 or array.dtype.kind != "f":
        received = f"an array {array.shape} of {array.dtype}"
        raise InputError(f"{received}; expected samples (N,), floats in [-1, 1] (16-bit ones divided by 32768)")
    if not np.isfinite(array).all():
        first = int(np.argmin(np.isfinite(array)))
        raise InputError(f"sample {before + first} is {array[first]}; expected finite numbers")
    return array.astype(np.float32)
