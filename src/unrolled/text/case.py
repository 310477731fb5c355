"""Capitals by the rules of a text's language, which are inferred from its words, and where sentences begin.

    Dutch       ijs → IJs: ij is one letter
    Turkish     istanbul → İstanbul, ısı → Isı: i has its dot in capitals, too
    German      straße → STRASSE, or STRAẞE where the text writes it so
    Greek       άνεμος → ΆΝΕΜΟΣ, or ΑΝΕΜΟΣ where the whole word is in capitals; ΟΔΟΣ → οδος
    Croatian    ǆep → ǅep: a letter of two parts has a form of its own for the beginning of a word
    Georgian    თბილისი: a sentence begins without a capital

Scripts without capitals (Arabic, Hebrew, Hindi, Chinese, …) stay as they are.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

__all__ = ["Case", "Casing", "alike", "case_of", "opens_sentence"]

Case = Literal["none", "lower", "capital", "upper", "mixed"]

_IJ = re.compile(r"ij(?![aeiouyáéíóúàèëïöü])")  # as in Dutch: of other languages' ij nearly all stand before a vowel
_ENDS = frozenset(".!?…‽⁇⁈⁉;։჻។៕။॥।۔؟。！？．｡")
_GREEK_QUESTION = ";"
_PASSED = frozenset(("Ps", "Pe", "Pi", "Pf", "Pd", "So", "Sk", "Cf", "Mn", "Me"))  # brackets, quotes, dashes, emoji
_SPACES = " \t\u00a0\u202f\u3000"
_PASSED_MARKS = frozenset("\"'¿¡*_#>•·")
_SAME = str.maketrans({"’": "'", "‐": "-", "‑": "-", "\u00ad": None, "\ufe0e": None, "\ufe0f": None})
_ACCENTS = dict.fromkeys(map(ord, "\u0300\u0301\u0313\u0314\u0342"))


@dataclass(frozen=True)
class Casing:
    """How a language writes capitals. The rules are those of most languages where nothing else is known."""

    ij: bool = False
    """ij is one letter, as in Dutch."""
    dotted: bool = False
    """i and İ, ı and I are pairs, as in Turkish."""
    eszett: bool = False
    """ß has the capital ẞ, in place of SS."""

    @classmethod
    def of(cls, words: Iterable[str]) -> Self:
        """The casing of the language that has these words, each given once."""
        words = list(words)
        return cls(_has_ij(words), _has_dotted(words), any("ẞ" in word for word in words))

    def capitalized(self, word: str) -> str:
        """The word as at the beginning of a sentence: its first letter is a capital, the others stay."""
        if self.ij and word.startswith("ij"):
            return "IJ" + word[2:]
        if self.dotted and word.startswith("i"):
            return "İ" + word[1:]
        return word[:1].title() + word[1:]  # the title case of Georgian letters is themselves, not their upper case

    def upper(self, word: str) -> str:
        """The word in capitals."""
        if word.isascii() and not self.dotted:
            return word.upper()
        if self.dotted:
            word = word.replace("i", "İ")
        if self.eszett:
            word = word.replace("ß", "ẞ")
        return _without_accents(word.upper())

    def lower(self, word: str) -> str:
        """The word in small letters; Σ at its end becomes ς, and İ becomes i in every language."""
        if word.isascii() and not self.dotted:
            return word.lower()
        if self.dotted:
            word = word.replace("I", "ı")
        return word.replace("İ", "i").lower()

    def case_of(self, word: str) -> Case:
        """The case in which a word is written, see the function `case_of`; IJs is a capital where ij is a letter."""
        return case_of("Ij" + word[2:] if self.ij and word[:2] == "IJ" and word[2:3].islower() else word)


def case_of(word: str) -> Case:
    """The case in which a word is written, by those of its letters that have a case.

    "none" where it has no such letter, "lower" where all are small, "capital" where the first alone is a capital,
    "upper" where all of two or more are capitals, else "mixed". So I and I' are "capital", not "upper".
    """
    cased = [letter for letter in word if letter != letter.lower() or letter != letter.title()]
    capitals = [letter != letter.lower() for letter in cased]
    if not any(capitals):
        return "lower" if cased else "none"
    if len(cased) > 1 and all(capitals) and word.upper() == word:
        return "upper"
    return "capital" if capitals[0] and sum(capitals) == 1 else "mixed"


def alike(word: str) -> str:
    """What all ways of writing a word have in common: in any case, composed or not, with either kind of apostrophe."""
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", word).translate(_SAME).casefold())


def opens_sentence(before: str) -> bool:
    """Whether a word that stands after the text ``before`` is the first of a sentence.

    It is at the beginning, after a line break, and after a mark that ends a sentence: . ! ? … and those of other
    scripts. Quotes, brackets, dashes, emoji, ¿ and ¡ may stand between.
    """
    end = len(before)
    while end and (before[end - 1] in _SPACES or _is_passed(before[end - 1])):
        end -= 1
    if not end or before[end - 1] in "\n\r":
        return True
    if before[end - 1] == _GREEK_QUESTION:
        return _is_greek(before[: end - 1].rstrip(_SPACES)[-1:])
    return before[end - 1] in _ENDS


def _is_greek(letter: str) -> bool:
    return "\u0370" <= letter <= "\u03ff" or "\u1f00" <= letter <= "\u1fff"


def _is_passed(mark: str) -> bool:
    return mark in _PASSED_MARKS or unicodedata.category(mark) in _PASSED


def _has_ij(words: list[str]) -> bool:
    """Whether the words are Dutch: by those that begin with a capital ij, else by where ij stands."""
    one, two = (sum(word.startswith(form) and word[2:3].islower() for word in words) for form in ("IJ", "Ij"))
    if one or two:
        return one > two
    with_ij = [word for word in words if "ij" in word and word.islower()]
    return len(with_ij) >= 5 and sum(bool(_IJ.search(word)) for word in with_ij) > 0.7 * len(with_ij)


def _has_dotted(words: list[str]) -> bool:
    """Whether ı is a letter of the language, and not one of a foreign name alone."""
    return sum("ı" in word for word in words) > 0.05 * sum("i" in word for word in words)


def _without_accents(word: str) -> str:
    """Greek capitals without accents, which they lose where the whole word is in capitals: ΆΝΕΜΟΣ → ΑΝΕΜΟΣ."""
    if not any(map(_is_greek, word)):
        return word
    # Where the first of two vowels loses its accent, the second shows by two dots that they are two: ΜΆΙΟΣ → ΜΑΪΟΣ
    decomposed = re.sub("([ΑΕΟΥ])\u0301([ΙΥ])(?!\u0308)", "\\1\\2\u0308", unicodedata.normalize("NFD", word))
    return unicodedata.normalize("NFC", decomposed.translate(_ACCENTS))
