"""Words and punctuation marks joined as a person writes them."""

from collections.abc import Sequence

__all__ = ["join_words"]

_NO_SPACE_BEFORE = frozenset(",.;:!?)]}%…’”»/—°")
_NO_SPACE_AFTER = frozenset("([{$£€¥“‘«¿¡#/—")
_STRAIGHT_QUOTES = frozenset(('"', "'"))


def join_words(words: Sequence[str]) -> str:
    """Join words and marks with spaces where English has them: `Hello , world .` becomes `Hello, world.`

    Straight quotes open and close in turn; the space goes to their outer side.
    """
    written: list[str] = []
    opened: set[str] = set()
    before, glued = "", True  # nothing precedes the first word, so no space does
    for word, after in zip(words, [*words[1:], ""], strict=False):
        range_dash = word == "–" and before[-1:].isdigit() and after[:1].isdigit()  # 1914–1918
        closes = word in opened or (word == "'" and before[-1:] == "s")  # the dogs' tails
        if not (glued or closes or range_dash or word in _NO_SPACE_BEFORE or word == before == "-"):
            written.append(" ")
        written.append(word)
        glued = word in _NO_SPACE_AFTER or range_dash
        if word in _STRAIGHT_QUOTES:
            glued = not closes
            (opened.discard if closes else opened.add)(word)
        before = word
    return "".join(written)
