"""The letters that a language is written with, as its words show them."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

__all__ = ["common_letters"]

COMMON = 5_000  # words
RARE = 500  # of so many words one has the letter at least


def common_letters(words: Sequence[str]) -> str:
    """The small letters of the first of these words, and marks that no letter is composed with, by frequency.

    Letters of foreign words are left out, as few words have them. ``words``: the most frequent ones first.
    """
    common = words[:COMMON]
    counts = Counter(letter for word in common for letter in dict.fromkeys(word.lower()))
    frequent = (letter for letter, count in counts.most_common() if count * RARE >= len(common))
    return "".join(letter for letter in frequent if unicodedata.category(letter)[0] in "LM")
