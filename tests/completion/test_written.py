"""The case of a suggestion is that of what was typed, where what was typed says it."""

import pytest

from unrolled.completion.lexicon import CAPITALISED, LOWER, OTHER
from unrolled.completion.written import capitalised, case_factors, in_capitals, written


@pytest.mark.parametrize(
    ("word", "typed", "expected"),
    [
        ("I'll", "I'", "I'll"),
        ("O'Brien", "O'", "O'Brien"),
        ("O'Brien", "O'B", "O'Brien"),
        ("T-shirt", "T-", "T-shirt"),
        ("t-shirt", "T-", "T-shirt"),
        ("t-shirt", "T-S", "T-SHIRT"),
        ("e.g", "E.", "E.g"),
        ("l’homme", "L’", "L’homme"),
        ("the", "TH", "THE"),
        ("the", "th", "the"),
        ("don't", "DON'", "DON'T"),
        ("DVDs", "DVD", "DVDs"),
        ("iPhone", "IP", "IPHONE"),
        ("iPhone", "I", "iPhone"),
        ("été", "ÉT", "ÉTÉ"),
    ],
)
def test_one_capital_is_no_caps_lock(word, typed, expected):
    assert written(word, typed, opens=False) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("cat", "Cat"),
        ("été", "Été"),
        ("საქართველო", "საქართველო"),
        ("ǆep", "ǅep"),
        ("ßa", "ßa"),
        ("語", "語"),
        ("", ""),
    ],
)
def test_a_sentence_opens_with_the_capital_that_the_letter_has(word, expected):
    assert capitalised(word) == written(word, "", opens=True) == expected
    assert written(word, "", opens=False) == word


@pytest.mark.parametrize("text", ["I'", "O’", "T-", "3D", "I", "", "語語", "Ab", "a"])
def test_less_than_two_capitals_are_not_capitals_throughout(text):
    assert not in_capitals(text)


def test_one_capital_asks_for_words_with_a_capital():
    capital = case_factors("I'", opens=False)
    assert capital[LOWER] < capital[CAPITALISED] == capital[OTHER]
    assert (case_factors("I'", opens=True) == 1).all()
    assert case_factors("DON'", opens=False)[CAPITALISED] < 1
