"""What a letter may be typed as: in lower case, without its accent, or as two letters in its place.

Of a letter that decomposes (é, ά, й, أ, ứ) the base is its first part, of others what people type where their keyboard
lacks it (ł as l, ı as i, ς as σ, ى as ي). Points of Hebrew and vowel signs of Arabic, which most people leave out, and
joiners, which nobody sees, have the base MARK.
"""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["MARK", "bases_of", "code_points", "composed", "fold", "pairs_of"]

MARK = 1  # a control character, which no word holds
_TYPED_AS = {
    **dict(zip("łøđðħŧıəɓɗƙƴɛɔŀ", "lodd" + "htie" + "bdky" + "eol", strict=True)),  # Latin
    **dict(zip("ςґ", "σг", strict=True)),  # Greek, Ukrainian
    **dict(zip("ىیةۀہەٱکڪ", "ييهههه" + "اكك", strict=True)),  # Arabic, Persian, Urdu, Kurdish
    **dict.fromkeys("’‘ʼʻʹ′׳`´", "'"),
    **dict.fromkeys("‐‑–", "-"),
    **dict.fromkeys("״”“„", '"'),
    "·": ".",
}
_PAIRS = {
    **{"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "æ": "ae", "œ": "oe", "ø": "oe", "å": "aa", "þ": "th", "ð": "dh"},
    **{"đ": "dj", "ŋ": "ng", "ĳ": "ij", "ﬁ": "fi", "ﬂ": "fl", "ñ": "ny"},
    **{"ĉ": "cx", "ĝ": "gx", "ĥ": "hx", "ĵ": "jx", "ŝ": "sx", "ŭ": "ux"},  # Esperanto
}
_LEFT_OUT = "\u0640\u00ad\u200c\u200d"  # the Arabic tatweel, the soft hyphen, and joiners


def composed(text: str) -> str:
    """The text with letters and their accents as one character, as words are compared."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case letter by letter, so that a prefix folds to a prefix; a letter whose lower case is longer stays."""
    if text.isascii():
        return text.lower()
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def code_points(text: str) -> NDArray[np.uint32]:
    """The number of each character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def bases_of(text: str) -> NDArray[np.uint32]:
    """The base of each letter of a folded text."""
    return code_points(text if text.isascii() else "".join(map(_base, text)))


def pairs_of(text: str) -> NDArray[np.uint16]:
    """The two ASCII letters that may be typed for each letter of a folded text, the first in the low byte; else 0."""
    if text.isascii():
        return np.zeros(len(text), np.uint16)
    return np.array([_pair(letter) for letter in text], np.uint16)


@cache
def _base(letter: str) -> str:
    if letter in _LEFT_OUT or _is_accent(letter):
        return chr(MARK)
    decomposed = unicodedata.normalize("NFD", letter)
    if not all(map(_is_accent, decomposed[1:])):
        return letter
    base = fold(decomposed[0])
    return _TYPED_AS.get(base, base)


def _is_accent(character: str) -> bool:
    """Whether a combining mark is an accent, a point or a short vowel: not one of India's or Thailand's vowels, nor the
    voicing of Japan's syllables."""
    combining = unicodedata.combining(character)
    return combining == 7 or 10 <= combining <= 36 or combining >= 200


@cache
def _pair(letter: str) -> int:
    pair = _PAIRS.get(letter, "\0\0")
    return ord(pair[0]) | ord(pair[1]) << 8
