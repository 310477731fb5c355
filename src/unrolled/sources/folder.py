"""The files of a folder, and its folders of labels: sorted by name, without hidden ones; no link leads in a circle."""

import os
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from unrolled.errors import InputError

__all__ = ["counted", "entries", "label_folders", "walk"]

_SHOWN = 3  # files that are named where many are meant


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """The files and folders in ``folder`` itself."""
    with os.scandir(folder) as content:
        return sorted((entry for entry in content if not entry.name.startswith(".")), key=lambda entry: entry.name)


def walk(folder: Path, above: frozenset[tuple[int, int]] = frozenset()) -> Iterator[os.DirEntry[str]]:
    """The files below ``folder``, at any depth; InputError for a link back to one of the folders ``above``."""
    status = os.stat(folder)
    identity = status.st_dev, status.st_ino
    if identity in above:
        raise InputError(f"{folder}: a link that leads back to a folder above it; remove the link")
    for entry in entries(folder):
        if entry.is_dir():
            yield from walk(Path(entry.path), above | {identity})
        else:
            yield entry


def label_folders(folder: Path, noun: str, suffixes: tuple[str, ...], layout: str) -> tuple[dict[str, Path], list[str]]:
    """The folder of each label, by its name, and the files beside these; InputError where one of them ends in one of
    the ``suffixes`` of examples. ``noun`` is one of these, ``layout`` says in messages what is expected."""
    try:
        content = entries(folder)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; expected a folder of {noun}s") from None
    labels, passed = dict[str, Path](), list[str]()
    for entry in content:
        if not entry.is_dir():
            if entry.name.lower().endswith(suffixes):
                raise InputError(f"{entry.path}: a {noun} outside the folders of labels; {layout}")
            passed.append(entry.path)
            continue
        label = unicodedata.normalize("NFC", entry.name).strip()
        if label in labels:
            raise InputError(f"{entry.path}: the same label as {labels[label]}; give one of them another name")
        labels[label] = Path(entry.path)
    if not labels:
        raise InputError(f"{folder}: no folder in it; {layout}")
    return labels, passed


def counted(names: Sequence[str], noun: str) -> str:
    """How many files there are, with the names of the first."""
    plural = "" if len(names) == 1 else "s"
    more = ", …" if len(names) > _SHOWN else ""
    return f"{len(names):,} {noun}{plural}: {', '.join(names[:_SHOWN])}{more}"
