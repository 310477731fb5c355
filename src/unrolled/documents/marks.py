"""Tags and placeholders within a sentence, and which tags belong together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from unrolled.text.held import PLACEHOLDER

__all__ = ["VOID", "Mark", "has_letters", "marks", "pairs"]

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
"""Elements of HTML that have no content."""
_TAG = r"<(?P<close>/)?(?P<name>[A-Za-z][\w:-]*)(?:\s[^<>]*?)?(?P<alone>/)?>"
_REFERENCE = r"&(?:[A-Za-z]\w{1,20}|#\d{1,7}|#x[\dA-Fa-f]{1,6});"
_MARK = re.compile(f"{_TAG}|{_REFERENCE}|{PLACEHOLDER}")


@dataclass(frozen=True)
class Mark:
    """Where in a sentence a tag or a placeholder stands."""

    text: str
    start: int
    end: int
    name: str = ""
    """Of a tag."""
    opens: bool = False
    closes: bool = False

    @property
    def tag(self) -> bool:
        """Whether it is a tag, and no placeholder."""
        return bool(self.name)

    @property
    def beside(self) -> bool:
        """Whether it may stand beside a sentence: a line break, a picture, a comment, or a tag without its partner."""
        return self.opens or self.closes or self.name.rstrip("0123456789") in VOID | {"comment"}


def marks(text: str) -> list[Mark]:
    """The tags and placeholders of a text, in their order."""
    return [_mark(found) for found in _MARK.finditer(text)]


def _mark(found: re.Match[str]) -> Mark:
    name = (found["name"] or "").lower()
    paired = bool(name) and not found["alone"] and name not in VOID
    closes = found["close"] is not None
    return Mark(found[0], found.start(), found.end(), name, paired and not closes, paired and closes)


def pairs(found: Sequence[Mark]) -> dict[int, int]:
    """Of each tag that opens the one that closes it, and the other way round, by their places in ``found``."""
    open_tags: list[int] = []
    partner: dict[int, int] = {}
    for place, mark in enumerate(found):
        if mark.opens:
            open_tags.append(place)
        if not mark.closes:
            continue
        opener = next((other for other in reversed(open_tags) if found[other].name == mark.name), None)
        if opener is not None:
            partner |= {opener: place, place: opener}
            del open_tags[open_tags.index(opener) :]
    return partner


def has_letters(text: str) -> bool:
    """Whether there is anything to translate beside marks."""
    return any(map(str.isalpha, _MARK.sub("", text)))
