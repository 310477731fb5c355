"""Text cut into segments: its finished words, where each ends, and where the word being typed begins."""

import re
import unicodedata
from typing import NamedTuple

from unrolled.text.cutting import Cutting
from unrolled.text.word_pattern import is_unspaced

__all__ = ["BREAK", "Segment", "Segments"]

BREAK = "\n"
_BEFORE = 2  # characters before a place that tell how the text is cut from there on
_CHUNK = re.compile(r"\S+")


class Segment(NamedTuple):
    """What the model reads at once (a word, a mark, or BREAK where a paragraph ends) and where in the text it ends."""

    text: str
    end: int


class Segments:
    """Cuts text into segments for a model whose tokens are of one kind.

    A word is finished when a character follows that cannot be part of it. The word at the end of the text may still
    grow: it is being typed, together with a mark after it that may stand inside a word (an apostrophe, hyphen, point).
    In a script without spaces between words each letter is finished at once. White space that holds a line break ends
    the paragraph, except at the beginning of the text. Where tokens are parts of words, a segment runs from one
    white space to the next and includes the white space before it, so that the tokens of the segments are those of the
    text.
    """

    def __init__(self, cutting: Cutting) -> None:
        self._parts_of_words = cutting.kind in ("character", "bpe")
        self._spaced = cutting.kind == "space"
        self._cutting = Cutting("word", cutting.earlier) if self._parts_of_words else cutting

    def of(self, text: str, start: int, after_break: bool) -> tuple[list[Segment], int]:
        """The finished segments of ``text`` from ``start`` on, and where the word being typed begins.

        ``start`` is 0 or the place of a space or line break; ``after_break`` says that the paragraph ended before it.
        """
        first = max(0, start - _BEFORE)
        cut = self._cutting.pieces(text[first:])
        parts = [(part, first + at, first + end) for part, (at, end) in cut if first + end > start]
        typed = self._typed(parts, len(text))
        parts = [(part, at, end) for part, at, end in parts if end <= typed]
        if self._parts_of_words:
            parts = self._chunks(text[:typed], start)
        segments: list[Segment] = []
        last, broken = start, after_break
        for part, at, end in [*parts, ("", typed, typed)]:
            gap = text.find(BREAK, last, at)
            if gap >= 0 and not broken:
                segments.append(Segment(BREAK, gap + 1))
            broken = broken if gap < 0 else True
            if part:
                lead = text[last:at].rpartition(BREAK)[2] if self._parts_of_words else ""
                segments.append(Segment(lead + part, end))
                last, broken = end, False
        return segments, typed

    def _typed(self, parts: list[tuple[str, int, int]], length: int) -> int:
        """Where the word at the very end of the text begins; the text's length where none is being typed."""
        if not parts or parts[-1][2] != length:
            return length
        part, at, _ = parts[-1]
        if self._spaced or (any(map(_is_letter, part)) and not self._stands_alone(part)):
            return at + self._marks_above(part)
        if len(parts) > 1 and parts[-2][2] == at and self._may_grow(parts[-2][0], part):
            return parts[-2][1]
        return length

    def _stands_alone(self, part: str) -> bool:
        """Whether a letter is a word of its own, or a mark has marks above it."""
        return not self._cutting.earlier and (is_unspaced(part) or not _is_letter(part[0]))

    def _marks_above(self, part: str) -> int:
        """How many characters at the beginning belong to the emoji before it, from which earlier models cut them."""
        if not self._cutting.earlier or part.isascii():
            return 0
        return next((i for i, character in enumerate(part) if not _is_mark(character)), len(part))

    def _may_grow(self, word: str, mark: str) -> bool:
        """Whether a letter after the mark would make them one word: don't, 3.5, U.S, EU:n."""
        return _is_letter(word[-1]) and any(
            len(self._cutting.pieces(word + mark + end)) == 1 for end in (word[-1], "n")
        )

    def _chunks(self, text: str, start: int) -> list[tuple[str, int, int]]:
        return [(match[0], match.start(), match.end()) for match in _CHUNK.finditer(text, start)]


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"
