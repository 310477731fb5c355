"""The case of a suggestion is that of what was typed, where what was typed says it."""

import pytest

from unrolled.completion.lexicon import CAPITALISED, LOWER, OTHER
from unrolled.completion.written import alike, case_factors, written
from unrolled.text.case import Casing


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
    assert written(word, typed, False, Casing()) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [("cat", "Cat"), ("été", "Été"), ("საქართველო", "საქართველო"), ("ǆep", "ǅep"), ("語", "語"), ("ijs", "Ijs")],
)
def test_a_sentence_opens_with_the_capital_that_the_letter_has(word, expected):
    assert written(word, "", True, Casing()) == expected
    assert written(word, "", False, Casing()) == word


def test_capitals_are_those_of_the_language():
    dutch, turkish = Casing(ij=True), Casing(dotted=True)
    assert written("ijs", "", True, dutch) == "IJs"
    assert (written("istanbul", "", True, turkish), written("il", "ŞE", False, turkish)) == ("İstanbul", "İL")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zoë", "Zoe\u0308"),
        ("DON’T", "don't"),
        ("straße", "STRASSE"),
        ("co-op", "CO‑OP"),
        ("❤\ufe0f", "❤"),
        ("ΟΔΟΣ", "οδος"),
    ],
)
def test_one_word_in_other_writing_is_alike(one, other):
    assert alike(one) == alike(other)
    assert alike(one) != alike(one + "s")


def test_one_capital_asks_for_words_with_a_capital():
    capital = case_factors("I'", opens=False)
    assert capital[LOWER] < capital[CAPITALISED] == capital[OTHER]
    assert (case_factors("I'", opens=True) == 1).all()
    assert case_factors("DON'", opens=False)[CAPITALISED] < 1
