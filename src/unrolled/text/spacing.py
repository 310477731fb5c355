"""Words and punctuation marks joined as a person writes them."""

import unicodedata
from collections.abc import Sequence

from unrolled.text.word_pattern import is_unspaced

__all__ = ["join_lines", "join_words"]

_NO_SPACE_BEFORE = frozenset(
    (
        *",.;:!?)]}%…’/—°‰‽⁇⁈⁉",
        *"،؛؟٪۔।॥։՝᙮᠂᠃፣፤፥፦።",  # Arabic, Indic, Armenian, Canadian, Mongolian, Ethiopic
        *"་།༎፡",  # Tibetan, and the word space of Ethiopic
        *"\u00ad\u2060\ufeff\u061c\u200e\u200f\u202c\u2069",  # what nobody sees
    )
)
_NO_SPACE_AFTER = frozenset((*"([{¿¡#/—", *"་፡", *"\u2060\u202a\u202b\u202d\u202e\u2066\u2067\u2068"))
_CLOSED_BY = {"“": "”", "‘": "’", "«": "»", "„": "“”", "‚": "‘’", "»": "«»", "”": "”", '"': '"', "'": "'"}
"""Of each mark that opens a quotation in some language those that close it: “so”, „so“, »so«, ”so”, "so"."""


def join_words(words: Sequence[str]) -> str:
    """Join words and marks with spaces where they are written: `Hello , world .` becomes `Hello, world.`

    Quotation marks open and close in turn; the space goes to their outer side. There is none beside letters of a script
    that is written without, beside a piece that is or has a space itself, and between two emoji that are the same.
    """
    written: list[str] = []
    quotes = _Quotations(words)
    before, glued = "", True  # nothing precedes the first word, so no space does
    for word, after in zip(words, [*words[1:], ""], strict=False):
        range_dash = word == "–" and before[-1:].isdigit() and after[:1].isdigit()  # 1914–1918
        opens = word in _CLOSED_BY and quotes.open(word, before)
        closes = not opens and (word in _CLOSED_BY or word in _NO_SPACE_BEFORE)
        price = _is_currency(word) and before[-1:].isdigit()  # 5€
        if not (glued or closes or range_dash or price or _needs_no_space(word) or _is_repeated(word, before)):
            written.append(" ")
        written.append(word)
        glued = opens or range_dash or _is_glued(word, before, after)
        before = word
    return "".join(written)


def join_lines(lines: Sequence[str]) -> str:
    """Join lines by spaces, or by none where a script without spaces between words is broken, as Chinese is."""
    breaks = zip(lines, [*lines[1:], ""], strict=False)
    return "".join(f"{line}{_between(line, after)}" for line, after in breaks)


def _between(line: str, after: str) -> str:
    return "" if not after or (is_unspaced(line[-1]) and is_unspaced(after)) else " "


class _Quotations:
    """The quotations that are open, by the marks that opened them; which mark opens one differs between languages."""

    def __init__(self, words: Sequence[str]) -> None:
        self._open: list[str] = []
        self._left = {mark: words.count(mark) for mark in "«»”"} if "»" in words or "”" in words else {}
        self._english = "“" in words or "„" in words  # so that ” closes a quotation, and never opens one

    def open(self, mark: str, before: str) -> bool:
        """Whether a mark opens a quotation, as the next of the text, after the word ``before``; else it closes one."""
        if mark in self._left:
            self._left[mark] -= 1
        opener = next((opener for opener in reversed(self._open) if mark in _CLOSED_BY[opener]), None)
        if opener is not None:
            self._open.remove(opener)
            return False
        if mark == "'" and before[-1:] == "s":  # the dogs' tails
            return False
        if mark in "”»" and (not any(map(self._left.get, _CLOSED_BY[mark])) or (mark == "”" and self._english)):
            return False  # what it closes was opened before the text
        self._open.append(mark)
        return True


def _is_glued(word: str, before: str, after: str) -> bool:
    """Whether no space stands between a word, which is no quotation mark, and the next."""
    if _is_currency(word):
        return after[:1].isdigit() and not before[-1:].isdigit()
    if word in ("\u061c", "\u200e", "\u200f"):
        return not before
    return word in _NO_SPACE_AFTER or (_needs_no_space(word) and word != " —")


def _is_repeated(word: str, before: str) -> bool:
    """Whether a dash or an emoji stands twice."""
    return word == before and (word == "-" or unicodedata.category(word[0]) == "So")


def _is_currency(word: str) -> bool:
    return len(word) == 1 and unicodedata.category(word) == "Sc"


def _needs_no_space(word: str) -> bool:
    return is_unspaced(word) or word[0].isspace() or word == "\u200b"
