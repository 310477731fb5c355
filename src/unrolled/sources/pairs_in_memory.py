"""Pairs of a source and a target in collections: tuples, two lists, or a frame with a column for each."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from unrolled.errors import InputError
from unrolled.sources.in_memory import is_collection, is_text, items, text_of
from unrolled.sources.pair_files import Pair

__all__ = ["are_paths", "pairs_in_memory", "two_sides"]

_EXPECTED = "expected a path, tuples (source, target), or two lists: sources, targets"


def are_paths(data: Any) -> bool:
    """Whether data is a path, or a list of paths and not of texts."""
    if isinstance(data, str | Path):
        return True
    if not isinstance(data, list | tuple) or not data or not all(isinstance(one, str | Path) for one in data):
        return False
    if all(isinstance(one, str) and is_text(one) for one in data):
        raise InputError(f"{len(data)} texts without targets, as {data[0]!r:.80}; expected pairs (source, target)")
    return True


def pairs_in_memory(data: Any, columns: Sequence[str] | None) -> Iterator[Pair]:
    """The pairs of tuples (source, target), of two collections, or of a frame; they are counted from 0."""
    sources, targets = _of_frame(data, columns) if hasattr(data, "columns") else two_sides(data)
    if len(sources) != len(targets):
        raise InputError(f"{len(sources):,} sources and {len(targets):,} targets; expected as many of each")
    for number, (source, target) in enumerate(zip(sources, targets, strict=True)):
        where = f"pair {number}"
        yield text_of(source, f"{where}: the source"), text_of(target, f"{where}: the target"), where


def _of_frame(frame: Any, columns: Sequence[str] | None) -> tuple[list[Any], list[Any]]:
    names = list(frame.columns)
    shown = ", ".join(map(str, names[:20]))
    if columns is None:
        columns = ("source", "target") if {"source", "target"} <= set(names) else names
    if len(columns) != 2 or not set(columns) <= set(names):
        raise InputError(f"a frame with the columns {shown}; expected two of them: columns=(SOURCE, TARGET)")
    return items(frame[columns[0]]), items(frame[columns[1]])


def two_sides(data: Any, expected: str = _EXPECTED) -> tuple[list[Any], list[Any]]:
    """The two sides of tuples (source, target), or of two collections; InputError, with what is ``expected``."""
    if not is_collection(data):
        raise InputError(f"{type(data).__name__}; {expected}")
    outer = list(data)
    if len(outer) == 2 and not any(map(_is_pair, outer)) and all(map(is_collection, outer)):
        if isinstance(data, list) and all(len(items(side)) == 2 for side in outer):
            raise InputError(
                "two lists of two texts: pairs, or sources and targets? expected tuples: [(source, target), …]"
            )
        return items(outer[0], "the sources"), items(outer[1], "the targets")
    for number, pair in enumerate(outer):
        if not is_collection(pair) or len(pair) != 2:
            raise InputError(f"pair {number}: {pair!r:.80}; {expected}")
    return [source for source, _ in outer], [target for _, target in outer]


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2
