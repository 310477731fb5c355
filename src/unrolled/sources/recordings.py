"""Folders of recordings: one folder for each label, and within it, where asked for, one for each group."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from unrolled.data.examples import Example
from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.audio import SUFFIXES, UNREAD, decode
from unrolled.sources.folder import counted, label_folders, walk

__all__ = ["holds_sound", "read_recordings"]

_LAYOUT = "expected one folder for each label, with its recordings inside: FOLDER/LABEL/*.wav"
_GROUPS = (
    "expected of recordings folder, where each has one in that of its label (FOLDER/LABEL/GROUP/*.wav), or a number: "
    "2 is the second part of names such as seven_anna_03.wav"
)


def holds_sound(folder: Path) -> bool:
    """Whether a folder has sound in it, also in formats that are not read."""
    return any(entry.name.lower().endswith((*SUFFIXES, *UNREAD)) for entry in walk(folder))


def read_recordings(folder: str | Path, group: str | None = None, shortest: float = 0.025) -> Iterator[Example]:
    """The recordings below each folder in ``folder``; the folder's name is their label. Sorted, without hidden files.

    Each is an example whose input is (samples, rate).

    ``group`` is "folder" where folders of labels hold one folder for each group, such as a speaker; or the number of
    the part of files' names, between _ and -, that says the group. Files that are no recordings by their names are
    passed over, which is said. Raises InputError, naming file or folder, for whatever `read_clip` refuses, a clip
    shorter than ``shortest`` seconds, a folder without recordings, and where there is no folder at all.
    """
    cancelled = list[str]()
    for label, path, of in _files(Path(folder), group):
        (samples, rate), cancels = decode(path)
        if len(samples) < shortest * rate:
            lasts = f"{len(samples) / rate:.3g} s of sound"
            raise InputError(f"{path}: {lasts}; expected at least {shortest} s, one window of the filter banks")
        if cancels:
            cancelled.append(str(path))
        yield Example((samples, rate), label, str(path), of)
    if cancelled:
        what = "one channel alone was read where channels are of opposite phase and cancel each other, of"
        remark(f"{folder}: {what} {counted(cancelled, 'recording')}")


def _files(folder: Path, group: str | None) -> list[tuple[str, Path, str | None]]:
    """Label, path and group of each recording; checks all files and folders by their names before any is read."""
    if group is not None and group != "folder" and not re.fullmatch(r"[1-9]\d?", group):
        raise InputError(f"group is {group!r:.80}; {_GROUPS}")
    labels, passed = label_folders(folder, "recording", (*SUFFIXES, *UNREAD), _LAYOUT)
    files = list[tuple[str, Path, str | None]]()
    for label, path in labels.items():
        before = len(files)
        for entry in walk(path):
            file = Path(entry.path)
            if file.suffix.lower() in SUFFIXES:
                files.append((label, file, None if group is None else _group(file, path, group)))
            elif file.suffix.lower() in UNREAD:
                raise InputError(f"{file}: sound in a format that is not read; expected it as WAV, FLAC, OGG or MP3")
            else:
                passed.append(str(file))
        if len(files) == before:
            raise InputError(f"{path}: no recordings of {label!r}; expected files {', '.join(SUFFIXES)}")
    if passed:
        remark(f"{folder}: passed over, as their names are not those of recordings, {counted(passed, 'file')}")
    return files


def _group(file: Path, of_label: Path, group: str) -> str:
    """What a file says of its group, by a folder or a part of its name."""
    if group == "folder":
        below = file.relative_to(of_label).parts
        if len(below) < 2:
            raise InputError(f"{file}: in no folder of a group; {_GROUPS}")
        return unicodedata.normalize("NFC", below[0]).strip()
    parts = re.split("[_-]", unicodedata.normalize("NFC", file.stem))
    if len(parts) < int(group) or not parts[int(group) - 1]:
        raise InputError(f"{file}: its name has no part {group} between _ and -; {_GROUPS}")
    return parts[int(group) - 1]
