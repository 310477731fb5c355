"""The keyboard: text before the cursor in, suggestions out."""

import re
from collections.abc import Mapping
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.dictionary import Dictionary, Suggestion
from unrolled.errors import InputError
from unrolled.inference.stream import Stream
from unrolled.keyboard.keyboard_file import decode, encode
from unrolled.keyboard.learnt import Learnt
from unrolled.keyboard.message import Message
from unrolled.keyboard.reader import Reader
from unrolled.keyboard.segments import BREAK
from unrolled.text.cutting import UNKNOWN, whole

__all__ = ["Keyboard"]

LONGEST_TEXT = 10_000  # characters held
_PART = re.compile(r".{1,9999}(?=\s|\Z)|.{9999}", re.DOTALL)
_STEP = LONGEST_TEXT // 2
_ENDS = frozenset(".!?…")
_GLUED = frozenset(".,;:!?…)]}%”»")  # marks after which a word begins with a space


class Keyboard:
    """Holds the text before the cursor, suggests how it may go on, and learns the words of who types.

    Suggestions depend on the text and on what was learnt from finished texts, never on how the text came about: what is
    erased is not learnt. A text is finished when an empty one is written in its place. Of a text longer than 10,000
    characters the end is held, at least 5,000 of them; what falls off at the front counts as finished.
    """

    def __init__(self, stream: Stream, dictionary: Dictionary) -> None:
        self._start, self._dictionary = stream, dictionary
        self._reader = Reader(stream, dictionary.kind, dictionary.encode)
        self._learnt = Learnt(len(dictionary), len(stream.features))
        self._dropped = 0  # characters before those held
        self._sent = 0  # rows of the memory that the client has
        self._unlearnt = 0  # words to be read again that were forgotten
        self._barred: set[str] = set()  # words forgotten while this text was written, until it is finished
        self._probabilities: NDArray[np.float32] | None = None

    @property
    def text(self) -> str:
        """The text before the cursor."""
        return self._reader.text

    @property
    def typed(self) -> str:
        """The unfinished word at its end."""
        return self._reader.typed

    def write(self, text: str) -> Self:
        """Let ``text`` be all that stands before the cursor; an empty one finishes the text so far."""
        text = whole(_checked(text))
        if not text:
            self._learnt.finish()
            self._reader.restart(self._start)
            self._barred.clear()
            self._dropped = self._sent = 0
            self._probabilities = None
        beginning = _beginning(len(text))
        return self._change(text[beginning:], beginning)

    def edit(self, erase: int = 0, append: str = "") -> Self:
        """Erase characters at the cursor, all where there are fewer, and then append some."""
        if erase < 0:
            raise InputError(f"erase is {erase}; expected at least 0")
        text = self.text[: max(0, len(self.text) - erase)] + whole(_checked(append))
        beginning = max(self._dropped, _beginning(self._dropped + len(text)))
        return self._change(text[beginning - self._dropped :], beginning)

    def learn(self, text: str) -> Self:
        """Learn from a text of one's own as if it had been typed and finished; what is being typed stays."""
        if not self.learning:
            raise InputError("this keyboard does not learn; set learning to True first")
        parts = _PART.findall(whole(_checked(text)))
        other, now, forgotten = Keyboard(self._start, self._dictionary), self.text, self._learnt.skipped
        self._change("", self._dropped)
        other._learnt = self._learnt
        for part in parts:
            other.write(part + BREAK).write("")
        self._probabilities, self._unlearnt = None, forgotten
        return self._change(now, self._dropped)

    @property
    def learning(self) -> bool:
        """Whether the text before the cursor is learnt from."""
        return self._learnt.active

    @learning.setter
    def learning(self, on: bool) -> None:
        self._learnt.active = on
        self._probabilities = None

    def forget(self, word: str | None = None) -> Self:
        """Forget all that was learnt, or that one word was ever written, the text before the cursor included.

        That word is not learnt again before the text is finished.
        """
        if word is None:
            self._learnt.forget(len(self._reader.pieces))
        else:
            self._barred.add(word.strip())
            self._learnt.forget_word(word.strip(), self._dictionary.known(word.strip()))
        self._probabilities = None
        return self

    def suggest(self, n: int = 3) -> list[Suggestion]:
        """The ``n`` best words: completions and corrections of the one being typed, or the next ones; best first."""
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise InputError(f"n is {n!r:.200}; expected a whole number of at least 1")
        pieces, text = self._reader.pieces, self.text
        if self._dictionary.parts:
            at = self._reader.typed_from
            glued = bool(self.typed) and at > 0 and not text[at - 1].isspace()
            after_word = bool(pieces) and pieces[-1].text != BREAK and not glued
            found = self._dictionary.spelt(self._reader.stream, self.typed, after_word, n)
        else:
            if self._probabilities is None:
                stream = self._reader.stream.branch()  # what a stream computes it may keep: not 64 times
                self._probabilities = self._learnt.probabilities(stream.probabilities(), stream.features)
            opens = not pieces or pieces[-1].text == BREAK or pieces[-1].text in _ENDS
            found = self._dictionary.find(self.typed, self._probabilities, self._learnt.own, opens, n)
        if not self.typed and text[-1:] in _GLUED:
            found = [one._replace(text=f" {one.text}") for one in found]
        return found

    def receive(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one message of docs/serving.md; InputError for what it forbids, and nothing has changed then."""
        began = perf_counter()
        asked = Message.read(message)
        if asked.learn is not None and asked.learn != self.learning:
            self.learning = asked.learn
        if asked.forget is not None:
            self.forget(asked.forget if isinstance(asked.forget, str) else None)
        if asked.text is not None:
            self.write(asked.text)
        elif asked.erase or asked.append:
            self.edit(asked.erase, asked.append)
        answer: dict[str, Any] = {
            "suggestions": [one._asdict() for one in self.suggest(asked.n)],
            "typed": self.typed,
            "replace": len(self.typed),
        }
        if asked.memory:
            answer["memory"] = self.memory()
        if "id" in message:
            answer["id"] = message["id"]
        answer["microseconds"] = round((perf_counter() - began) * 1e6, 1)
        return answer

    def memory(self) -> dict[str, Any]:
        """What the memory held after each of the last 64 words, as far as no earlier call gave it.

        Returns {"first": number of the first row's word in the text, "words", "rows"}: a row is the last layer's output
        after the word, -127 … 127 for -1 … 1; rows from ``first`` on take the place of any given before.
        """
        rows = self._reader.recent(self._sent)
        self._sent = len(self._reader.pieces)
        scaled = [np.clip(np.rint(stream.features * 127), -127, 127).astype(int).tolist() for _, stream in rows]
        return {"first": self._sent - len(rows), "words": [word.strip(" ") for word, _ in rows], "rows": scaled}

    def save(self) -> bytes:
        """The text and all that was learnt, a safetensors file; the model is not in it."""
        return encode(self._learnt, self.text, self._dropped, self._dictionary.fingerprint)

    def restore(self, saved: bytes) -> Self:
        """Go on from what `save` gave with this model, or one of its vocabulary and width, as a tuned one.

        InputError for anything else, and nothing has changed.
        """
        dictionary = self._dictionary
        found = decode(saved, len(dictionary), len(self._start.features), dictionary.fingerprint)
        if len(found.text) > LONGEST_TEXT:  # before any of it is read
            raise InputError("a saved keyboard: its text is longer than a keyboard holds")
        other = Keyboard(self._start, dictionary)
        other.learning = False
        other._change(found.text, 0)
        words = 0 if dictionary.parts else max(0, len(other._reader.pieces) - found.learnt.skipped)
        if len(found.learnt.cache) != found.learnt.cache.kept + words:
            raise InputError("a saved keyboard: its text is not the one that was learnt from")
        other._learnt, other._dropped = found.learnt, found.dropped
        vars(self).update(vars(other))
        return self

    def _change(self, text: str, dropped: int) -> Self:
        if dropped != self._dropped:
            self._slide(dropped)
        read = len(self._reader.pieces)
        kept = self._reader.change(text)
        if kept < read:
            self._learnt.cut(kept)
            self._sent = min(self._sent, kept)
            self._probabilities = None
        if self._reader.read_on(self._learn):
            self._probabilities = None
        self._unlearnt = 0
        return self

    def _learn(self, stream: Stream, word: str, ids: NDArray[np.int64]) -> None:
        if self._dictionary.parts:
            return
        if self._unlearnt:
            self._unlearnt -= 1
            self._learnt.skipped += 1
        elif word in self._barred:
            self._learnt.add(stream.features, "", UNKNOWN)
        else:
            self._learnt.add(stream.features, word, int(ids[0]))

    def _slide(self, dropped: int) -> None:
        """Hold the text from another character on: what falls off is finished, the rest is read anew."""
        off = dropped - self._dropped
        words = sum(piece.end <= off for piece in self._reader.pieces)
        self._unlearnt = max(0, self._learnt.skipped - words)
        self._learnt.cut(words)
        self._learnt.finish()
        self._reader.restart(self._start)
        self._dropped, self._sent, self._probabilities = dropped, 0, None


def _checked(text: object) -> str:
    if not isinstance(text, str):
        raise InputError(f"the text is {type(text).__name__}; expected a string")
    return text


def _beginning(length: int) -> int:
    """From which character on a text of this length is held."""
    return max(0, -(-(length - LONGEST_TEXT) // _STEP) * _STEP)
