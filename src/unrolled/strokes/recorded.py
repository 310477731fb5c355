"""Strokes that were saved, with the word that each was meant to write: one JSON object a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.storage.files import decoded_lines, open_regular
from unrolled.storage.strict_json import parse_json
from unrolled.strokes.points import checked_stroke

__all__ = ["RecordedStroke", "read_recorded", "recorded_files"]

_LONGEST = 2**20  # bytes of a line
_NAMES = {"word", "stroke", "layout", "before"}


class RecordedStroke(NamedTuple):
    """The word that was meant, its stroke (N, 3), the layout where one is named, and the text that stood before it."""

    word: str
    points: NDArray[np.float64]
    layout: str | None
    before: str


def recorded_files(data: object) -> list[Path]:
    """The paths of ``data``, one or several, where they are files of strokes: JSON lines, the first with a stroke."""
    several = data if isinstance(data, list | tuple) else [data]
    paths = [Path(one) for one in several if isinstance(one, str | Path) and str(one).endswith(".jsonl")]
    return paths if len(paths) == len(several) and all(map(_has_stroke, paths)) else []


def _has_stroke(path: Path) -> bool:
    try:
        with open_regular(path) as file:
            return b'"stroke"' in file.readline(_LONGEST)
    except InputError:
        return False  # said where it is read


def read_recorded(path: Path) -> Iterator[RecordedStroke]:
    """The strokes of a file, {"word": "the", "stroke": [[x, y, seconds], ...], "layout": "qwerty", "before": "In "}.

    Layout and text may be left out. InputError names the line that is wrong.
    """
    with open_regular(path) as file:
        for number, line in enumerate(decoded_lines(iter(lambda: file.readline(_LONGEST), b""), str(path)), 1):
            if isinstance(line, InputError):
                raise line
            if line.strip():
                yield _recorded(line, f"{path}:{number}")


def _recorded(line: str, where: str) -> RecordedStroke:
    value = parse_json(line.encode(), where)
    if not isinstance(value, dict) or not {"word", "stroke"} <= value.keys() <= _NAMES:
        raise InputError(
            f'{where}: expected an object with "word" and "stroke" and, where known, "layout" and "before"'
        )
    word, layout, before = value["word"], value.get("layout"), value.get("before", "")
    if not isinstance(word, str) or not word.strip():
        raise InputError(f"{where}: word is {word!r:.60}; expected the word that was meant")
    if not isinstance(layout, str | None):
        raise InputError(f"{where}: layout is {layout!r:.60}; expected the name of a layout")
    if not isinstance(before, str):
        raise InputError(f"{where}: before is {before!r:.60}; expected the text before the word")
    try:
        return RecordedStroke(word, checked_stroke(value["stroke"]), layout, before)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
