"""What lies in a folder: sorted by name, hidden files left out, links followed but never in a circle."""

import os
from collections.abc import Iterator
from pathlib import Path

from unrolled.errors import InputError

__all__ = ["entries", "walk"]


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in ``folder`` itself."""
    with os.scandir(folder) as found:
        return sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda entry: entry.name)


def walk(folder: Path, above: frozenset[tuple[int, int]] = frozenset()) -> Iterator[os.DirEntry[str]]:
    """All below ``folder`` that is no folder, at any depth; InputError for a link back to one ``above``."""
    here = os.stat(folder)
    identity = here.st_dev, here.st_ino
    if identity in above:
        raise InputError(f"{folder}: a link that leads back to a folder above it; remove the link")
    for entry in entries(folder):
        if entry.is_dir():
            yield from walk(Path(entry.path), above | {identity})
        else:
            yield entry
