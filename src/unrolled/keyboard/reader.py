"""The text before the cursor, read by the model word by word; after an edit only what it changed is read again."""

from bisect import bisect_right
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from unrolled.inference.together import Awaits, Computation
from unrolled.keyboard.refused import unchanged
from unrolled.keyboard.segments import BREAK, Segment, Segments
from unrolled.keyboard.word_stream import WordStream
from unrolled.text.cutting import Cutting
from unrolled.text.graphemes import graphemes, is_emoji

__all__ = ["RECENT", "Reader"]

RECENT = 64  # words after each of which the stream is kept; before them, after every SPARSE-th word
SPARSE = 32

_LONGEST_EMOJI = 32  # characters; an even number, so that a row of flags is cut between two of them
_GLUED = frozenset(".,;:!?…)]}%”»")  # marks after which a word begins with a space

Compose = Callable[[str], str]
Encode = Callable[[str], NDArray[np.int64]]


class Reader:
    """Holds a text as finished segments and the word being typed, and the model's stream after each recent segment.

    What the model reads depends on the text alone: one segment at a time, always after the same ones. ``given`` is the
    text as the client has it, in which it counts characters; ``text`` is composed from it, as the model reads it.
    """

    def __init__(self, start: WordStream, cutting: Cutting, compose: Compose, encode: Encode) -> None:
        self.given = self.text = ""
        self.segments: list[Segment] = []
        self.typed_from = 0
        self._compose, self._encode, self._cut = compose, encode, Segments(cutting)
        self._streams = {0: start}
        self._new: list[Segment] = []

    @property
    def typed(self) -> str:
        """The word being typed."""
        return self.text[self.typed_from :]

    @property
    def given_typed(self) -> str:
        """The word being typed as the client has it."""
        if self.given == self.text:
            return self.typed
        before = self.text[: self.typed_from]
        ends = range(len(self.given), -1, -1)
        return self.given[next((end for end in ends if self._compose(self.given[:end]) == before), 0) :]

    @property
    def stream(self) -> WordStream:
        """The stream that has read every finished segment."""
        return self._after(len(self.segments))

    def following(self, number: int) -> NDArray[np.float32]:
        """The probabilities (V,) of the next word but one, where the next word has this id."""
        return self.stream.branch().feed_steps(np.array([number])).probabilities()

    @property
    def after_word(self) -> bool:
        """Whether the last word is finished, though no white space was read after it."""
        glued = 0 < self.typed_from < len(self.text) and not self.text[self.typed_from - 1].isspace()
        return bool(self.segments) and self.segments[-1].text != BREAK and not glued

    @property
    def asks_for_space(self) -> bool:
        """Whether the text ends with a mark or an emoji after which a word begins with a space."""
        return self.text[-1:] in _GLUED or is_emoji("".join(graphemes(self.text[-_LONGEST_EMOJI:])[-1:]))

    def change(self, text: str) -> int:
        """Replace the text; returns how many of its first segments stay as they were. Call `reading_on` next."""
        added = text[len(self.given) :]
        if self._grows_by(added) and text.startswith(self.given):
            self.given, self.text, self._new = text, self.text + added, []
            return len(self.segments)
        self.given, text = text, self._compose(text)
        start = self._unchanged(text)
        kept = bisect_right(self.segments, start, key=lambda segment: segment.end)
        ended = kept == 0 or self.segments[kept - 1].text == BREAK
        new, typed_from = self._cut.of(text, start, ended)
        read = len(self.segments)
        old = self.segments[kept : kept + len(new)]
        same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a.text != b.text), len(old))
        self._new = new[same:]
        self.text, self.typed_from = text, typed_from
        self.segments[kept:] = new[:same]
        kept += same
        if kept < read:
            self._streams = {number: stream for number, stream in self._streams.items() if number <= kept}
        return kept

    def reading_on(self, learn: Callable[[WordStream, Segment], None]) -> Computation[bool]:
        """Read the segments that the last change added; returns whether there were any.

        ``learn`` is called before each is read: with the stream that has read all before it, and the segment.
        """
        if not self._new:
            return False
        stream = self.stream
        for segment in self._new:
            learn(stream, segment)
            stream = stream.branch()
            yield Awaits(stream, self._encode(segment.text))
            self.segments.append(segment)
            self._keep(stream)
        self._new = []
        return True

    def restart(self, start: WordStream) -> None:
        """Begin again with an empty text."""
        self.given = self.text = ""
        self.segments, self.typed_from, self._streams = [], 0, {0: start}

    def recent(self, first: int) -> list[tuple[str, WordStream]]:
        """The texts of the segments from ``first`` on, as far back as streams are kept, with the stream after each."""
        latest_first: list[tuple[str, WordStream]] = []
        for number in range(len(self.segments), max(first, len(self.segments) - RECENT), -1):
            if number not in self._streams:
                break
            latest_first.append((self.segments[number - 1].text, self._streams[number]))
        return latest_first[::-1]

    def _grows_by(self, added: str) -> bool:
        """Whether the word being typed is ASCII letters after a space, and so is what is added: then nothing is cut, or
        composed, differently."""
        typed = self.typed
        if not (added.isascii() and added.isalpha() and typed.isascii() and typed.isalpha()):
            return False
        return self.text[self.typed_from - 1 : self.typed_from] in ("", " ")

    def _unchanged(self, text: str) -> int:
        """Where cutting must begin again: the last space or line break in the unchanged beginning, else 0."""
        common = unchanged(self.text, text)
        return max(text.rfind(" ", 0, common), text.rfind(BREAK, 0, common), 0)

    def _after(self, number: int) -> WordStream:
        """The stream after the first ``number`` segments, read again from the nearest one before it that is kept."""
        if number not in self._streams:
            nearest = max(kept for kept in self._streams if kept < number)
            stream = self._streams[nearest].branch()
            for segment in self.segments[nearest:number]:
                stream.feed_steps(self._encode(segment.text))
            self._streams[number] = stream
        return self._streams[number]

    def _keep(self, stream: WordStream) -> None:
        number = len(self.segments)
        self._streams[number] = stream
        old = number - RECENT
        if old > 0 and old % SPARSE:
            self._streams.pop(old, None)
