"""Swipe typing: the words that a stroke over the keys may stand for, after the text before the cursor."""

from typing import NamedTuple, cast

from unrolled.completion.dictionary import Suggestion, TokenStream
from unrolled.completion.spelling import spelt_context
from unrolled.errors import InputError
from unrolled.keyboard.before_cursor import BeforeCursor
from unrolled.strokes.points import checked_stroke
from unrolled.strokes.reader import StrokeReader
from unrolled.strokes.search import Frames
from unrolled.strokes.words import Keys, find_words, likely_words
from unrolled.text.case import opens_sentence

__all__ = ["Stroke", "read_stroke", "swiped"]


class Stroke(NamedTuple):
    """What the network read from a stroke, and the letters of each key over which it may go."""

    frames: Frames
    keys: Keys


def read_stroke(reader: StrokeReader | None, points: object, layout: str | None) -> Stroke:
    """Read the points [x, y, seconds] of a stroke over a layout, the model's own where none is named.

    InputError says what is wrong with it, and with which point.
    """
    if reader is None:
        raise InputError(
            "this model reads no strokes; teach it, MODEL being its folder: unrolled fit swipe MODEL -o MODEL"
        )
    over = reader.layout(layout)
    return Stroke(Frames(*reader.frames(checked_stroke(points), over)), over.on_keys)


def swiped(before: BeforeCursor, stroke: Stroke, n: int) -> list[Suggestion]:
    """The ``n`` best words for a stroke, with a space before them where the text asks for one.

    A stroke is a word of its own: it finishes the word that is being typed.
    """
    reader, text = before.reader, before.reader.given
    if not reader.typed[-1:].isalnum():
        return _found(before, stroke, n, " " if reader.asks_for_space else "")
    before.change(text + " ", before.dropped)
    try:
        return _found(before, stroke, n, " ")
    finally:
        before.change(text, before.dropped)


def _found(before: BeforeCursor, stroke: Stroke, n: int, space: str) -> list[Suggestion]:
    dictionary, reader = before.dictionary, before.reader
    opens = opens_sentence(reader.text[: reader.typed_from])
    words = dictionary.words if dictionary.parts else dictionary
    if words is None:
        raise InputError("a model of characters or byte pairs of an earlier version has no words, which strokes need")
    if dictionary.parts:
        likely = likely_words(words, *stroke)
        stream = cast(TokenStream, reader.stream)
        context = spelt_context(dictionary, words, stream, likely, reader.after_word, opens)._replace(
            allows=before.allows
        )
    else:
        context = before.context(opens)
    found = find_words(words, context, *stroke, n)
    before.refused.offered(reader.text[: reader.typed_from], (one.text for one in found))
    return [one._replace(text=space + one.text) for one in found]
