"""The trie's kernel against the plain edit distance, word by word."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.completion.lexicon import CAPITALISED, LONGEST, LOWER, OTHER, Lexicon, letter_case, typed_letters
from unrolled.completion.search import Typed, best_words, reference
from unrolled.completion.typing_errors import typing_errors
from unrolled.kernels import NATIVE

LETTERS = "abcqwes'éß’A语жёא\u05b8"
WORD = st.text(LETTERS, min_size=1, max_size=9)
PLAIN = np.ones(3, np.float32)


def best(words: list[str], typed: str, n: int = 10) -> list[str]:
    p = np.full(len(words), 0.01, np.float32)
    return [words[i] for i, _, _ in Lexicon(words).best(typed_letters(typed), p, PLAIN, n)[0]]


@settings(max_examples=150)
@given(
    words=st.lists(WORD, max_size=40),
    typed=st.text(LETTERS, max_size=9),
    budget=st.sampled_from([0.0, 1.0, 6.5, 9.0, 11.0, 30.0]),
    most=st.sampled_from([1, 3, 100]),
    seed=st.integers(0, 99),
)
def test_the_kernel_finds_what_the_reference_finds(words, typed, budget, most, seed):
    rng = np.random.default_rng(seed)
    p = rng.choice([0.0, 0.1, 0.2, 0.5], len(words)).astype(np.float32)
    factors = np.array([1.0, 0.4, 0.05], np.float32)
    trie, letters = Lexicon(words).words, typed_letters(typed)
    errors = typing_errors(len(typed))._replace(budget=budget)
    matches, total = best_words(trie, letters, errors, p, factors, most)
    expected, expected_total = reference(trie, letters, errors, p, factors, most)
    assert [i for i, _, _ in matches] == [i for i, _, _ in expected]
    assert [numbers for _, *numbers in matches] == [pytest.approx(numbers, rel=1e-5) for _, *numbers in expected]
    assert total == pytest.approx(expected_total, rel=1e-5)


def test_words_that_share_all_their_letters_are_all_found():
    assert sorted(best(["The", "the", "THE", "then", "cat"], "the")) == ["THE", "The", "the", "then"]


def test_nothing_is_found_among_nothing():
    assert best([], "a") == best(["", "b" * (LONGEST + 1)], "b") == []


def test_a_word_of_the_greatest_length_is_found():
    assert best(["b" * LONGEST], "b" * LONGEST) == ["b" * LONGEST]


@pytest.mark.parametrize("typed", ["dont", "donT", "don’t", "don't"])
def test_an_apostrophe_may_be_left_out_or_be_another(typed):
    assert best(["don't"], typed) == ["don't"]


def test_accents_may_be_left_out():
    assert best(["café", "naïve"], "cafe") == ["café"]
    assert best(["café", "naïve"], "naiv") == ["naïve"]


FORGIVEN = [
    *[("café", "cafe"), ("café", "cafe\u0301"), ("cafe\u0301", "cafe"), ("tiếng", "tieng"), ("đường", "duong")],
    *[("łódź", "lodz"), ("słońce", "slonce"), ("København", "kobenh"), ("København", "koebenh"), ("đak", "djak")],
    *[("Straße", "strasse"), ("Straße", "stras"), ("weiß", "WEISS"), ("Müller", "mueller"), ("Müller", "muller")],
    *[("größte", "groesste"), ("İzmir", "izm"), ("ışık", "isik"), ("ærlig", "aerlig"), ("cœur", "coeur")],
    *[("åben", "aaben"), ("þetta", "thetta"), ("þetta", "t"), ("ĉapelo", "cxapelo"), ("ŭa", "uxa")],
    *[("άνεμος", "ανεμος"), ("δρόμος", "ΔΡΟΜΟΣ"), ("δρόμος", "δρομοσ")],
    *[("ещё", "еще"), ("їжак", "іжак"), ("май", "маи"), ("أحمد", "احمد"), ("إلى", "الي"), ("مدرسة", "مدرسه")],
    *[("كِتَاب", "كتاب"), ("می‌شود", "میشود"), ("שָׁלוֹם", "שלום"), ("col·lecció", "colleccio"), ("ʻokina", "okina")],
]


@pytest.mark.parametrize(("word", "typed"), FORGIVEN, ids=[typed for _, typed in FORGIVEN])
def test_a_letter_may_be_typed_without_its_accent_or_as_its_usual_substitute(word, typed):
    assert best([word], typed) == [word]


@pytest.mark.parametrize(("word", "typed"), [("語る", "本る"), ("한국", "헌국"), ("कि", "का"), ("naïve", "nb")])
def test_another_letter_is_not_an_accent(word, typed):
    lexicon = Lexicon([word])
    unmended = typing_errors(len(typed))._replace(budget=2.0)
    assert lexicon.best(typed_letters(typed), np.ones(1, np.float32), PLAIN, 3, unmended)[0] == []


def test_a_word_typed_to_its_end_stands_before_longer_ones_mended_or_not():
    assert best(["mother-in-law", "mother"], "mother")[0] == "mother"
    assert best(["Thanksgiving", "thanks"], "thnaks")[0] == "thanks"


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("hve", "have"),
        ("hme", "home"),
        ("thm", "them"),
        ("hte", "the"),
        ("thhe", "the"),
        ("thwe", "the"),
        ("te", "the"),
    ],
)
def test_one_error_is_mended_in_two_letters_already(typed, word):
    assert best([word], typed) == [word]


def test_where_the_keys_are_not_known_any_letter_may_be_a_neighbour():
    assert best(["привет", "мир"], "привнт") == ["привет"]
    assert best(["שלום"], "שלןם") == ["שלום"]
    assert best(["中国人"], "中国语") == []  # not typed key by key


@pytest.mark.skipif(not NATIVE, reason="the kernel")
@pytest.mark.parametrize(
    "change",
    [
        {"offsets": np.array([0, 900, 950], np.int32)},
        {"offsets": np.array([0, -1, 2], np.int32)},
        {"offsets": np.array([0, 3], np.int32)},
        {"letters": np.zeros(1, np.uint32)},
        {"shared": np.array([3, 9], np.uint8)},
        {"order": np.array([-1, 7], np.int32)},
        {"order": np.array([0, 2**31 - 1], np.int32)},
        {"classes": np.array([9, 255], np.uint8)},
        {"pairs": np.zeros(4, np.float32)},
        {"bases": None},
    ],
    ids=str,
)
def test_arrays_that_do_not_fit_are_refused(change):
    words = Lexicon(["ab", "abc"]).words._replace(**change)
    with pytest.raises((ValueError, TypeError)):
        best_words(words, typed_letters("ab"), typing_errors(2), np.ones(2, np.float32), PLAIN, 3)


@pytest.mark.skipif(not NATIVE, reason="the kernel")
def test_what_is_too_long_or_has_no_probability_is_refused():
    words, letters = Lexicon(["ab", "abc"]).words, np.zeros(LONGEST + 1, np.uint32)
    with pytest.raises(ValueError, match="fit"):
        best_words(words, Typed(letters, letters), typing_errors(2), np.ones(2, np.float32), PLAIN, 3)
    with pytest.raises(ValueError, match="probability"):
        best_words(words, typed_letters("ab"), typing_errors(2), np.ones(1, np.float32), PLAIN, 3)


@pytest.mark.parametrize(
    ("word", "case"),
    [
        ("the", LOWER),
        ("The", CAPITALISED),
        ("USA", OTHER),
        ("iPhone", OTHER),
        ("I", OTHER),
        ("3", LOWER),
        ("语", LOWER),
    ],
)
def test_the_case_of_a_word(word, case):
    assert letter_case(word) == case
