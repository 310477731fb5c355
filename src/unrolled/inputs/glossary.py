"""The terms of a glossary that a text has."""

import re
from collections.abc import Callable, Mapping

from unrolled.errors import InputError
from unrolled.text.word_pattern import is_unspaced

__all__ = ["matching"]


def matching(text: str, glossary: Mapping[str, str], fold: Callable[[str], str]) -> list[tuple[str, str]]:
    """The terms that stand in a text, each once with its translation, in the order of the text.

    They match whole words, whatever their case; of terms that overlap the longest counts. ``fold`` makes letters small.
    Raises InputError for a term or a translation that is empty, and for what is no glossary of texts.
    """
    if not (isinstance(glossary, Mapping) and all(isinstance(side, str) for pair in glossary.items() for side in pair)):
        raise InputError(f"the glossary is {glossary!r:.200}; expected terms with their translations, all texts")
    folded, found = fold(text), list[tuple[int, str]]()
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
        free = [(start, end) for start, end in places if not any(taken[start:end])]
        for start, end in free:
            taken[start:end] = [True] * (end - start)
        if free:
            found.append((free[0][0], term))
    return [(term, glossary[term]) for _, term in sorted(found)]


def _whole(term: str) -> str:
    """The pattern of a term that is no part of a longer word, in scripts that write spaces between words."""
    before = r"(?<!\w)" if term[0].isalnum() and not is_unspaced(term[0]) else ""
    after = r"(?!\w)" if term[-1].isalnum() and not is_unspaced(term[-1]) else ""
    return f"{before}{re.escape(term)}{after}"
