"""Words and punctuation marks joined as a person writes them."""

from collections.abc import Iterable

__all__ = ["join_words"]

_NO_SPACE_BEFORE = frozenset(",.;:!?)]}%…’”»/—°")
_NO_SPACE_AFTER = frozenset("([{$£€¥“‘«¿¡#/—")
_STRAIGHT_QUOTES = frozenset(('"', "'"))


def join_words(words: Iterable[str]) -> str:
    """Join words and marks with spaces where English has them: `Hello , world .` becomes `Hello, world.`

    A straight quote opens and closes in turn, and so takes its space outside.
    """
    written: list[str] = []
    opened: set[str] = set()
    before, glued = "", True  # nothing precedes the first word, so no space does
    for word in words:
        closes = word in opened or (word == "'" and before[-1:] == "s")  # the dogs' tails
        if not (glued or closes or _follows_closely(before, word)):
            written.append(" ")
        written.append(word)
        glued = word in _NO_SPACE_AFTER or (word == "–" and before[-1:].isdigit())
        if word in _STRAIGHT_QUOTES:
            glued = not closes
            (opened.discard if closes else opened.add)(word)
        before = word
    return "".join(written)


def _follows_closely(before: str, word: str) -> bool:
    """Whether no space stands between two neighbours."""
    if word in _NO_SPACE_BEFORE:
        return True
    return (word == before == "-") or (word == "–" and before[-1:].isdigit())  # --, 1914–1918
