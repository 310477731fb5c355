"""The keyboard: reads the text before the cursor and suggests how it goes on."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.dictionary import Context, Dictionary, Suggestion
from unrolled.completion.spelling import spelt
from unrolled.completion.written import alike
from unrolled.errors import InputError
from unrolled.inference.stream import Stream
from unrolled.keyboard.adaptation import Adaptation
from unrolled.keyboard.autocorrect import Autocorrect, Corrected, is_part_of_name, one_word_more
from unrolled.keyboard.evidence import case_is_meant
from unrolled.keyboard.keyboard_file import decode_keyboard, encode_keyboard
from unrolled.keyboard.memory import Memory, memory_of
from unrolled.keyboard.message import KeyboardMessage
from unrolled.keyboard.reader import Reader
from unrolled.keyboard.segments import BREAK, Segment
from unrolled.text.case import opens_sentence
from unrolled.text.cutting import whole

__all__ = ["Keyboard", "Memory"]

LONGEST_TEXT = 10_000  # characters held
_PART = re.compile(r".{1,9999}(?=\s|\Z)|.{9999}", re.DOTALL)
_STEP = LONGEST_TEXT // 2


class Keyboard:
    """Holds the text before the cursor, suggests how it may go on, and learns the user's words.

    Suggestions depend on the text and on what was learnt from finished texts, never on how the text was typed: what is
    erased is not learnt. A text is finished when an empty one is written in its place. Of a text longer than 10,000
    characters only the end is held, at least 5,000 characters; the beginning, which is dropped, counts as finished.
    """

    def __init__(self, stream: Stream, dictionary: Dictionary) -> None:
        self._start, self._dictionary = stream, dictionary
        self._reader = Reader(stream, dictionary.cutting, dictionary.composed, dictionary.encode)
        self._adaptation = Adaptation(dictionary, len(stream.features))
        self._dropped = 0  # characters before the text that is held
        self._sent = 0  # rows of the memory that the client has already
        self._unlearnt = 0  # words that were forgotten: they are read again, but not learnt
        self._barred: set[str] = set()  # forgotten in this text: not learnt or offered before it is finished
        self._probabilities: NDArray[np.float32] | None = None
        self._following: Callable[[int], NDArray[np.float32]] = self._reader.following
        self._autocorrect = Autocorrect(dictionary if dictionary.words is None else dictionary.words)
        self.autocorrect = False
        """Whether a space after an unknown word corrects it, where there is one correction that is all but certain."""
        self.corrected: Corrected | None = None
        """The word that the last `write` or `edit` wrote in place of what was typed, or the other way round."""

    @property
    def text(self) -> str:
        """The text before the cursor, as it was written; the model reads it composed, in Unicode's form NFC."""
        return self._reader.given

    @property
    def typed(self) -> str:
        """The unfinished word at the end of the text."""
        return self._reader.typed

    def write(self, text: str) -> Self:
        """Replace all the text before the cursor; an empty text finishes the one before.

        With ``autocorrect`` a space typed after an unknown word may correct it, see ``corrected``; the next `edit` or
        `write`, if all it does is to erase that space, brings back what was typed.
        """
        text = whole(_checked(text))
        if not text:
            self._adaptation.finish()
            self._reader.restart(self._start)
            self._barred.clear()
            self._autocorrect.restart()
            self._dropped = self._sent = 0
            self._probabilities = None
        beginning = _beginning(len(text))
        return self._type(text[beginning:], beginning)

    def edit(self, erase: int = 0, append: str = "") -> Self:
        """Erase up to ``erase`` characters before the cursor, then append a text; see `write` on ``autocorrect``."""
        if erase < 0:
            raise InputError(f"erase is {erase}; expected at least 0")
        text = self.text[: max(0, len(self.text) - erase)] + whole(_checked(append))
        beginning = max(self._dropped, _beginning(self._dropped + len(text)))
        return self._type(text[beginning - self._dropped :], beginning)

    def learn(self, text: str) -> Self:
        """Learn from a text as if the user had typed and finished it; the text before the cursor stays."""
        if not self.learning:
            raise InputError("this keyboard does not learn; set learning to True first")
        parts = _PART.findall(whole(_checked(text)))
        other, now, forgotten = Keyboard(self._start, self._dictionary), self.text, self._adaptation.skipped
        self._change("", self._dropped)
        other._adaptation = self._adaptation
        for part in parts:
            other.write(part + BREAK).write("")
        self._probabilities, self._unlearnt = None, forgotten
        return self._change(now, self._dropped)

    @property
    def learning(self) -> bool:
        """Whether the keyboard learns from the text before the cursor."""
        return self._adaptation.active

    @learning.setter
    def learning(self, on: bool) -> None:
        self._adaptation.active = on
        self._probabilities = None

    def forget(self, word: str | None = None) -> Self:
        """Forget all that was learnt, or one word in every case, also what the text before the cursor taught.

        A word that was forgotten is neither offered nor learnt again before the text is finished.
        """
        if word is None:
            self._adaptation.forget(len(self._reader.segments))
        else:
            self._barred |= self._adaptation.forget_word(word.strip())
        self._probabilities = None
        return self

    def suggest(self, n: int = 3) -> list[Suggestion]:
        """The ``n`` best words, best first: completions and corrections of the word being typed, or next words."""
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise InputError(f"n is {n!r:.200}; expected a whole number of at least 1")
        reader, dictionary = self._reader, self._dictionary
        opens = opens_sentence(reader.text[: reader.typed_from])
        if dictionary.parts:
            most = n + len(self._barred)
            found = spelt(dictionary, reader.stream, self.typed, reader.after_word, opens, most)
            suggestions = [suggestion for suggestion in found if alike(suggestion.text) not in self._barred][:n]
        else:
            if self._probabilities is None:
                self._probabilities = self._adapted()
                self._following = lru_cache(maxsize=4)(reader.following)
            context = Context(self._probabilities, self._following, self._adaptation.own, opens)
            suggestions = dictionary.find(self.typed, context, n)
        if not self.typed and reader.asks_for_space:
            return [suggestion._replace(text=f" {suggestion.text}") for suggestion in suggestions]
        return suggestions

    def receive(self, message: Mapping[str, object]) -> dict[str, Any]:
        """Answer a message as docs/serving.md defines it; on InputError nothing has changed."""
        began = perf_counter()
        request = KeyboardMessage.read(message)
        if request.learn is not None and request.learn != self.learning:
            self.learning = request.learn
        if request.autocorrect is not None:
            self.autocorrect = request.autocorrect
        if request.forget is not None:
            self.forget(request.forget if isinstance(request.forget, str) else None)
        if request.text is not None:
            self.write(request.text)
        elif request.erase or request.append:
            self.edit(request.erase, request.append)
        edited = request.text is not None or request.erase or request.append
        answer: dict[str, Any] = {
            "suggestions": [suggestion._asdict() for suggestion in self.suggest(request.n)],
            "typed": self.typed,
            "replace": len(self._reader.given_typed),
        }
        if edited and self.corrected:
            answer["corrected"] = {"from": self.corrected.typed, "to": self.corrected.written}
        if request.memory:
            answer["memory"] = self.memory()
        if "id" in message:
            answer["id"] = message["id"]
        answer["microseconds"] = round((perf_counter() - began) * 1e6, 1)
        return answer

    def memory(self) -> Memory:
        """The hidden state after each of the last 64 words, without those that earlier calls returned.

        A row is the last layer's output after the word, scaled from -1 … 1 to -127 … 127. Rows from number ``first`` on
        replace any that were returned before.
        """
        recent = self._reader.recent(self._sent)
        self._sent = len(self._reader.segments)
        return memory_of(recent, self._sent)

    def save(self) -> bytes:
        """The text and all that was learnt, as a safetensors file, without the model."""
        return encode_keyboard(self._adaptation, self.text, self._dropped, self._dictionary.fingerprint)

    def restore(self, saved: bytes) -> Self:
        """Continue from what `save` returned, for this model or a tuned one with the same vocabulary and width.

        InputError for anything else; then nothing has changed.
        """
        dictionary = self._dictionary
        keyboard = decode_keyboard(saved, dictionary, len(self._start.features))
        adaptation = keyboard.adaptation
        if len(keyboard.text) > LONGEST_TEXT:  # before any of it is read
            raise InputError("a saved keyboard: its text is longer than a keyboard holds")
        other = Keyboard(self._start, dictionary)
        other.learning = False
        other._change(keyboard.text, 0)
        words = 0 if dictionary.parts else max(0, len(other._reader.segments) - adaptation.skipped)
        if len(adaptation.cache) != adaptation.cache.kept + words:
            raise InputError("a saved keyboard: its text is not the one that was learnt from")
        other._adaptation, other._dropped, other.autocorrect = adaptation, keyboard.dropped, self.autocorrect
        vars(self).update(vars(other))
        return self

    def _type(self, text: str, dropped: int) -> Self:
        """Change the text as a person who types: a space may correct the word before it, a backspace bring it back."""
        old, self.corrected = self.text, None
        back = self._autocorrect.taken_back(old, text)
        if not self.autocorrect or dropped != self._dropped:
            return self._change(text, dropped)
        if back:
            self.corrected = Corrected(back.written, back.typed)
            self._adaptation.own_words.trust(back.typed)
            text = text[: len(text) - len(back.written)] + back.typed
        elif one_word_more(old, text):
            self._change(text[:-1], dropped)
            text = self._mended(text)
        return self._change(text, dropped)

    def _mended(self, text: str) -> str:
        """A text that ends with a space, the word before it corrected where that is all but certain."""
        place, typed, given = self._dropped + self._reader.typed_from, self.typed, self._reader.given_typed
        if self._adaptation.own_words.knows(typed) or alike(typed) in self._barred:
            return text
        if is_part_of_name(self._reader.text[: self._reader.typed_from]):
            return text
        written = self._autocorrect.correction(place, typed, self.suggest)
        if written is None:
            return text
        self.corrected = Corrected(given, written)
        text = f"{text[: len(text) - len(given) - 1]}{written} "
        self._autocorrect.made(text, place, self.corrected)
        return text

    def _change(self, text: str, dropped: int) -> Self:
        if dropped != self._dropped:
            self._slide(dropped)
        read = len(self._reader.segments)
        kept = self._reader.change(text)
        if kept < read:
            self._adaptation.cut(kept)
            self._sent = min(self._sent, kept)
            self._probabilities = None
        if self._reader.read_on(self._learn):
            self._probabilities = None
        self._unlearnt = 0
        return self

    def _adapted(self) -> NDArray[np.float32]:
        """The probabilities of the next word, the user's own after the model's; 0 of words that were forgotten."""
        stream = self._reader.stream.branch()  # a stream keeps what it computes, and many are held
        p = self._adaptation.probabilities(stream.probabilities(), stream.features)
        forgotten = [number for word in self._barred for number in self._dictionary.variants(word)]
        return p if not forgotten else np.where(np.isin(np.arange(len(p)), forgotten), np.float32(0), p)

    def _learn(self, stream: Stream, segment: Segment) -> None:
        if self._dictionary.parts:
            return
        if self._unlearnt:
            self._unlearnt -= 1
            self._adaptation.skipped += 1
        elif alike(segment.text) in self._barred:
            self._adaptation.skip(stream.features)
        else:
            reader, spaced = self._reader, self._dictionary.kind == "space"
            sure = spaced or case_is_meant(reader.text, segment, reader.segments, self._dictionary.casing)
            self._adaptation.add(stream.features, segment.text, sure)

    def _slide(self, dropped: int) -> None:
        """Drop the text before character ``dropped``; it counts as finished, and the rest is read again."""
        off = dropped - self._dropped
        words = sum(segment.end <= off for segment in self._reader.segments)
        self._unlearnt = max(0, self._adaptation.skipped - words)
        self._adaptation.cut(words)
        self._adaptation.finish()
        self._reader.restart(self._start)
        self._dropped, self._sent, self._probabilities = dropped, 0, None


def _checked(text: object) -> str:
    if not isinstance(text, str):
        raise InputError(f"the text is {type(text).__name__}; expected a string")
    return text


def _beginning(length: int) -> int:
    """The number of characters that are dropped from a text of this length."""
    return max(0, -(-(length - LONGEST_TEXT) // _STEP) * _STEP)
