"""One place for a word, whatever its cases; what was typed is always there."""

import pytest

from unrolled.completion.candidates import Candidates, is_close

OWN = 1_000


def best(typed: str, *added: tuple[str, float, float, int], n: int = 3) -> list[str]:
    found = Candidates(typed, OWN)
    for one in added:
        found.add(*one)
    return [text for text, _, _ in found.best(n, 1.0)]


def test_cases_of_a_word_take_one_place_and_what_was_typed_is_its_case():
    assert best("us", ("US", 0.5, 0, 10), ("used", 0.3, 0, 11), ("us", 0.1, 0, 40)) == ["us", "used"]
    assert best("u", ("US", 0.5, 0, 10), ("us", 0.1, 0, 40)) == ["US"]


def test_their_scores_count_together_where_something_was_typed():
    found = Candidates("th", OWN)
    found.add("the", 0.5, 0.0, 2)
    found.add("The", 0.25, 0.0, 3)
    assert found.best(3, 1.0)[0].score == 0.75


def test_a_single_letter_is_written_as_the_language_has_it():
    assert best("i", ("I", 0.1, 0, 30), ("i", 0.2, 0, 900)) == ["I"]
    assert best("a", ("a", 0.2, 0, 5), ("A", 0.1, 0, 60)) == ["a"]


def test_the_users_own_case_stands_for_the_vocabularys_where_it_was_not_typed():
    added = ("river", 0.5, 0, 9), ("River", 0.1, 0, OWN)
    assert best("riv", *added) == best("", *added) == ["River"]
    assert best("river", *added) == ["river"]
    assert best("River", *added) == ["River"]


def test_what_was_typed_is_last_where_it_is_least_and_a_correction_that_hardly_counts_is_left_out():
    added = [(word, 0.3, 0, 9) for word in ("later", "lateral", "lately")]
    assert best("late", *added, ("late", 0.3, 0, 9)) == ["late", "lately", "later"]
    assert best("late", *added[1:], ("late", 0.001, 0, 9)) == ["lately", "lateral", "late"]
    assert best("late", *added, ("late", 0.001, 0, 9)) == ["lately", "later", "lateral"]
    assert best("lxte", ("late", 0.9, 5, 9), ("lute", 0.001, 5, 9)) == ["late"]


def test_nothing_typed_is_a_next_word():
    found = Candidates("", OWN)
    found.add("the", 0.5, 0.0, 2)
    found.add("The", 0.25, 0.0, 3)
    assert [tuple(one) for one in found.best(3, 1.0)] == [("the", 0.5, "next")]


@pytest.mark.parametrize(
    ("typed", "words", "meant"),
    [
        ("constitutiion", (("Constitution", 0.4, 6.0, 698), ("constitution", 0.15, 6.0, 903)), "constitution"),
        ("mar", (("March", 0.4, 0.0, 300), ("march", 0.01, 0.0, 900)), "March"),
    ],
)
def test_small_letters_are_meant_as_they_are_typed_unless_a_capital_is_far_more_probable(typed, words, meant):
    assert best(typed, *words) == [meant]


@pytest.mark.parametrize(
    ("word", "typed", "number", "close"),
    [
        ("Anna", "wanna", 9_000, False),
        ("anna", "wanna", 90, True),  # a frequent word
        ("They", "htey", 9_000, True),  # the first two swapped
        ("incentives", "nice", 9_000, False),
        ("annapurna", "wannapurna", 9_000, True),  # so many letters tell it
        ("Émile", "emle", 9_000, True),
        ("e.g", "e.g.", 50, False),  # the point that was typed
        ("it", "it'", 5, False),
        ("क", "की", 5, True),  # a vowel is no sign
    ],
)
def test_few_letters_with_another_first_one_are_taken_for_frequent_words_alone(word, typed, number, close):
    assert is_close(word, typed, number) is close
