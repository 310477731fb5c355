"""Keyboards as data: the letters of each row of keys, and how far a row is indented.

Positions are in widths of a key to the right and in rows down, (0, 0) being the centre of the first row's first key:
whoever reads points from a screen divides them by the width and the height of a key. So a layout is the same on narrow
and wide screens. The rows are those of phones, centred below each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.letters import fold
from unrolled.errors import InputError
from unrolled.storage.files import read_file
from unrolled.storage.strict_json import parse_json

__all__ = ["LAYOUTS", "Layout", "Row", "layout_named", "read_layout"]

Row = tuple[tuple[str, ...], float]
"""The letters of each key of a row, several where a key bears several, and the place of the row's first key."""

MOST_KEYS = 120
_MOST_ROWS = 8
_WIDEST = 40.0  # widths of a key
_LIMIT = 2**16  # bytes of a file


@dataclass(frozen=True)
class Layout:
    """A keyboard: its name and its rows. Letters that share a key (shifted ones, or ё and е) have the same centre."""

    name: str
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, name: str, rows: Sequence[str], indents: Sequence[float], shared: str = "") -> Self:
        """A layout with a letter on each key; ``shared``: pairs of letters, the second lies on the key of the first."""
        more = dict(zip(shared[::2], shared[1::2], strict=True))
        keys = [tuple(letter + more.get(letter, "") for letter in row) for row in rows]
        return cls(name, tuple(zip(keys, map(float, indents), strict=True)))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The K letters."""
        return tuple(letter for row, _ in self.rows for key in row for letter in key)

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """The number (K,) of the key on which each letter lies."""
        letters = [len(key) for row, _ in self.rows for key in row]
        return np.repeat(np.arange(len(letters)), letters)

    @cached_property
    def key_centres(self) -> NDArray[np.float64]:
        """The centre (P, 2) of each key."""
        return np.array([(indent + i, y) for y, (row, indent) in enumerate(self.rows) for i in range(len(row))], float)

    @cached_property
    def centres(self) -> NDArray[np.float64]:
        """The centre (K, 2) of the key of each letter."""
        return self.key_centres[self.places]

    @cached_property
    def on_keys(self) -> tuple[str, ...]:
        """The letters of each of the P keys."""
        return tuple("".join(key) for row, _ in self.rows for key in row)

    def shown(self) -> dict[str, Any]:
        """What a page needs to draw it: the letters of each key, and its centre."""
        return {"name": self.name, "keys": list(self.on_keys), "centres": self.key_centres.tolist()}

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it: the inverse of `layout_of`."""
        return {"name": self.name, "rows": [{"keys": list(row), "indent": indent} for row, indent in self.rows]}


_INSCRIPT = ("ौैाीूबहगदजड", "ोे्िुपरकतचट", "ंमनवलसयृ़"), ("औऐआईऊभङघधझढ", "ओएअइउफञखथछठ", "ँणऩःळशषऋऽ")
LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout.of("qwerty", ("qwertyuiop", "asdfghjkl", "zxcvbnm"), (0, 0.5, 1.5)),
        Layout.of("qwertz", ("qwertzuiopü", "asdfghjklöä", "yxcvbnmß"), (0, 0, 1.5)),
        Layout.of("azerty", ("azertyuiop", "qsdfghjklm", "wxcvbn"), (0, 0, 2)),
        Layout.of("йцукен", ("йцукенгшщзх", "фывапролджэ", "ячсмитьбю"), (0, 0, 1), "её" + "ьъ"),
        Layout.of(
            "inscript",
            _INSCRIPT[0],
            (0, 0, 1),
            "".join(a + b for row in zip(*_INSCRIPT, strict=True) for a, b in zip(*row, strict=True)),
        ),
    )
}
"""Of phones: English, German, French, Russian, and Hindi's InScript, where vowel signs are keys."""


def layout_named(name: str) -> Layout:
    """The layout of this name, also йцукен as jcuken; InputError for an unknown one."""
    found = LAYOUTS.get({"jcuken": "йцукен"}.get(name, name))
    if found is None:
        raise InputError(f"there is no layout {name!r:.80}; there is {', '.join(LAYOUTS)}, or the name of a file")
    return found


def read_layout(path: str | Path) -> Layout:
    """The layout of a JSON file such as {"name": "mine", "rows": [{"keys": ["q", "w"], "indent": 0}]}."""
    return layout_of(parse_json(read_file(Path(path), _LIMIT), str(path)), str(path))


def layout_of(value: object, where: str) -> Layout:
    """The layout that JSON describes; InputError, which begins with ``where``, says what is wrong with it."""
    if not isinstance(value, dict) or value.keys() != {"name", "rows"}:
        raise InputError(f'{where}: expected an object with "name" and "rows", and nothing else')
    name, rows = value["name"], value["rows"]
    if not isinstance(name, str) or not 0 < len(name) <= 40 or not name.isprintable():
        raise InputError(f"{where}: name is {name!r:.60}; expected 1 to 40 letters")
    if not isinstance(rows, list) or not 0 < len(rows) <= _MOST_ROWS:
        raise InputError(f"{where}: rows is {rows!r:.60}; expected a list of 1 to {_MOST_ROWS} rows")
    layout = Layout(name, tuple(_row(row, f"{where}: row {number}") for number, row in enumerate(rows, 1)))
    if not 2 <= len(layout.keys) <= MOST_KEYS:
        raise InputError(f"{where}: it has {len(layout.keys)} letters; expected 2 to {MOST_KEYS}")
    for letter in layout.keys:
        if layout.keys.count(letter) > 1:
            raise InputError(
                f"{where}: {letter!r} is there {layout.keys.count(letter)} times; expected each letter once"
            )
    return layout


def _row(row: object, where: str) -> Row:
    if not isinstance(row, dict) or "keys" not in row or row.keys() - {"keys", "indent"}:
        raise InputError(f'{where} is {row!r:.60}; expected an object with "keys" and, where it has one, "indent"')
    keys, indent = row["keys"], row.get("indent", 0.0)
    if isinstance(keys, str):
        keys = list(keys)
    if not isinstance(keys, list) or not keys:
        raise InputError(f"{where}: keys is {keys!r:.60}; expected a list with the letters of each key, or one text")
    if isinstance(indent, bool) or not isinstance(indent, int | float) or not 0 <= indent <= _WIDEST:
        raise InputError(f"{where}: indent is {indent!r:.60}; expected 0 to {_WIDEST:g}, in widths of a key")
    if len(keys) > _WIDEST:
        raise InputError(f"{where}: it has {len(keys)} keys; expected at most {_WIDEST:g}")
    for key in keys:
        if not isinstance(key, str) or not 0 < len(key) <= 8 or fold(key) != key or not key.isprintable() or " " in key:
            raise InputError(f"{where}: a key is {key!r:.60}; expected its letters in lower case, mostly one")
    return tuple(keys), float(indent)
