"""The text before the cursor, read by the model word by word; any edit re-reads what it changed and no more."""

from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.inference.stream import Stream
from unrolled.keyboard.segments import BREAK, Piece, Pieces
from unrolled.text.tokens import Kind

__all__ = ["RECENT", "Reader"]

RECENT = 64  # words whose streams are all kept; before them, that of every SPARSE-th word
SPARSE = 32

Encode = Callable[[str], NDArray[np.int64]]


class Reader:
    """Holds a text as finished pieces and the word being typed, and the model's stream after each of the last pieces.

    What is read depends on the text alone: one piece is read at a time, always after the same ones.
    """

    def __init__(self, start: Stream, kind: Kind, encode: Encode) -> None:
        self.text = ""
        self.pieces: list[Piece] = []
        self.typed_from = 0
        self._encode, self._cut = encode, Pieces(kind)
        self._streams = {0: start}
        self._new: list[Piece] = []

    @property
    def typed(self) -> str:
        """The word being typed."""
        return self.text[self.typed_from :]

    @property
    def stream(self) -> Stream:
        """What has read every finished piece."""
        return self._after(len(self.pieces))

    def change(self, text: str) -> int:
        """Let ``text`` be the text; returns how many of the pieces are still those of before. `read_on` comes next."""
        start = self._unchanged(text)
        kept = bisect_right(self.pieces, start, key=lambda piece: piece.end)
        ended = kept == 0 or self.pieces[kept - 1].text == BREAK
        new, typed_from = self._cut.of(text, start, ended)
        read = len(self.pieces)
        old = self.pieces[kept : kept + len(new)]
        same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a.text != b.text), len(old))
        self._new = new[same:]
        self.text, self.typed_from = text, typed_from
        self.pieces[kept:] = new[:same]
        kept += same
        if kept < read:
            self._streams = {number: stream for number, stream in self._streams.items() if number <= kept}
        return kept

    def read_on(self, learn: Callable[[Stream, str, NDArray[np.int64]], Any]) -> bool:
        """Read the pieces that the last change brought, and say whether there were any.

        ``learn`` gets each, its ids, and the stream that has read all before it.
        """
        if not self._new:
            return False
        stream = self.stream
        for piece in self._new:
            ids = self._encode(piece.text)
            learn(stream, piece.text, ids)
            stream = stream.branch().feed_steps(ids)
            self.pieces.append(piece)
            self._keep(stream)
        self._new = []
        return True

    def restart(self, start: Stream) -> None:
        """Hold no text."""
        self.text, self.pieces, self.typed_from, self._streams = "", [], 0, {0: start}

    def recent(self, first: int) -> list[tuple[str, Stream]]:
        """The pieces from number ``first`` on, or from the first still kept, each with the stream after it."""
        found: list[tuple[str, Stream]] = []
        for number in range(len(self.pieces), max(first, len(self.pieces) - RECENT), -1):
            if number not in self._streams:
                break
            found.append((self.pieces[number - 1].text, self._streams[number]))
        return found[::-1]

    def _unchanged(self, text: str) -> int:
        """Where to begin to cut anew: the last space or line break before which nothing changed, else 0."""
        if text.startswith(self.text):
            common = len(self.text)
        elif self.text.startswith(text):
            common = len(text)
        else:
            common = next(i for i, (a, b) in enumerate(zip(self.text, text, strict=False)) if a != b)
        return max(text.rfind(" ", 0, common), text.rfind(BREAK, 0, common), 0)

    def _after(self, number: int) -> Stream:
        """The stream after the first ``number`` pieces, read again from the last one before it that is kept."""
        if number not in self._streams:
            nearest = max(kept for kept in self._streams if kept < number)
            stream = self._streams[nearest].branch()
            for piece in self.pieces[nearest:number]:
                stream.feed_steps(self._encode(piece.text))
            self._streams[number] = stream
        return self._streams[number]

    def _keep(self, stream: Stream) -> None:
        number = len(self.pieces)
        self._streams[number] = stream
        old = number - RECENT
        if old > 0 and old % SPARSE:
            self._streams.pop(old, None)
