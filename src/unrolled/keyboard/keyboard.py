"""The keyboard: reads the text before the cursor and suggests how it goes on."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Self, cast

from unrolled.completion.dictionary import Dictionary, Suggestion, TokenStream
from unrolled.completion.spelling import spelt
from unrolled.completion.written import alike
from unrolled.errors import InputError
from unrolled.inference.together import Computation, alone
from unrolled.keyboard.answer import answering
from unrolled.keyboard.autocorrect import Autocorrect, Corrected, is_part_of_name, one_word_more
from unrolled.keyboard.before_cursor import LONGEST_TEXT, BeforeCursor, beginning
from unrolled.keyboard.keyboard_file import decode_keyboard, encode_keyboard
from unrolled.keyboard.memory import Memory, memory_of
from unrolled.keyboard.segments import BREAK
from unrolled.keyboard.swipe import Stroke, read_stroke, swiped
from unrolled.keyboard.word_stream import WordStream
from unrolled.strokes.reader import StrokeReader
from unrolled.text.case import opens_sentence
from unrolled.text.cutting import whole

__all__ = ["Keyboard", "Memory"]

_PART = re.compile(r".{1,9999}(?=\s|\Z)|.{9999}", re.DOTALL)


class Keyboard:
    """Holds the text before the cursor, suggests how it may go on, and learns the user's words.

    Suggestions depend on the text and on what was learnt from finished texts, never on how the text was typed: what is
    erased is not learnt. The one exception is a suggestion that was taken and erased again, or a correction: it is not
    offered again in that place before another word stands there. A text is finished when an empty one is written in its
    place. Of a text longer than 10,000 characters only the end is held, at least 5,000 characters; the beginning, which
    is dropped, counts as finished.
    """

    def __init__(self, stream: WordStream, dictionary: Dictionary, strokes: StrokeReader | None = None) -> None:
        self._dictionary, self._before, self._strokes = dictionary, BeforeCursor(stream, dictionary), strokes
        self._autocorrect = Autocorrect(dictionary if dictionary.words is None else dictionary.words)
        self.autocorrect = False
        """Whether a space after an unknown word corrects it, where there is one correction that is all but certain."""
        self.corrected: Corrected | None = None
        """The word that the last `write` or `edit` wrote in place of what was typed, or the other way round."""

    @property
    def text(self) -> str:
        """The text before the cursor, as it was written; the model reads it composed, in Unicode's form NFC."""
        return self._before.reader.given

    @property
    def typed(self) -> str:
        """The unfinished word at the end of the text."""
        return self._before.reader.typed

    @property
    def replaced(self) -> str:
        """The unfinished word as it was written: what a suggestion is put in place of."""
        return self._before.reader.given_typed

    def write(self, text: str) -> Self:
        """Replace all the text before the cursor; an empty text finishes the one before.

        With ``autocorrect`` a space typed after an unknown word may correct it, see ``corrected``; the next `edit` or
        `write`, if all it does is to erase that space, brings back what was typed.
        """
        alone(self.writing(text))
        return self

    def writing(self, text: str) -> Computation[None]:
        """`write` as a computation."""
        text = whole(_checked(text))
        if not text:
            self._before.finish()
            self._autocorrect.restart()
        dropped = beginning(len(text))
        yield from self._typing(text[dropped:], dropped)

    def edit(self, erase: int = 0, append: str = "") -> Self:
        """Erase up to ``erase`` characters before the cursor, then append a text; see `write` on ``autocorrect``."""
        alone(self.editing(erase, append))
        return self

    def editing(self, erase: int = 0, append: str = "") -> Computation[None]:
        """`edit` as a computation."""
        if erase < 0:
            raise InputError(f"erase is {erase}; expected at least 0")
        text, held_from = self.text[: max(0, len(self.text) - erase)] + whole(_checked(append)), self._before.dropped
        dropped = max(held_from, beginning(held_from + len(text)))
        yield from self._typing(text[dropped - held_from :], dropped)

    def learn(self, text: str) -> Self:
        """Learn from a text as if the user had typed and finished it; the text before the cursor stays."""
        if not self.learning:
            raise InputError("this keyboard does not learn; set learning to True first")
        parts = _PART.findall(whole(_checked(text)))
        before, now, forgotten = self._before, self.text, self._before.adaptation.skipped
        before.change("", before.dropped)
        other = Keyboard(before.start, self._dictionary)
        other._before.adaptation = before.adaptation
        for part in parts:
            other.write(part + BREAK).write("")
        before.outdate()
        before.unlearnt = forgotten
        before.change(now, before.dropped)
        return self

    @property
    def learning(self) -> bool:
        """Whether the keyboard learns from the text before the cursor."""
        return self._before.adaptation.active

    @learning.setter
    def learning(self, on: bool) -> None:
        self._before.adaptation.active = on
        self._before.outdate()

    def forget(self, word: str | None = None) -> Self:
        """Forget all that was learnt, or one word in every case, also what the text before the cursor taught.

        A word that was forgotten is neither offered nor learnt again before the text is finished.
        """
        if word is None:
            self._before.adaptation.forget(len(self._before.reader.segments))
        else:
            self._before.barred |= self._before.adaptation.forget_word(word.strip())
        self._before.outdate()
        return self

    def predicting(self) -> Computation[None]:
        """Compute now what `suggest` would wait for."""
        yield from self._before.predicting()

    def suggest(self, n: int = 3) -> list[Suggestion]:
        """The ``n`` best words, best first: completions and corrections of the word being typed, or next words."""
        _check_count(n)
        suggestions, reader = self._suggestions(n), self._before.reader
        self._before.refused.offered(reader.text[: reader.typed_from], (suggestion.text for suggestion in suggestions))
        return suggestions

    def _suggestions(self, n: int = 3, after_all: bool = True) -> list[Suggestion]:
        """`suggest`; without ``after_all`` as if nothing had been shown while the word was typed."""
        before, reader, dictionary = self._before, self._before.reader, self._dictionary
        opens = opens_sentence(reader.text[: reader.typed_from])
        if dictionary.parts:
            most = n + len(before.barred)
            stream = cast(TokenStream, reader.stream)
            found = spelt(dictionary, stream, self.typed, reader.after_word, opens, most, before.allows)
            suggestions = found[:n]
        else:
            suggestions = before.suggestions(opens, n, after_all)
        if not self.typed and reader.asks_for_space:
            return [suggestion._replace(text=f" {suggestion.text}") for suggestion in suggestions]
        return suggestions

    def swipe(self, points: object, layout: str | None = None, n: int = 3) -> list[Suggestion]:
        """The ``n`` best words for a stroke over the keys of a layout, the model's own where none is named.

        A stroke is a list of points [x, y, seconds], x in widths of a key and y in rows from the layout's first key on.
        It is a word after the one that is being typed, and has a space before it where the text asks for one. The text
        stays as it is: write one of the words to take it.
        """
        return self.words_of(self.read_stroke(points, layout), n)

    def read_stroke(self, points: object, layout: str | None = None) -> Stroke:
        """What the network reads from a stroke, whatever was written before; InputError says what is wrong with it."""
        return read_stroke(self._strokes, points, layout)

    def words_of(self, stroke: Stroke, n: int = 3) -> list[Suggestion]:
        """The ``n`` best words for a stroke that was read, see `swipe`."""
        _check_count(n)
        return swiped(self._before, stroke, n)

    def receive(self, message: Mapping[str, object]) -> dict[str, Any]:
        """Answer a message as docs/serving.md defines it; on InputError nothing has changed."""
        return alone(self.receiving(message))

    def receiving(self, message: Mapping[str, object]) -> Computation[dict[str, Any]]:
        """`receive` as a computation."""
        return answering(self, message)

    def memory(self) -> Memory:
        """The hidden state after each of the last 64 words, without those that earlier calls returned.

        A row is the last layer's output after the word, scaled from -1 … 1 to -127 … 127. Rows from number ``first`` on
        replace any that were returned before.
        """
        before = self._before
        recent = before.reader.recent(before.sent)
        before.sent = len(before.reader.segments)
        return memory_of(recent, before.sent)

    def save(self) -> bytes:
        """The text and all that was learnt, as a safetensors file, without the model."""
        before = self._before
        return encode_keyboard(before.adaptation, self.text, before.dropped, self._dictionary)

    def restore(self, saved: bytes) -> Self:
        """Continue from what `save` returned, for this model or a tuned one with the same vocabulary and width.

        InputError for anything else; then nothing has changed.
        """
        start, dictionary = self._before.start, self._dictionary
        keyboard = decode_keyboard(saved, dictionary, len(start.features))
        adaptation = keyboard.adaptation
        if len(keyboard.text) > LONGEST_TEXT:  # before any of it is read
            raise InputError("a saved keyboard: its text is longer than a keyboard holds")
        other = Keyboard(start, dictionary, self._strokes)
        other.learning = False
        before = other._before.change(keyboard.text, 0)
        words = 0 if dictionary.parts else max(0, len(before.reader.segments) - adaptation.skipped)
        if len(adaptation.cache) != adaptation.cache.kept + words:
            raise InputError("a saved keyboard: its text is not the one that was learnt from")
        before.adaptation, before.dropped, other.autocorrect = adaptation, keyboard.dropped, self.autocorrect
        vars(self).update(vars(other))
        return self

    def _typing(self, text: str, dropped: int) -> Computation[None]:
        """Change the text as a person who types: a space may correct the word before it, a backspace bring it back."""
        old, read, self.corrected = self.text, self._before.reader.text, None
        same_place, mended = dropped == self._before.dropped, None
        back = self._autocorrect.taken_back(old, text)
        if self.autocorrect and same_place:
            if back:
                self.corrected = Corrected(back.written, back.typed)
                self._before.adaptation.own_words.trust(back.typed)
                text = text[: len(text) - len(back.written)] + back.typed
            elif one_word_more(old, text):
                yield from self._before.changing(text[:-1], dropped)
                text = self._mended(text)
                mended = self.corrected
        yield from self._before.changing(text, dropped)
        if same_place:
            self._before.refused.changed(read, self._before.reader.text, mended and mended.written)

    def _mended(self, text: str) -> str:
        """A text that ends with a space, the word before it corrected where that is all but certain."""
        before, reader = self._before, self._before.reader
        place, typed, given = before.dropped + reader.typed_from, self.typed, self.replaced
        if before.adaptation.own_words.knows(typed) or alike(typed) in before.barred:
            return text
        if is_part_of_name(reader.text[: reader.typed_from]) or self._dictionary.blocked.blocks(typed):
            return text
        written = self._autocorrect.correction(place, typed, partial(self._suggestions, after_all=False))
        if written is None:
            return text
        self.corrected = Corrected(given, written)
        text = f"{text[: len(text) - len(given) - 1]}{written} "
        self._autocorrect.made(text, place, self.corrected)
        return text


def _check_count(n: object) -> None:
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise InputError(f"n is {n!r:.200}; expected a whole number of at least 1")


def _checked(text: object) -> str:
    if not isinstance(text, str):
        raise InputError(f"the text is {type(text).__name__}; expected a string")
    return text
