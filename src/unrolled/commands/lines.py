"""Several inputs: rows of a table, and lines, of which those that have come already may be answered together."""

import sys
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from unrolled.errors import InputError

if TYPE_CHECKING:
    from unrolled.settings import Layout
    from unrolled.sources.rows import Row

    Inputs = tuple[Iterator[Row], Callable[[], bool]]
    """Inputs, and what says whether the next has come already."""

__all__ = ["Arriving", "always", "lines", "several"]

_BLOCK = 2**16  # bytes at once, as many as a pipe holds


class Readable(Protocol):
    """A buffered stream of bytes."""

    def read1(self, size: int = -1, /) -> bytes:
        """What can be had in one go."""


class Reading(Protocol):
    """A task that reads files."""

    def read_several(self, path: Path, layout: "Layout | None" = None) -> "Iterator[Row] | None":
        """The inputs in a file or folder that holds several, such as a table; None for a file that is one input."""


class Arriving:
    """A stream by lines, which knows whether another whole line has come."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._lines = deque[bytes]()
        self._begun = list[bytes]()  # the parts of the line that has not ended yet

    def arrived(self) -> bool:
        """Whether the next line need not be waited for."""
        return bool(self._lines)

    def __iter__(self) -> Iterator[bytes]:
        """The lines with their ends, each as soon as it has come."""
        while block := self._stream.read1(_BLOCK):
            first, *others = block.split(b"\n")
            self._begun.append(first)
            for part in others:
                self._lines.append(b"".join(self._begun) + b"\n")
                self._begun = [part]
            while self._lines:
                yield self._lines.popleft()
        if rest := b"".join(self._begun):
            yield rest


def lines(name: str) -> "Inputs":
    """The lines of a file, or of standard input for "-", and what says whether the next has come already."""
    from unrolled.sources.rows import line_rows

    if name == "-":
        stream = Arriving(sys.stdin.buffer)  # type: ignore[arg-type]
        return line_rows(stream, "standard input"), stream.arrived
    return _of_file(name), always


def several(task: Reading, text: str, by_line: bool, layout: "Layout") -> "Inputs | None":
    """The inputs that an argument of the command line means; None where it is a single one."""
    if text == "-":
        return lines(text)
    if not text.startswith("@"):
        return None
    if by_line:
        return lines(text[1:])
    rows = task.read_several(Path(text[1:]), layout)
    return None if rows is None else (rows, always)


def always() -> bool:
    """That no input needs to be waited for."""
    return True


def _of_file(name: str) -> "Iterator[Row]":
    from unrolled.sources.rows import line_rows

    try:
        with open(name, "rb") as file:
            yield from line_rows(file, name)
    except OSError as error:
        raise InputError(f"{name!r}: {error.strerror}; expected a text file behind @") from error
