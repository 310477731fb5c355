"""What a person takes for one character: a letter with its marks, an emoji of several parts, a flag."""

import unicodedata
from functools import cache

import tokenizers
from tokenizers import pre_tokenizers

__all__ = ["graphemes", "is_emoji", "is_half_flag"]

_PICTURES = frozenset("⌚⌛⬛⬜⭐⭕") | set(map(chr, (*range(0x23E9, 0x23F4), *range(0x2600, 0x27C0))))
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def graphemes(text: str) -> list[str]:
    """The text cut into extended grapheme clusters (Unicode Standard Annex #29), which together are the text.

    An emoji stays whole with its skin tone, its variation selector and all that joiners join to it; so do the two
    letters of a flag, the parts of a keycap, and a letter with the marks above, below and after it.
    """
    if text.isascii() and "\r" not in text:
        return list(text)
    return [cluster for cluster, _ in _clusters().pre_tokenize_str(text)]


def is_emoji(cluster: str) -> bool:
    """Whether a grapheme cluster is an emoji that stands by itself: no skin tone, letter of a flag, or mark alone."""
    first = cluster[:1]
    if "\u20e3" in cluster:
        return True
    if not first or unicodedata.category(first) != "So" or is_half_flag(cluster):
        return False
    return ord(first) >= 0x1F000 or first in _PICTURES or "\ufe0f" in cluster


def is_half_flag(text: str) -> bool:
    """Whether a text is one of the two letters of a flag, as which some models cut flags."""
    return len(text) == 1 and ord(text) in _FLAG_LETTERS


@cache
def _clusters() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Split(tokenizers.Regex(r"\X"), "isolated")
