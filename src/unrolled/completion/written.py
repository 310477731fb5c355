"""The case in which a word is typed and offered: as the vocabulary has it, capitalised, or in capitals throughout."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["case_factors", "capitalised", "in_capitals", "written"]

# The probability that a word of each case (lower, Capitalised, other) is typed so; lower case is quick for any word.
_AS_IT_IS = np.array([1.0, 1.0, 1.0], np.float32)
_TYPED_LOWER = np.array([1.0, 0.4, 0.4], np.float32)
_TYPED_CAPITAL = np.array([0.05, 1.0, 1.0], np.float32)
_TYPED_UPPER = np.array([0.3, 0.3, 1.0], np.float32)


def case_factors(typed: str, opens: bool) -> NDArray[np.float32]:
    """The probability (3,) that a word of each case is typed like this; ``opens``: as the first of a sentence."""
    if not typed or (opens and _letters(typed) == 1 and typed != typed.lower()):
        return _AS_IT_IS
    if typed == typed.lower():
        return _TYPED_LOWER
    if in_capitals(typed):
        return _TYPED_UPPER
    return _AS_IT_IS if opens else _TYPED_CAPITAL


def written(word: str, typed: str, opens: bool) -> str:
    """The word in the case of what was typed, or with a capital where it opens a sentence.

    A word that begins with exactly what was typed stays as it is: O'B is no caps lock before O'Brien.
    """
    if typed == typed.lower():
        return capitalised(word) if opens and not typed else word
    if word.startswith(typed):
        return word
    if in_capitals(typed):
        return word.upper()
    return capitalised(word) if word == word.lower() and typed[0] != typed[0].lower() else word


def in_capitals(text: str) -> bool:
    """Whether at least two letters of a text have a case, and all are capitals: I'm and T-shirt begin with one."""
    return text == text.upper() and _letters(text) > 1


def capitalised(word: str) -> str:
    """The word with a capital first, where its first letter has one that is one letter: Georgian's has none."""
    first = word[:1].title()
    return first + word[1:] if len(first) == 1 else word


def _letters(text: str) -> int:
    """How many letters of a text have a case."""
    return sum(letter.lower() != letter.upper() for letter in text)
