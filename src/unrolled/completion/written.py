"""The case in which a word is typed and offered: as the vocabulary has it, capitalised, or in capitals throughout."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from unrolled.text.case import Casing, alike, case_of

__all__ = ["alike", "case_factors", "written"]

# The probability that a word of each case (lower, Capitalised, other) is typed so; lower case is quick for any word.
_AS_IT_IS = np.array([1.0, 1.0, 1.0], np.float32)
_TYPED_LOWER = np.array([1.0, 0.4, 0.4], np.float32)
_TYPED_CAPITAL = np.array([0.05, 1.0, 1.0], np.float32)
_TYPED_UPPER = np.array([0.3, 0.3, 1.0], np.float32)


_case_of = lru_cache(maxsize=1_024)(case_of)  # asked of what was typed for each word that it may be


def case_factors(typed: str, opens: bool) -> NDArray[np.float32]:
    """The probability (3,) that a word of each case is typed like this; ``opens``: as the first of a sentence."""
    case = _case_of(typed)
    if case in ("none", "lower"):
        return _TYPED_LOWER if typed else _AS_IT_IS
    if case == "upper":
        return _TYPED_UPPER
    return _AS_IT_IS if opens else _TYPED_CAPITAL


def written(word: str, typed: str, opens: bool, casing: Casing) -> str:
    """The word in the case of what was typed, or with a capital where it opens a sentence.

    One capital with an apostrophe or hyphen is no caps lock, nor is the beginning of the word itself: O'B of O'Brien.
    """
    case = _case_of(typed)
    if case in ("none", "lower"):
        return casing.capitalized(word) if opens and not typed else word
    if word.startswith(typed):
        return word
    if case == "upper":
        return casing.upper(word)
    return casing.capitalized(word) if _case_of(word) == "lower" and typed[0] != typed[0].lower() else word
