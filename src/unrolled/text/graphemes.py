"""What a person takes for one character: a letter with its marks, an emoji of several parts, a flag."""

from functools import cache

import tokenizers
from tokenizers import pre_tokenizers

__all__ = ["graphemes"]


def graphemes(text: str) -> list[str]:
    """The text cut into extended grapheme clusters (Unicode Standard Annex #29), which together are the text.

    An emoji stays whole with its skin tone, its variation selector and all that joiners join to it; so do the two
    letters of a flag, the parts of a keycap, and a letter with the marks above, below and after it.
    """
    if text.isascii() and "\r" not in text:
        return list(text)
    return [cluster for cluster, _ in _clusters().pre_tokenize_str(text)]


@cache
def _clusters() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Split(tokenizers.Regex(r"\X"), "isolated")
