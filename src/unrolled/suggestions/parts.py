"""The tokens of a model as texts: which of them go on with letters that are typed already."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unrolled.text.cutting import SPECIAL, to_bytes
from unrolled.text.tokens import Tokenizer

__all__ = ["Parts"]

_BYTES = "latin-1"  # one letter stands for each byte
_LONGEST_CHARACTER = 3  # bytes of one that is not whole yet


class Parts:
    """What the tokens of characters or byte pairs are made of: letters; of byte pairs one letter for each byte.

    Queries are read and written in these letters, see `letters` and `text`: a token may end within a character.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer, self._bytes = tokenizer, tokenizer.kind == "bpe"
        self.texts = ["" for _ in SPECIAL]
        """The letters of each token (V)."""
        for number in range(len(SPECIAL), len(tokenizer)):
            stored = tokenizer.stored(number)
            self.texts.append(to_bytes(stored).decode(_BYTES) if self._bytes else stored)
        self.longest = max(map(len, self.texts))
        self.opens = np.array([text.startswith(" ") for text in self.texts])
        """(V,): which begin a word after the first one."""

    def letters(self, text: str) -> str:
        """A text in the letters of the tokens."""
        return text.encode(errors="replace").decode(_BYTES) if self._bytes else text

    def text(self, letters: str) -> str:
        """What letters stand for; bytes that are no whole character become U+FFFD."""
        return letters.encode(_BYTES).decode(errors="replace") if self._bytes else letters

    def whole(self, letters: str) -> tuple[str, str] | None:
        """What letters stand for, and those at their end that begin a character; None where they are no text."""
        if not self._bytes:
            return letters, ""
        for begun in range(min(len(letters), _LONGEST_CHARACTER) + 1):
            end = len(letters) - begun
            try:
                return letters[:end].encode(_BYTES).decode(), letters[end:]
            except UnicodeDecodeError:
                pass
        return None

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each token."""
        return {text: number for number, text in enumerate(self.texts) if text}

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """The ids in alphabetical order."""
        return np.array(sorted(self.ids.values(), key=self.texts.__getitem__), np.int64)

    @cached_property
    def ranges(self) -> dict[str, tuple[int, int]]:
        """For each beginning of a token, the tokens that begin so, as a range of places in `order`."""
        ranges: dict[str, tuple[int, int]] = {}
        for place, number in enumerate(self.order.tolist()):
            text = self.texts[number]
            for length in range(1, len(text) + 1):
                first, _ = ranges.get(text[:length], (place, place))
                ranges[text[:length]] = first, place + 1
        return ranges

    def beginning_with(self, letters: str) -> NDArray[np.int64]:
        """The tokens that begin with these letters; where one is these letters and no more, it comes first."""
        first, end = self.ranges.get(letters, (0, 0))
        return self.order[first:end]
