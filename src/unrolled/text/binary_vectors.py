"""The records of word2vec's binary format: a word, a space, E little-endian float32, mostly a line break.

A word may hold spaces itself, and its length stands nowhere. The space that ends it is the one after which E numbers
are followed by the end of the file or by another word.
"""

from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["Blocks", "is_binary", "read_records"]

Blocks = Iterator[tuple[list[bytes], NDArray[np.float32]]]
"""Words and their vectors (n, E), many at a time."""

_CHUNK = 1 << 22  # bytes read at a time
_LONGEST_WORD = 1 << 16  # bytes
_CONTROLS = frozenset(range(32))
_WHITE = frozenset(b"\t\n\r")
_BREAK = ord("\n")
_HUGE = np.float32(1e12)


def is_binary(stream: BufferedReader, width: int, peek: int) -> bool:
    """Whether the first word is followed by float32 and not by numbers as text."""
    head = stream.peek(peek).partition(b" ")[2][: max(4 * width, 64)]
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.end < len(head):
            return True
    return not (_CONTROLS - _WHITE).isdisjoint(head)


def read_records(stream: BufferedReader, width: int, path: str | Path) -> Blocks:
    """The records that end in each piece of the file; InputError where the file is cut off."""
    held, row, whole = b"", 0, False
    records: _Records | None = None
    while not whole:
        piece = stream.read(_CHUNK)
        held, whole = held + piece, not piece
        names, vectors, start = [], [], 0
        while whole or len(held) - start > 2 * (_LONGEST_WORD + 4 * width):  # enough to tell where the word ends
            records = records or _Records(width, held)
            space = records.end_of_word(held, start)
            if not 0 <= space < len(held) - 4 * width:
                break
            names.append(held[start:space].lstrip(b"\n"))
            vectors.append(np.frombuffer(held, "<f4", width, space + 1))
            start = space + 1 + 4 * width
        if names:
            yield names, np.stack(vectors).astype(np.float32)
        held, row = held[start:], row + len(names)
        if len(held) > _LONGEST_WORD and b" " not in held[: _LONGEST_WORD + 1]:
            raise InputError(f"{path}: record {row + 1}: a word of more than {_LONGEST_WORD:,} bytes")
    if held.strip(b"\n"):
        raise InputError(f"{path}: record {row + 1}: cut off; expected a word, a space and {4 * width} bytes")


class _Records:
    """Tells where words end in the records of a file that begins with the bytes ``held``."""

    def __init__(self, width: int, held: bytes) -> None:
        self._size, self._breaks = 4 * width, False
        ends = (space + 1 + self._size for space in self._spaces(held, 0))
        self._breaks = any(held[end : end + 1] == b"\n" for end in ends)

    def end_of_word(self, held: bytes, start: int) -> int:
        """The space that ends the word of the record at ``start``; the first where none fits, -1 without any."""
        fitting = list(self._spaces(held, start))
        if len(fitting) > 1:
            return min(fitting, key=lambda space: self._unlikely(held, space + 1))
        return fitting[0] if fitting else _space(held, start)

    def _spaces(self, held: bytes, start: int) -> Iterator[int]:
        """The spaces that end a word after which the numbers fit into the file."""
        space = _space(held, start)
        while space >= 0 and _is_word(held[start:space]):
            if self._ends_record(held, space + 1 + self._size):
                yield space
            space = held.find(b" ", space + 1, start + _LONGEST_WORD + 1)

    def _ends_record(self, held: bytes, end: int) -> bool:
        """Whether the file ends at a place, or another word begins there, after a line break if the file has them."""
        if end >= len(held):
            return end == len(held)
        if self._breaks and held[end] != _BREAK:
            return False
        space = _space(held, end)
        return _is_word(held[end:space]) if space >= 0 else not held[end:].strip(b"\n")

    def _unlikely(self, held: bytes, start: int) -> int:
        """How many numbers are as large or small as letters that are read as numbers."""
        values = np.abs(np.frombuffer(held, "<f4", self._size // 4, start))
        return int(np.sum(~(values < _HUGE) | ((values > 0) & (values < 1 / _HUGE))))


def _space(held: bytes, start: int) -> int:
    return held.find(b" ", start, start + _LONGEST_WORD + 1)


def _is_word(name: bytes) -> bool:
    """Whether bytes are text, after the line break that ends the record before."""
    name = name.lstrip(b"\n")
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return bool(name) and _CONTROLS.isdisjoint(name)
