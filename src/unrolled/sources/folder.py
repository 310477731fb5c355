"""The files of a folder: sorted by name, without hidden ones; links are followed, but never in a circle."""

import os
from collections.abc import Iterator
from pathlib import Path

from unrolled.errors import InputError

__all__ = ["entries", "walk"]


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
