"""Which words may have been meant by a word with one typing error in it."""

import unicodedata
from collections.abc import Iterator
from functools import cache

from unrolled.completion.typing_errors import neighbours

__all__ = ["meant_by"]

SHORTEST = 3  # letters of a word in which an error can be told, and of the word that was meant
SIGNS = "'-"


def meant_by(word: str, letters: str) -> Iterator[str]:
    """The words in small letters that become ``word`` by one error: two letters swapped, one left out, one too many, a
    neighbouring key, a mark or an accent left out. ``letters`` are those of the language.

    A last letter that is too many is an error only where it doubles the one before: mostly it is an ending.
    """
    if len(word) < SHORTEST:
        return
    for i, letter in enumerate(word):
        before, after = word[:i], word[i + 1 :]
        if after and after[0] != letter:
            yield before + after[0] + letter + after[1:]
        if letter.isalpha() and len(word) > SHORTEST and (after or before.endswith(letter)):
            yield before + after
        for near in neighbours(letter):
            yield before + near + after
        for accented in _accented(letters).get(letter, ""):
            yield before + accented + after
    for i in range(len(word) + 1):
        for letter in letters + SIGNS if 0 < i < len(word) else letters:
            yield word[:i] + letter + word[i:]


@cache
def _accented(letters: str) -> dict[str, str]:
    """The letters with an accent, by those without."""
    accented: dict[str, str] = {}
    for letter in letters:
        base = unicodedata.normalize("NFD", letter)[0]
        if base != letter:
            accented[base] = accented.get(base, "") + letter
    return accented
