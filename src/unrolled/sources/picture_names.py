"""Which file a table means by the name of a picture."""

import os
import re
from functools import cached_property
from pathlib import Path

from unrolled.errors import InputError
from unrolled.sources.pictures import SUFFIXES, picture_files

__all__ = ["PictureNames"]

_NUMBERED = re.compile(r"(\.\w{2,5})#\d+$")  # name.jpg#2, the third caption of a picture
_LONGEST = 1_000  # characters of a path


class PictureNames:
    """The pictures of a folder, or of none, as a table in another place names them: by paths or by names alone."""

    def __init__(self, folder: Path | None, table: Path) -> None:
        self._folder, self._table = folder, table
        self._known = dict[str, str | None]()

    @property
    def where(self) -> str:
        """The place where pictures are looked for, for messages."""
        return str(self._folder or self._table.parent)

    @property
    def expected(self) -> str:
        """What a table is to hold, for messages."""
        return (
            "a file in this folder" if self._folder else "a path from there, or the folder of the pictures named, too"
        )

    @cached_property
    def files(self) -> list[Path]:
        """The pictures in the folder; none without one."""
        return [] if self._folder is None else picture_files(self._folder)

    def find(self, name: str) -> str | None:
        """The path of a picture, or None; InputError for a name that two pictures of the folder have."""
        if name not in self._known:
            self._known[name] = self._find(_NUMBERED.sub(r"\1", name.strip().replace("\\", "/")))
        return self._known[name]

    def looks_like_one(self, cell: str) -> bool:
        """Whether a cell holds a picture's name, though there may be no such file."""
        name = _NUMBERED.sub(r"\1", cell.strip()).lower()
        return name.endswith(SUFFIXES) or self.find(cell) is not None

    def _find(self, name: str) -> str | None:
        if not name or len(name) > _LONGEST:
            return None
        places = [self._table.parent] if self._folder is None else [self._folder, self._table.parent]
        for place in places:
            if os.path.isfile(place / name):  # False for a name that is too long, where Path raises
                return str(place / name)
        among = self._named.get(name.rpartition("/")[2], [])
        if len(among) > 1:
            raise InputError(f"{name!r} may be {among[0]} or {among[1]}; expected the path below {self.where}")
        return str(among[0]) if among else None

    @cached_property
    def _named(self) -> dict[str, list[Path]]:
        """The pictures of the folder by their names, and by those without suffix."""
        named = dict[str, list[Path]]()
        for path in self.files:
            for name in {path.name, path.stem}:
                named.setdefault(name, []).append(path)
        return named
