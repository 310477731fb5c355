"""Which words of a text are finished, where each ends, and which one is still being typed."""

import re
import unicodedata
from typing import NamedTuple

from unrolled.text.cutting import Kind, pre_tokenizer

__all__ = ["BREAK", "Piece", "Pieces"]

BREAK = "\n"
_INNER = "'’-‐‑_.,:"  # what may yet turn out to stand within a word
_CHUNK = re.compile(r"\S+")


class Piece(NamedTuple):
    """What is read at once: a word, a mark, or BREAK for the end of a paragraph; and where in the text it ends."""

    text: str
    end: int


class Pieces:
    """Cuts text as the model's tokens of one kind need it.

    A word is finished when a character follows that cannot be part of it: what stands at the end of the text and may
    still grow is being typed, with an apostrophe, hyphen or point at its own end. A run of white space that holds a
    line break ends the paragraph; at the beginning of the text it says nothing. For tokens that are parts of words a
    piece is all between two white spaces, with that before it, so that the pieces' tokens are the text's.
    """

    def __init__(self, kind: Kind) -> None:
        self._whole = kind in ("character", "bpe")
        self._cut = pre_tokenizer("space" if kind == "space" else "word").pre_tokenize_str
        self._grows = "" if kind == "space" else _INNER

    def of(self, text: str, start: int, after_break: bool) -> tuple[list[Piece], int]:
        """The finished pieces of ``text`` from ``start`` on, and where the word being typed begins.

        ``start`` is 0 or a space or line break; ``after_break``: whether the paragraph had ended there already.
        """
        found = [(part, start + at, start + end) for part, (at, end) in self._cut(text[start:])]
        typed = self._typed(found, len(text))
        found = [(part, at, end) for part, at, end in found if end <= typed]
        if self._whole:
            found = self._chunks(text[:typed], start)
        pieces: list[Piece] = []
        last, broken = start, after_break
        for part, at, end in [*found, ("", typed, typed)]:
            gap = text.find(BREAK, last, at)
            if gap >= 0 and not broken:
                pieces.append(Piece(BREAK, gap + 1))
            broken = broken if gap < 0 else True
            if part:
                lead = text[last:at].rpartition(BREAK)[2] if self._whole else ""
                pieces.append(Piece(lead + part, end))
                last, broken = end, False
        return pieces, typed

    def _typed(self, found: list[tuple[str, int, int]], length: int) -> int:
        """Where the word begins that touches the end of the text."""
        if not found or found[-1][2] != length:
            return length
        part, at, _ = found[-1]
        if self._grows == "" or part[-1].isalnum() or len(part) > 1:
            return at
        if len(found) > 1 and part in self._grows and found[-2][2] == at and self._may_grow(found[-2][0], part):
            return found[-2][1]
        return length if not _is_letter(part) else at

    def _may_grow(self, word: str, mark: str) -> bool:
        """Whether a letter after the mark would make one word of both: don't, 3.5, U.S."""
        if mark in ".,:":
            return _is_letter(word[-1]) and (
                word[-1].isnumeric() or (mark == "." and len(word.rpartition(".")[2]) == 1)
            )
        return _is_letter(word[-1])

    def _chunks(self, text: str, start: int) -> list[tuple[str, int, int]]:
        return [(one[0], one.start(), one.end()) for one in _CHUNK.finditer(text, start)]


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"
