"""The trie's kernel against the plain edit distance, word by word."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.completion.lexicon import CAPITALISED, LONGEST, LOWER, OTHER, Lexicon, fold, letter_case, typed_letters
from unrolled.completion.search import best_words, reference

WORD = st.text("abcqwe'é’A语", min_size=1, max_size=9)
PLAIN = np.ones(3, np.float32)


def best(words: list[str], typed: str, n: int = 10) -> list[str]:
    p = np.full(len(words), 0.01, np.float32)
    return [words[i] for i, _, _ in Lexicon(words).best(typed_letters(typed), p, PLAIN, n)[0]]


@settings(max_examples=150)
@given(
    words=st.lists(WORD, max_size=40),
    typed=st.text("abcqwe'é’A语", max_size=9),
    budget=st.sampled_from([0.0, 4.5, 6.5, 11.0, 30.0]),
    most=st.sampled_from([1, 3, 100]),
    seed=st.integers(0, 99),
)
def test_the_kernel_finds_what_the_reference_finds(words, typed, budget, most, seed):
    rng = np.random.default_rng(seed)
    p = rng.choice([0.0, 0.1, 0.2, 0.5], len(words)).astype(np.float32)
    factors = np.array([1.0, 0.4, 0.05], np.float32)
    trie, letters = Lexicon(words).words, typed_letters(typed)
    matches, total = best_words(trie, letters, budget, p, factors, most)
    expected, expected_total = reference(trie, letters, budget, p, factors, most)
    assert [i for i, _, _ in matches] == [i for i, _, _ in expected]
    assert [numbers for _, *numbers in matches] == [pytest.approx(numbers, rel=1e-5) for _, *numbers in expected]
    assert total == pytest.approx(expected_total, rel=1e-5)


def test_words_that_share_all_their_letters_are_all_found():
    assert sorted(best(["The", "the", "THE", "then", "th"], "the")) == ["THE", "The", "the", "then"]


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


@given(st.text(max_size=12), st.integers(0, 12))
def test_a_beginning_folds_to_a_beginning(text, length):
    assert fold(text).startswith(fold(text[:length]))
    assert len(fold(text)) == len(text)


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
