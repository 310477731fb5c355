"""Texts in order, among which those that begin alike stand together."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from unrolled.text.word_pattern import is_unspaced

__all__ = ["Beginnings", "ends_before", "word_starts"]

_ASCII_START = re.compile("(?<![0-9A-Za-z])[^ ]")
_LAST = "\U0010ffff"  # no character, and behind all of them


class Beginnings:
    """Texts in the order of their code points."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    def range_of(self, prefix: str, within: range | None = None) -> range:
        """Where the texts that begin so stand, all of them among those ``within`` that begin so."""
        low, high = (within.start, within.stop) if within is not None else (0, len(self.texts))
        low = bisect_left(self.texts, prefix, low, high)
        return range(low, bisect_left(self.texts, prefix + _LAST, low, high))

    def following(self, prefix: str, within: range) -> Iterator[str]:
        """The characters with which the texts ``within``, which all begin so, go on, in order."""
        low, high, length = within.start, within.stop, len(prefix)
        while low < high:
            letter = self.texts[low][length : length + 1]
            if letter:
                yield letter
            low = bisect_left(self.texts, prefix + letter + (_LAST if letter else "\0"), low, high)


def word_starts(text: str) -> list[int]:
    """Where words begin: after a space or a mark, and, where words have no spaces between them, at each character."""
    if text.isascii():
        return [found.start() for found in _ASCII_START.finditer(text)]
    return [
        place
        for place, letter in enumerate(text)
        if letter != " " and (place == 0 or is_gap(text[place - 1]) or is_unspaced(letter))
    ]


def ends_before(letter: str) -> bool:
    """Whether a word may end before this character: a space, a mark, or one of a script without spaces."""
    return is_gap(letter) or is_unspaced(letter)


def is_gap(letter: str) -> bool:
    """Whether a character stands between words: a space or a mark."""
    return unicodedata.category(letter)[0] in "PSZ"
