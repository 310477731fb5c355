"""Folders of texts: one folder for each label, and in it a file for each text."""

import re
from collections.abc import Iterator
from pathlib import Path

from unrolled.data.examples import Example
from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.folder import counted, label_folders, walk
from unrolled.sources.recordings import holds_sound
from unrolled.sources.text_file import TextFile

__all__ = ["holds_texts", "read_text_folder"]

_TEXTS = (".txt", ".text", ".txt.gz")
_LAYOUT = "expected one folder for each label, with a file for each text inside: FOLDER/LABEL/*.txt"
_NOTES = re.compile(r"(read[ _-]?me|notes?|licen[cs]e|notice|copying|changelog|urls?)\b.*", re.IGNORECASE)
_UNLABELLED = ("unsup", "unlabeled", "unlabelled")  # what such data sets call texts without a label
_PARTS = {"train", "training", "test", "testing", "valid", "validation", "dev", "val"}


def holds_texts(folder: Path) -> bool:
    """Whether a folder has texts in it, and no sound."""
    return any(_is_text(entry.name) for entry in walk(folder)) and not holds_sound(folder)


def read_text_folder(folder: Path, encoding: str = "utf-8", group: str | None = None) -> Iterator[Example]:
    """The texts below each folder in ``folder``, whose name is their label: files .txt, or without any suffix.

    Other files, notes such as a README, folders of texts without a label, and empty files are passed over, which is
    said. With ``group`` "folder", those of labels hold one folder for each group, such as an author. Raises InputError,
    naming file or folder, for whatever cannot be read.
    """
    if group not in (None, "folder"):
        raise InputError(f"group is {group!r:.80}; expected of texts folder, where each has one in that of its label")
    labels, passed = label_folders(folder, "text", (), _LAYOUT)
    if labels.keys() <= _PARTS:
        raise InputError(f"{folder}: holds {' and '.join(labels)}; name one of these: {next(iter(labels.values()))}")
    other = list[str]()
    for label, path in labels.items():
        if label.lower() in _UNLABELLED:
            passed.append(f"{path}/")
            continue
        for entry in walk(path):
            if not _is_text(entry.name):
                passed.append(entry.path)
                continue
            file = TextFile.at(Path(entry.path))
            found = file.guessed(encoding, tell=False)
            text = "".join(file.lines(found)).strip()
            if found != encoding:
                other.append(entry.path)
            if text:
                yield Example(text, label, entry.path, None if group is None else _group(Path(entry.path), path))
            else:
                passed.append(entry.path)
    if passed:
        remark(f"{folder}: passed over, as no texts with a label, {counted(passed, 'file')}")
    if other:
        remark(f"{folder}: not valid utf-8, so read as Windows writes (cp1252, latin-1), {counted(other, 'file')}")


def _is_text(name: str) -> bool:
    return (name.lower().endswith(_TEXTS) or "." not in name) and not _NOTES.fullmatch(name)


def _group(file: Path, of_label: Path) -> str:
    below = file.relative_to(of_label).parts
    if len(below) < 2:
        raise InputError(f"{file}: in no folder of a group; expected FOLDER/LABEL/GROUP/*.txt")
    return below[0]
