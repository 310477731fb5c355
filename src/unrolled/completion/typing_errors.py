"""What a typing error costs: -log of how rarely it happens, in nats; a noisy channel (Kernighan, Church & Gale 1990).

The nearer two keys lie on a keyboard of QWERTY's geometry, the more often one is hit in place of the other, or beside
it; of other alphabets' keyboards the geometry is not known, and each wrong key costs the same. Letters are left out,
doubled and swapped, seldom the first. Accents, and marks that a phone shows on its second page (the apostrophe of
don't), are often left out on purpose. The figures were chosen on errors made by `benchmarks/typing_errors.py` in text
for validation.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.letters import MARK

__all__ = ["KEYS", "SPACE", "TypingErrors", "beside_space", "key_of", "neighbours", "typing_errors"]

KEYS = 128  # ASCII; key 0 stands for what no key bears
OTHER_KEY = 2  # a key of another alphabet's keyboard
NOT_TYPED = 0x2E80  # from here on: Chinese, Japanese, Korean, pictures
ROWS = (("1234567890", 0.0), ("qwertyuiop", 0.0), ("asdfghjkl", 0.3), ("zxcvbnm", 0.8))  # and each row's indentation
NEAR, FAR = 5.5, 9.0  # for a neighbouring key; for any other key
OTHER = 7.0  # for a key of which the neighbours are not known
NEVER = 99.0  # for what no key bears
OMISSION, SIGN_OMITTED = 5.5, 1.5
DOUBLED, BESIDE, EXTRA = 5.0, 6.5, 7.5  # a letter too many: typed twice; a neighbour's key hit, too; any other
TRANSPOSITION, FIRST, FIRST_OF_FEW = 5.0, 1.0, 2.0
ACCENT, MARK_OMITTED = 1.0, 0.2
SPACE = 4.5  # two words without the space between them, or with a letter in its place
WHOLE, EXACT, LETTER = 2.5, 6.0, 5.0
BUDGETS = ((1, 2.0), (2, 6.0), (4, 8.5), (6, FAR), (10**9, 11.0))  # up to so many letters typed
SIGNS = "'-_.\""


class TypingErrors(NamedTuple):
    """The costs that native/lexicon.h explains."""

    substitution: NDArray[np.float32]  # (KEYS, KEYS)
    omission: NDArray[np.float32]  # (KEYS,)
    insertion: NDArray[np.float32]  # (KEYS, KEYS)
    doubled: float
    transposition: float
    accent: float
    first: float
    whole: float
    exact: float
    budget: float


@cache
def typing_errors(length: int) -> TypingErrors:
    """The costs for ``length`` typed letters: a single letter is never wrong, seven may hold two errors.

    Few letters say little: the first of four is hardly ever the wrong one, none of them lies far from the right key,
    and one letter is rarely the whole word.
    """
    budget = next(budget for most, budget in BUDGETS if length <= most)
    first, exact = FIRST_OF_FEW if length < 5 else FIRST, EXACT if length > 1 else LETTER
    tables = _substitution(), _omission(), _insertion()
    return TypingErrors(*tables, DOUBLED, TRANSPOSITION, ACCENT, first, WHOLE, exact, budget)


def key_of(base: int) -> int:
    """The key of a letter without accent: the letter itself where it is ASCII."""
    return base if base < KEYS else OTHER_KEY if base < NOT_TYPED else 0


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


def beside_space(letter: str) -> bool:
    """Whether a key lies above the space bar."""
    return letter in "cvbnm"


@cache
def _substitution() -> NDArray[np.float32]:
    """Cost (KEYS, KEYS) of typing the second key where the word has the first."""
    cost = _by_neighbours(NEAR, FAR)
    cost[OTHER_KEY, OTHER_KEY] = OTHER
    cost[0] = cost[:, 0] = NEVER
    return cost


@cache
def _insertion() -> NDArray[np.float32]:
    """Cost (KEYS, KEYS) of typing the second key, too, beside the first."""
    cost = _by_neighbours(BESIDE, EXTRA)
    cost[:, MARK] = MARK_OMITTED
    cost[:, 0] = NEVER
    return cost


@cache
def _omission() -> NDArray[np.float32]:
    """Cost (KEYS,) of leaving out a letter of the word."""
    cost = np.full(KEYS, OMISSION, np.float32)
    cost[[ord(sign) for sign in SIGNS]] = SIGN_OMITTED
    cost[MARK], cost[0] = MARK_OMITTED, NEVER
    return cost


def _by_neighbours(near: float, far: float) -> NDArray[np.float32]:
    cost = np.full((KEYS, KEYS), far, np.float32)
    for letter in _places():
        cost[ord(letter), [ord(other) for other in neighbours(letter)]] = near
    return cost
