"""A text of several sentences cut into these, and what stands between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from unrolled.documents.marks import Mark, marks, pairs
from unrolled.errors import MissingExtra
from unrolled.text.word_pattern import is_unspaced

__all__ = ["Cut", "cut"]


@dataclass(frozen=True)
class Cut:
    """The sentences of a text, and what stands before, between and behind them, one more than sentences."""

    sentences: Sequence[str]
    between: Sequence[str]

    def joined(self, translations: Sequence[str]) -> str:
        """The text with other sentences; a space or none between two of them, as their script has it."""
        gaps = list(self.between)
        for number, (before, after) in enumerate(pairwise(translations), 1):
            if gaps[number] in ("", " ") and before and after:
                gaps[number] = "" if is_unspaced(before[-1]) and is_unspaced(after) else " "
        pieces = [piece for pair in zip(gaps[:-1], translations, strict=True) for piece in pair]
        return "".join([*pieces, gaps[-1]])


def cut(text: str, language: str) -> Cut:
    """Cut a text into sentences as a language writes them, never within a pair of tags.

    White space around sentences, and tags that enclose a whole one, belong to what stands between.
    """
    sentences, between, at = [], [], 0
    for start, end in _bounds(text, language):
        inner_start, inner_end = _inner(text, start, end)
        if inner_start < inner_end:
            between.append(text[at:inner_start])
            sentences.append(text[inner_start:inner_end])
            at = inner_end
    return Cut(sentences, [*between, text[at:]])


def _bounds(text: str, language: str) -> list[tuple[int, int]]:
    """Where sentences start and end, with white space and marks at their ends."""
    try:
        from sentencex import get_sentence_boundaries
    except ImportError as error:
        raise MissingExtra("sentencex", "documents", "cutting a text into sentences") from error
    tags = [mark for mark in marks(text) if mark.tag]
    plain = _plain(text, tags)
    starts = [0]
    for found in get_sentence_boundaries(language, plain)[1:]:
        place, depth = _in_text(found["start_index"], tags)
        if depth == 0 and plain[: found["start_index"]].strip():
            starts.append(place)
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _plain(text: str, tags: Sequence[Mark]) -> str:
    """The text without tags; a letter stands for one that is a word of the sentence, such as a piece of code."""
    pieces, at = list[str](), 0
    for tag in tags:
        pieces += [text[at : tag.start], _stand_in(tag)]
        at = tag.end
    return "".join([*pieces, text[at:]])


def _stand_in(tag: Mark) -> str:
    return "" if tag.beside else "X"


def _in_text(place: int, tags: Sequence[Mark]) -> tuple[int, int]:
    """A place in the text without tags as one in the text, and how many pairs of tags are open there."""
    partner = pairs(tags)
    depth = 0
    for number, tag in enumerate(tags):
        closes = tag.closes and number in partner
        if tag.start > place or (tag.start == place and not closes):
            break
        place += len(tag.text) - len(_stand_in(tag))
        depth += 0 if number not in partner else -1 if closes else 1
    return place, depth


def _inner(text: str, start: int, end: int) -> tuple[int, int]:
    """A sentence without white space, line breaks and pairs of tags around it."""
    while True:
        start += len(text[start:end]) - len(text[start:end].lstrip())
        end = start + len(text[start:end].rstrip())
        found = [mark for mark in marks(text[start:end]) if mark.tag]
        partner = pairs(found)
        last = len(found) - 1
        if not found or (found[0].start > 0 and found[last].end < end - start):
            return start, end
        if found[0].start == 0 and 0 not in partner and found[0].beside:
            start += found[0].end
        elif found[last].end == end - start and last not in partner and found[last].beside:
            end = start + found[last].start
        elif found[0].start == 0 and found[last].end == end - start and partner.get(0) == last:
            start, end = start + found[0].end, start + found[last].start
        else:
            return start, end
