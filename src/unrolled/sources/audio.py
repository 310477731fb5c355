"""Recordings of any length and sampling rate, read by soundfile."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError, MissingExtra
from unrolled.progress import remark
from unrolled.sources.media_file import read_media
from unrolled.sources.resampling import RATES
from unrolled.sources.sound_length import missing_bytes

__all__ = ["ALSO", "Clip", "SUFFIXES", "UNREAD", "decode", "read_clip"]

SUFFIXES = (
    *(".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".aifc"),
    *(".au", ".snd", ".caf", ".rf64", ".w64", ".sph"),
)
UNREAD = (".m4a", ".aac", ".wma", ".amr", ".webm", ".mp4", ".mka", ".ac3", ".3gp")
"""Names of sound that libsndfile does not read."""
ALSO = "MP3, AIFF, AU, CAF, RF64, W64 or NIST"
"""The formats that are read beside WAV, FLAC and OGG."""
_EXPECTED = f"expected WAV, FLAC or OGG, or {ALSO}"
# libsndfile knows more formats; only these are accepted. MP3 begins with tags, or with eleven bits that are set.
_BEGINNINGS = (
    b"RIFF",
    b"RIFX",
    b"fLaC",
    b"OggS",
    b"ID3",
    b"FORM",
    b".snd",
    b"dns.",
    b"caff",
    b"RF64",
    b"riff",
    b"NIST",
)
_LONGEST = 600  # seconds of one clip
_LARGEST = 1 << 28  # bytes of one file
_LOUDEST = 1e6  # where full scale is 1
_CANCELLED = 0.05  # of the power that channels have where they have nothing in common
_UNKNOWN = 1 << 62  # samples that libsndfile gives to FLAC that does not say how many it has
_MP3_FRAME = 1_152  # samples

Clip = tuple[NDArray[np.float32], int]
"""Samples (N,) in [-1, 1] and their rate in Hz."""


def read_clip(source: str | Path | bytes, name: str = "the sound", longest: float = _LONGEST) -> Clip:
    """A recording in a file, or the bytes of one → samples (N,) in [-1, 1], the mean of all channels; rate in Hz.

    Where the channels cancel each other, being of opposite phase, the loudest is taken alone, and of a file that is
    said. Messages call bytes ``name``. Raises InputError, naming the file, where it is damaged or cut off, in another
    format or an encoding that libsndfile does not know, empty, longer than ``longest`` seconds or 256 MB, sampled more
    slowly or faster than any sound, or holds samples that are not finite.
    """
    clip, cancelled = decode(source, name, longest)
    if cancelled and not isinstance(source, bytes):
        remark(f"{source}: its channels are of opposite phase and cancel each other: one of them is read alone")
    return clip


def decode(source: str | Path | bytes, name: str = "the sound", longest: float = _LONGEST) -> tuple[Clip, bool]:
    """As `read_clip`, and whether the channels cancel each other."""
    name = name if isinstance(source, bytes) else str(source)
    content = source if isinstance(source, bytes) else read_media(Path(source), _LARGEST, "recording")
    if len(content) > _LARGEST:
        raise InputError(f"{name}: more than {_LARGEST >> 20} MB; expected a clip of at most {_LONGEST} s")
    if not content.startswith(_BEGINNINGS) and not _is_mp3(content):
        received = f"begins with {content[:4]!r}" if content else "is empty"
        raise InputError(f"{name}: no recording, it {received}; {_EXPECTED}")
    if missing := missing_bytes(content):
        raise InputError(f"{name}: the recording is cut off: {missing:,} bytes of sound are missing at its end")
    samples, rate = _channels(content, name, longest)
    mixed, cancelled = _mixed(_checked(samples, name))
    return (mixed, rate), cancelled


def _is_mp3(content: bytes) -> bool:
    return content[:1] == b"\xff" and content[1:2] >= b"\xe0"


class _Content(io.BytesIO):
    """Bytes in which a damaged file's seek to nowhere fails quietly: cffi would print a traceback."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """The place after it: where it was, if there is no such place."""
        try:
            return super().seek(offset, whence)
        except (ValueError, OverflowError):
            return self.tell()


def _channels(content: bytes, name: str, longest: float) -> tuple[NDArray[np.float32], int]:
    """Samples (N, channels) and their rate; sizes are checked before memory is taken for them."""
    try:
        import soundfile  # type: ignore[import-untyped]
    except (ModuleNotFoundError, OSError) as error:  # OSError: the wheel without its libsndfile
        raise MissingExtra("soundfile", "audio", "reading sound") from error
    try:
        with soundfile.SoundFile(_Content(content)) as file:
            rate, frames = file.samplerate, file.frames
            if not RATES[0] <= rate <= RATES[1]:
                raise InputError(f"{name}: {rate} samples a second; expected {RATES[0]:,} to {RATES[1]:,}")
            most = int(min(longest * rate, longest * RATES[1] / file.channels))
            if most < frames < _UNKNOWN:
                raise InputError(f"{name}: more than {longest:g} s of sound; expected a clip that has one label")
            # soundfile seeks after every read, which FLAC of unknown length and some ADPCM do not allow.
            file.seekable = lambda: False
            samples = file.read(min(frames, most + 1), dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        reason = getattr(error, "error_string", str(error)).rstrip(".")
        raise InputError(f"{name}: the file is damaged ({reason}); {_EXPECTED}") from None
    except MemoryError:
        raise InputError(f"{name}: claims {frames:,} samples, more than memory holds") from None
    if len(samples) > most:
        raise InputError(f"{name}: more than {longest:g} s of sound; expected a clip that has one label")
    if _is_tagged_mp3(content) and frames - len(samples) > _MP3_FRAME:
        raise InputError(f"{name}: the recording is cut off: it has {len(samples):,} of {frames:,} samples")
    return samples, rate


def _is_tagged_mp3(content: bytes) -> bool:
    """Whether it is MP3 that says how long it is."""
    if not content.startswith(b"ID3") and not _is_mp3(content):
        return False
    return any(tag in content for tag in (b"Xing", b"Info", b"VBRI"))


def _checked(samples: NDArray[np.float32], name: str) -> NDArray[np.float32]:
    if not len(samples):
        raise InputError(f"{name}: 0 seconds of sound; expected at least one sample")
    wrong = ~(np.abs(samples) < _LOUDEST)  # true of NaN, too
    if wrong.any():
        first, channel = np.argwhere(wrong)[0]
        raise InputError(f"{name}: sample {first} is {samples[first, channel]}; expected numbers between -1 and 1")
    return samples


def _mixed(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], bool]:
    """Channels (N, C) → their mean (N,), or the loudest where they cancel each other, and whether they do."""
    mixed: NDArray[np.float32] = samples.mean(1)
    power = np.square(samples).mean(0)
    cancelled = bool(np.square(mixed).mean() < _CANCELLED * power.mean() / len(power))
    return (samples[:, int(power.argmax())].copy() if cancelled else mixed), cancelled
