"""What a typing error costs: -log of how rarely it happens, in nats, on a keyboard of QWERTY's geometry.

The nearer two keys lie, the more often one is hit in place of the other; letters are left out, doubled and swapped.
Accents, and marks that a phone shows on its second page (the apostrophe of don't), are often left out on purpose. The
figures are rounded from `benchmarks/keyboard.py`'s simulated errors on text for validation.
"""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["INSERTION", "KEYS", "TRANSPOSITION", "budget", "keys_of", "neighbours", "omission", "substitution"]

KEYS = 128  # ASCII; key 0 stands for letters that no key bears
ROWS = (("1234567890", 0.0), ("qwertyuiop", 0.0), ("asdfghjkl", 0.3), ("zxcvbnm", 0.8))  # and each row's indentation
NEAR, FAR = 5.5, 10.0  # for a neighbouring key; for any other key
ACCENT = 1.0
OMISSION, SIGN_OMITTED = 7.0, 1.5
INSERTION, TRANSPOSITION = 7.0, 5.5
SIGNS = "'’-‐‑_."


def budget(length: int) -> float:
    """The most that errors in ``length`` letters may cost together: 0 for one letter, two errors for seven or more."""
    return 0.0 if length < 2 else 6.0 if length < 4 else 7.5 if length < 7 else 12.5


@cache
def _places() -> dict[str, tuple[int, float]]:
    """Row and column of each key, in widths of a key."""
    return {key: (row, column + shift) for row, (keys, shift) in enumerate(ROWS) for column, key in enumerate(keys)}


@cache
def neighbours(letter: str) -> str:
    """The letters that a finger may hit in place of this one: keys at most 1.3 widths of a key away."""
    places = _places()
    if letter not in places:
        return ""
    row, column = places[letter]
    near = [k for k, (r, c) in places.items() if k != letter and (r - row) ** 2 + (c - column) ** 2 <= 1.7]
    return "".join(k for k in near if k.isalpha() == letter.isalpha())


@cache
def substitution() -> NDArray[np.float32]:
    """Cost (KEYS, KEYS) of typing the second key where the word has the first; the diagonal has an accent's cost."""
    cost = np.full((KEYS, KEYS), FAR, np.float32)
    for letter in _places():
        cost[ord(letter), [ord(near) for near in neighbours(letter)]] = NEAR
    np.fill_diagonal(cost, ACCENT)
    cost[0, 0] = FAR
    return cost


@cache
def omission() -> NDArray[np.float32]:
    """Cost (KEYS,) of leaving out a letter of the word."""
    cost = np.full(KEYS, OMISSION, np.float32)
    cost[[ord(sign) for sign in SIGNS if sign.isascii()]] = SIGN_OMITTED
    return cost


def keys_of(text: str) -> bytes:
    """The key that each letter of a folded text is typed on: é on e, ’ on '; 0 for a letter without a key."""
    if text.isascii():
        return text.encode()
    return bytes(map(_key, text))


@cache
def _key(letter: str) -> int:
    base = {"’": "'", "‐": "-", "‑": "-"}.get(letter) or unicodedata.normalize("NFD", letter)[0]
    return ord(base) if ord(base) < KEYS else 0
