"""The terms of a glossary that a text has."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from unrolled.errors import InputError
from unrolled.text.held import Span
from unrolled.text.word_pattern import is_unspaced

__all__ = ["Found", "matching", "released"]


class Found(NamedTuple):
    """A term that stands in a text."""

    places: Sequence[tuple[int, int]]
    """Where it starts and ends, each time; at least once."""
    term: str
    translation: str


def matching(
    text: str, glossary: Mapping[str, str], fold: Callable[[str], str], held: Sequence[Span] = ()
) -> list[Found]:
    """The terms that stand in a text, each once, in the order of the text.

    They match whole words, whatever their case; of terms that overlap the longest counts, and within what is ``held``
    there is none. ``fold`` makes letters small. Raises InputError for a term or a translation that is empty, and for
    what is no glossary of texts.
    """
    if not (isinstance(glossary, Mapping) and all(isinstance(side, str) for pair in glossary.items() for side in pair)):
        raise InputError(f"the glossary is {glossary!r:.200}; expected terms with their translations, all texts")
    folded, found = fold(text), list[Found]()
    taken = [False] * len(folded)
    for term in sorted(glossary, key=lambda term: (-len(term), term)):
        sought = fold(term.strip())
        if not sought or not glossary[term].strip():
            raise InputError(
                f"the glossary's entry {term!r} → {glossary[term]!r} is empty on one side; expected a term"
            )
        if sought not in folded:
            continue
        places = [place.span() for place in re.finditer(_whole(sought), folded)]
        places = [place for place in places if all(_apart(place, span) or _covers(place, span) for span in held)]
        free = [(start, end) for start, end in places if not any(taken[start:end])]
        for start, end in free:
            taken[start:end] = [True] * (end - start)
        if free:
            found.append(Found(free, term, glossary[term]))
    return sorted(found)


def released(held: Sequence[Span], found: Sequence[Found]) -> list[Span]:
    """What is held, without what stands in a term: the term's translation says what becomes of it."""
    places = [place for one in found for place in one.places]
    return [span for span in held if not any(_covers(place, span) for place in places)]


def _apart(place: tuple[int, int], span: Span) -> bool:
    return place[1] <= span.start or span.end <= place[0]


def _covers(place: tuple[int, int], span: Span) -> bool:
    return place[0] <= span.start and span.end <= place[1]


def _whole(term: str) -> str:
    """The pattern of a term that is no part of a longer word, in scripts that write spaces between words."""
    before = r"(?<!\w)" if term[0].isalnum() and not is_unspaced(term[0]) else ""
    after = r"(?!\w)" if term[-1].isalnum() and not is_unspaced(term[-1]) else ""
    return f"{before}{re.escape(term)}{after}"
