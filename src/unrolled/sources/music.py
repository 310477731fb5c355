"""Music from MIDI files, chorale JSON and NumPy rolls, alone or in folders.

A chorale file is JSON, `.gz` allowed: a list of pieces, or an object with such lists as its parts. A piece is a list of
frames, a frame the list of the MIDI numbers that sound: {"train": [[[60, 64], [60, 65]], ...], "test": ...}. A voice
that rests may be -1.
An `.npz` file holds for each part either PART_roll, (N, 88) zeros and ones or np.packbits of them (N, 11), or
PART_voices, (N, voices) MIDI numbers or -1; and PART_len, the number of frames of each piece. `FILE#PART` names a part.
"""

import codecs
import gzip
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.sources.arrays_file import read_arrays
from unrolled.sources.midi import LONGEST, parse_pieces
from unrolled.sources.score import KEYS, LOWEST, NOTES, Piece, Timing, notes_of_frames
from unrolled.storage.strict_json import parse_json

__all__ = ["MUSIC", "own_validation", "read_pieces"]

REST = -1  # a voice that is silent
GRID = 4  # steps a beat that MIDI is rounded to
FRAMES_GRID, FRAMES_TEMPO = 1, 100.0  # for frames, which do not name them
LARGEST = 1 << 30  # bytes of a file, unpacked
_MIDI, _JSON, _ROLLS = (".mid", ".midi", ".rmi", ".kar"), (".json", ".json.gz"), (".npz",)
MUSIC = (*_MIDI, *_JSON, *_ROLLS)
_ENDINGS = ", ".join(MUSIC)
Sources = str | Path | Sequence[str | Path]


def read_pieces(sources: Sources, grid: int | None = None, part: str = "train") -> list[Piece]:
    """The pieces of one or several sources: files `.mid`, `.midi`, `.json`, `.json.gz` or `.npz`, or folders of them.

    ``grid`` is the number of steps a beat: notes of MIDI are rounded to it (4 if None); of frames so many make a beat
    (1 if None). Of a file with parts ``part`` is read, unless the source is `FILE#PART`. Raises InputError, naming file
    and record, for what cannot be read; MissingExtra for MIDI without symusic.
    """
    pieces: list[Piece] = []
    for source in [sources] if isinstance(sources, str | Path) else sources:
        for path, wanted in _files(source):
            pieces += _read(path, wanted, part, grid)
    if not pieces:
        raise InputError("no source of music given; name a file or a folder")
    return pieces


def own_validation(sources: Sources) -> str | None:
    """`FILE#valid` where the sources are a single file with a part "valid"; else None."""
    listed = [sources] if isinstance(sources, str | Path) else list(sources)
    if len(listed) != 1 or "#" in str(listed[0]) or not Path(listed[0]).is_file():
        return None
    path = Path(listed[0])
    parts = _parts(path, _content(path)) if _kind(path) in (_JSON, _ROLLS) else {}
    return f"{path}#valid" if "valid" in parts else None


def _files(source: str | Path) -> Iterator[tuple[Path, str | None]]:
    """The files of a source, sorted by name, each with the part that is asked for."""
    path, part = Path(source), None
    if not path.exists() and "#" in str(source):
        name, _, part = str(source).rpartition("#")
        path = Path(name)
    try:
        folder = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{str(path)!r}: {reason}; expected a file of music or a folder of them") from None
    if not folder:
        yield path, part
        return
    files = sorted(file for file in path.rglob("*") if _kind(file) and not file.name.startswith(".") and file.is_file())
    if not files:
        raise InputError(f"{path}: no music in this folder; expected names ending in {_ENDINGS}")
    for file in files:
        yield file, part


def _kind(path: Path) -> tuple[str, ...]:
    return next((kind for kind in (_MIDI, _JSON, _ROLLS) if path.name.lower().endswith(kind)), ())


def _read(path: Path, wanted: str | None, default: str, grid: int | None) -> list[Piece]:
    kind = _kind(path)
    if not kind:
        raise InputError(f"{path}: expected a file of music, whose name ends in {_ENDINGS}")
    content = _content(path)
    if kind == _MIDI:
        return parse_pieces(content, str(path), grid or GRID)
    parts = _parts(path, content)
    name = next(iter(parts)) if wanted is None and list(parts) == [""] else wanted or default
    if name not in parts:
        names = ", ".join(filter(None, parts)) or "none"
        raise InputError(f"{path}: there is no part {name!r}; it has {names}: name one as {path.name}#PART")
    timing = Timing(grid or FRAMES_GRID, FRAMES_TEMPO)
    where = f"{path}#{name}" if name else str(path)
    rolls = enumerate(parts[name](where), start=1)
    pieces = [_piece(roll, f"{where}, piece {number}", timing) for number, roll in rolls]
    if not pieces:
        raise InputError(f"{where}: no pieces in it; expected at least 1")
    return pieces


def _content(path: Path) -> bytes:
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path}: the gzip file is damaged or cut off: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; expected a file of music") from None
    if len(content) > LARGEST:
        raise InputError(f"{path}: holds more than {LARGEST:,} bytes, which is the most that is read")
    return content


def _piece(roll: NDArray[np.bool_], where: str, timing: Timing) -> Piece:
    if not len(roll) or not roll.any():
        raise InputError(f"{where}: it has {len(roll)} frames and no notes; expected at least 1 note")
    if len(roll) > LONGEST:
        raise InputError(f"{where}: it has {len(roll):,} frames; expected at most {LONGEST:,}")
    return Piece(notes_of_frames(roll, 0), len(roll), timing, where)


_Part = Callable[[str], Iterator[NDArray[np.bool_]]]
"""Where the part is, for messages → a roll (T, 128) for each piece."""


def _parts(path: Path, content: bytes) -> dict[str, _Part]:
    """The parts of a file by name; a file without parts has a single one, called ""."""
    if _kind(path) == _ROLLS:
        return _numpy_parts(path, content)
    value = parse_json(content.removeprefix(codecs.BOM_UTF8), str(path))
    named = value if isinstance(value, dict) else {"": value}
    for name, pieces in named.items():
        if not isinstance(pieces, list):
            where = f"{path}#{name}" if name else str(path)
            raise InputError(f"{where}: {_shown(pieces)}; expected a list of pieces")
    return {name: partial(_rolls, pieces) for name, pieces in named.items()}


def _rolls(pieces: list[object], where: str) -> Iterator[NDArray[np.bool_]]:
    """The pieces of a part of a JSON file, checked frame by frame."""
    for number, piece in enumerate(pieces, start=1):
        if not isinstance(piece, list):
            raise InputError(f"{where}, piece {number}: {_shown(piece)}; expected a list of frames")
        roll = np.zeros((len(piece), NOTES), bool)
        for step, frame in enumerate(piece):
            if not isinstance(frame, list) or any(type(note) not in (int, float) or note % 1 for note in frame):
                place = f"{where}, piece {number}, frame {step + 1}"
                raise InputError(f"{place}: {_shown(frame)}; expected a list of whole numbers, the notes that sound")
            notes = [int(note) for note in frame if note != REST]
            if notes and not 0 <= min(notes) <= max(notes) < NOTES:
                wrong = min(notes) if min(notes) < 0 else max(notes)
                raise InputError(f"{where}, piece {number}, frame {step + 1}: note {wrong}; expected 0 to {NOTES - 1}")
            roll[step, notes] = True
        yield roll


def _shown(value: object) -> str:
    return f"{value!r:.80}"


def _numpy_parts(path: Path, content: bytes) -> dict[str, _Part]:
    arrays = read_arrays(path, content)
    parts: dict[str, _Part] = {}
    for name, array in arrays.items():
        part, _, kind = name.rpartition("_")
        if kind in ("roll", "voices"):
            read = _of_keys if kind == "roll" else _of_voices
            parts[part] = partial(_cut, array, arrays.get(f"{part}_len".removeprefix("_")), read)
    if not parts:
        raise InputError(f"{path}: has the arrays {', '.join(arrays) or 'none'}; expected PART_roll or PART_voices")
    return parts


def _cut(
    array: NDArray[np.integer],
    lengths: NDArray[np.integer] | None,
    read: Callable[[NDArray[np.integer], str], NDArray[np.bool_]],
    where: str,
) -> Iterator[NDArray[np.bool_]]:
    """An array of all frames → a roll (T, 128) for each piece, made by ``read``."""
    lengths = np.array([len(array)]) if lengths is None else lengths
    whole = lengths.ndim == 1 and lengths.dtype.kind in "iu" and (lengths >= 0).all()
    if array.ndim != 2 or array.dtype.kind not in "iub" or not whole or int(lengths.sum()) != len(array):
        raise InputError(
            f"{where}: frames {array.dtype} {array.shape}, lengths {lengths.dtype} {lengths.shape}; "
            "expected whole numbers (N, keys or voices) and lengths whose sum is N"
        )
    for number, frames in enumerate(np.split(array, np.cumsum(lengths)[:-1]), start=1):
        yield read(frames, f"{where}, piece {number}")


def _of_keys(frames: NDArray[np.integer], where: str) -> NDArray[np.bool_]:
    """Rows of packed bits (T, 11) or of keys (T, 88) → (T, 128)."""
    if frames.dtype == np.uint8 and frames.shape[1] == KEYS // 8:
        frames = np.unpackbits(frames.view(np.uint8), axis=1)
    if frames.shape[1] != KEYS or (frames > 1).any() or (frames < 0).any():
        raise InputError(f"{where}: frames of {frames.shape[1]} numbers; expected {KEYS} zeros and ones, or their bits")
    roll = np.zeros((len(frames), NOTES), bool)
    roll[:, LOWEST : LOWEST + KEYS] = frames
    return roll


def _of_voices(frames: NDArray[np.integer], where: str) -> NDArray[np.bool_]:
    """A note or -1 for each voice (T, voices) → (T, 128)."""
    if frames.size and not -1 <= int(frames.min()) <= int(frames.max()) < NOTES:
        raise InputError(f"{where}: notes from {frames.min()} to {frames.max()}; expected -1 to {NOTES - 1}")
    roll = np.zeros((len(frames), NOTES), bool)
    steps, voices = np.nonzero(frames >= 0)
    roll[steps, frames[steps, voices]] = True
    return roll
