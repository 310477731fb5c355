"""The text before the cursor as the model has read it, with what it taught, and the probabilities of what follows."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.candidates import anything
from unrolled.completion.dictionary import Context, Dictionary, Suggestion
from unrolled.completion.lexicon import LONGEST
from unrolled.completion.written import alike
from unrolled.inference.together import Awaits, Computation, alone
from unrolled.keyboard.adaptation import Adaptation
from unrolled.keyboard.evidence import case_is_meant
from unrolled.keyboard.reader import Reader
from unrolled.keyboard.refused import Refused
from unrolled.keyboard.segments import Segment
from unrolled.keyboard.word_stream import WordStream

__all__ = ["LONGEST_TEXT", "BeforeCursor", "beginning"]

LONGEST_TEXT = 10_000  # characters held
_STEP = LONGEST_TEXT // 2
_SHOWN = 3  # suggestions that a person sees


class BeforeCursor:
    """Holds the end of the text before the cursor, read by the model, and what was learnt from it and before it."""

    def __init__(self, start: WordStream, dictionary: Dictionary) -> None:
        self.start, self.dictionary = start, dictionary
        self.reader = Reader(start, dictionary.cutting, dictionary.composed, dictionary.encode)
        self.adaptation = Adaptation(dictionary, len(start.features))
        self.dropped = 0  # characters before the text that is held
        self.sent = 0  # rows of the memory that the client has already
        self.unlearnt = 0  # words that were forgotten: they are read again, but not learnt
        self.refused = Refused()  # in this session alone
        self.barred: set[str] = set()  # forgotten in this text: not learnt or offered before it is finished
        self._probabilities: NDArray[np.float32] | None = None
        self._shown: dict[str, set[str]] = {}
        self._following: Callable[[int], NDArray[np.float32]] = self.reader.following

    def finish(self) -> None:
        """Count the text as finished, and begin an empty one."""
        self.adaptation.finish()
        self.reader.restart(self.start)
        self.barred.clear()
        self.refused.restart()
        self.dropped = self.sent = 0
        self.outdate()

    def change(self, text: str, dropped: int) -> Self:
        """Hold another text, ``dropped`` characters of which are not held any more: only what differs is read."""
        alone(self.changing(text, dropped))
        return self

    def changing(self, text: str, dropped: int) -> Computation[None]:
        """`change` as a computation."""
        if dropped != self.dropped:
            self._slide(dropped)
        read = len(self.reader.segments)
        kept = self.reader.change(text)
        if kept < read:
            self.adaptation.cut(kept)
            self.sent = min(self.sent, kept)
            self.outdate()
        if (yield from self.reader.reading_on(self._learn)):
            self.outdate()
        self.unlearnt = 0

    def outdate(self) -> None:
        """Let `context` compute the probabilities anew: what they depend on has changed."""
        self._probabilities = None
        self._shown.clear()

    def suggestions(self, opens: bool, n: int, after_all: bool = True) -> list[Suggestion]:
        """The ``n`` best words here; ``opens`` says whether a sentence opens here.

        With ``after_all`` those that are among the three best for a beginning of what is typed, and so were passed
        over, count for less.
        """
        typed, context = self.reader.typed, self.context(opens)
        if not after_all:
            return self.dictionary.find(typed, context, n)
        passed = Counter[str]()
        for begun in (typed[:end] for end in range(min(len(typed), LONGEST))):
            if begun not in self._shown:
                self._show(begun, self.dictionary.find(begun, context._replace(passed=passed.copy()), _SHOWN))
            passed.update(self._shown[begun])
        best = self.dictionary.find(typed, context._replace(passed=passed), max(n, _SHOWN))
        if n <= _SHOWN:
            self._show(typed, best)
        return best[:n]

    def _show(self, typed: str, best: Sequence[Suggestion]) -> None:
        self._shown[typed] = {alike(one.text) for one in best}

    def allows(self, word: str) -> bool:
        """Whether a word may be suggested here: it is not forgotten, not of the block list, and was not refused."""
        before, typed = self.reader.text[: self.reader.typed_from], self.reader.typed
        if self.barred and alike(word.strip()) in self.barred:
            return False
        return self.dictionary.blocked.allows(word, before) and not self.refused.refuses(word, before, typed)

    def context(self, opens: bool) -> Context:
        """What the dictionary asks to rank words here; ``opens`` says whether a sentence opens here."""
        if self._probabilities is None:
            alone(self.predicting())
            assert self._probabilities is not None
        frequency = self.reader.stream.frequency
        some = self.barred or self.refused or self.dictionary.blocked.terms
        allows = self.allows if some else anything
        return Context(self._probabilities, self._following, self.adaptation.own, opens, frequency, allows)

    def predicting(self) -> Computation[None]:
        """Compute the probabilities of `context`, where they are not known yet."""
        if self._probabilities is None and not self.dictionary.parts:
            stream = self.reader.stream.branch()  # a stream keeps what it computes, and many are held
            yield Awaits(stream)
            self._probabilities = self._adapted(stream)
            self._following = lru_cache(maxsize=4)(self.reader.following)

    def _adapted(self, stream: WordStream) -> NDArray[np.float32]:
        """The probabilities of the next word, the user's own after the model's; 0 of words that were forgotten or are
        blocked."""
        p = self.adaptation.probabilities(stream.probabilities(), stream.features)
        never = [number for word in self.barred for number in self.dictionary.variants(word)]
        never += self.dictionary.blocked_ids.tolist()
        if never:
            p = p.copy()
            p[never] = 0.0
        return p

    def _learn(self, stream: WordStream, segment: Segment) -> None:
        if self.dictionary.parts:
            return
        if self.unlearnt:
            self.unlearnt -= 1
            self.adaptation.skipped += 1
        elif alike(segment.text) in self.barred or self.dictionary.blocked.blocks(segment.text):
            self.adaptation.skip(stream.features)
        else:
            reader, spaced = self.reader, self.dictionary.kind == "space"
            sure = spaced or case_is_meant(reader.text, segment, reader.segments, self.dictionary.casing)
            self.adaptation.add(stream.features, segment.text, sure)

    def _slide(self, dropped: int) -> None:
        """Drop the text before character ``dropped``; it counts as finished, and the rest is read again."""
        off = dropped - self.dropped
        words = sum(segment.end <= off for segment in self.reader.segments)
        self.unlearnt = max(0, self.adaptation.skipped - words)
        self.adaptation.cut(words)
        self.adaptation.finish()
        self.reader.restart(self.start)
        self.dropped, self.sent = dropped, 0
        self.refused.restart()
        self.outdate()


def beginning(length: int) -> int:
    """The number of characters that are dropped from a text of this length."""
    return max(0, -(-(length - LONGEST_TEXT) // _STEP) * _STEP)
