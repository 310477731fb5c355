"""Recordings of any length and sampling rate, read by soundfile; one folder for each label."""

import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError, MissingExtra
from unrolled.sources.folder import entries, walk
from unrolled.sources.resampling import RATES

__all__ = ["read_clip", "read_recordings"]

_SUFFIXES = (".wav", ".flac", ".ogg")
_BEGINNINGS = (b"RIFF", b"fLaC", b"OggS")  # libsndfile knows more formats; only these are accepted
_LONGEST = 600  # seconds of one clip
_LARGEST = 1 << 28  # bytes of one file
_LOUDEST = 1e6  # where full scale is 1
_LAYOUT = "expected one folder for each label, with its recordings inside: FOLDER/LABEL/*.wav"

Recording = tuple[NDArray[np.float32], int, str, str]
"""Samples (N,), rate in Hz, label, and the name of the file for messages."""


def read_clip(
    source: str | Path | bytes, name: str = "the sound", longest: float = _LONGEST
) -> tuple[NDArray[np.float32], int]:
    """A WAV, FLAC or OGG file, or its bytes → samples (N,) in [-1, 1], the mean of all channels; rate in Hz.

    Messages call the bytes ``name``. Raises InputError, naming the file, where it is damaged, in another format, empty,
    longer than ``longest`` seconds or 256 MB, or holds samples that are not finite.
    """
    try:
        import soundfile  # type: ignore[import-untyped]
    except (ModuleNotFoundError, OSError) as error:  # OSError: the wheel without its libsndfile
        raise MissingExtra("soundfile", "audio", "reading sound") from error
    name = name if isinstance(source, bytes) else str(source)
    content = source if isinstance(source, bytes) else _content(Path(source))
    if len(content) > _LARGEST:
        raise InputError(f"{name}: more than {_LARGEST >> 20} MB; expected a clip of at most {_LONGEST} s")
    if content[:4] not in _BEGINNINGS:
        received = f"begins with {content[:4]!r}" if content else "is empty"
        raise InputError(f"{name}: no recording, it {received}; expected WAV, FLAC or OGG")
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            rate = file.samplerate
            if not RATES[0] <= rate <= RATES[1]:
                raise InputError(f"{name}: {rate} samples a second; expected {RATES[0]:,} to {RATES[1]:,}")
            if file.frames > longest * rate or file.frames * file.channels > longest * RATES[1]:
                raise InputError(f"{name}: more than {longest:g} s of sound; expected a clip that has one label")
            samples = file.read(dtype="float32", always_2d=True).mean(1)
    except soundfile.SoundFileError as error:
        reason = getattr(error, "error_string", str(error)).rstrip(".")
        raise InputError(f"{name}: the file is damaged ({reason}); expected WAV, FLAC or OGG") from None
    return _checked(samples, name), rate


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: a folder or a pipe; expected a file with a recording")
        with path.open("rb") as file:
            return file.read(_LARGEST + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _checked(samples: NDArray[np.float32], name: str) -> NDArray[np.float32]:
    if not len(samples):
        raise InputError(f"{name}: 0 seconds of sound; expected at least one sample")
    wrong = ~(np.abs(samples) < _LOUDEST)  # true of NaN, too
    if wrong.any():
        first = int(np.argmax(wrong))
        raise InputError(f"{name}: sample {first} is {samples[first]}; expected numbers between -1 and 1")
    return samples


def read_recordings(folder: str | Path, shortest: float = 0.025) -> Iterator[Recording]:
    """The recordings below each folder in ``folder``; the folder's name is their label. Sorted, without hidden files.

    Raises InputError, naming file or folder, for whatever `read_clip` refuses, a clip shorter than ``shortest``
    seconds, a file that is no recording, a folder without recordings, and where there is no folder at all.
    """
    for label, path in _files(Path(folder)):
        samples, rate = read_clip(path)
        if len(samples) < shortest * rate:
            lasts = f"{len(samples) / rate:.3g} s of sound"
            raise InputError(f"{path}: {lasts}; expected at least {shortest} s, one window of the filter banks")
        yield samples, rate, label, str(path)


def _files(folder: Path) -> list[tuple[str, Path]]:
    """Label and path of each recording; checks all files and folders by their names before any is read."""
    try:
        content = entries(folder)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; expected a folder of recordings") from None
    labels = dict[str, Path]()
    for entry in content:
        if not entry.is_dir():
            if entry.name.lower().endswith(_SUFFIXES):
                raise InputError(f"{entry.path}: a recording outside the folders of labels; {_LAYOUT}")
            continue  # a README or a table beside the folders
        label = unicodedata.normalize("NFC", entry.name).strip()
        if label in labels:
            raise InputError(f"{entry.path}: the same label as {labels[label]}; give one of them another name")
        labels[label] = Path(entry.path)
    if not labels:
        raise InputError(f"{folder}: no folder in it; {_LAYOUT}")
    files = []
    for label, path in labels.items():
        recordings = list(_recordings(path))
        if not recordings:
            raise InputError(f"{path}: no recordings of {label!r}; expected files {', '.join(_SUFFIXES)}")
        files += [(label, file) for file in recordings]
    return files


def _recordings(folder: Path) -> Iterator[Path]:
    """The recordings below a folder; InputError for any other file."""
    for entry in walk(folder):
        if not entry.name.lower().endswith(_SUFFIXES):
            raise InputError(
                f"{entry.path}: no recording by its name; expected {', '.join(_SUFFIXES)} and no other file"
            )
        yield Path(entry.path)
