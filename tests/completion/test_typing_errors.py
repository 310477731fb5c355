"""The geometry of the keys, and what errors cost."""

import pytest

from unrolled.completion.letters import MARK
from unrolled.completion.typing_errors import (
    EXTRA,
    FAR,
    NEAR,
    OMISSION,
    OTHER,
    OTHER_KEY,
    TRANSPOSITION,
    beside_space,
    key_of,
    neighbours,
    typing_errors,
)


@pytest.mark.parametrize(
    ("letter", "near"), [("g", "tyfhvb"), ("q", "wa"), ("p", "ol"), ("m", "njk"), ("5", "46"), ("é", "")]
)
def test_neighbours_are_the_keys_around(letter, near):
    assert set(neighbours(letter)) == set(near)


def test_a_neighbouring_key_costs_less_than_another_and_an_apostrophe_little():
    errors = typing_errors(5)
    cost = errors.substitution
    assert cost[ord("g"), ord("h")] == cost[ord("h"), ord("g")] == NEAR < FAR == cost[ord("g"), ord("p")]
    assert errors.insertion[ord("g"), ord("h")] < errors.insertion[ord("g"), ord("p")] == EXTRA
    assert errors.omission[MARK] < errors.omission[ord("'")] < errors.omission[ord("a")]


def test_each_single_error_is_within_the_budget_of_three_letters_and_none_within_that_of_one():
    assert typing_errors(1).budget < min(NEAR, OMISSION, TRANSPOSITION)
    assert EXTRA > typing_errors(2).budget >= max(NEAR, OMISSION, TRANSPOSITION)
    assert FAR > typing_errors(3).budget >= max(NEAR, OMISSION, TRANSPOSITION, EXTRA)
    assert typing_errors(6).budget < 2 * TRANSPOSITION <= typing_errors(7).budget
    assert [typing_errors(n).budget for n in range(20)] == sorted(typing_errors(n).budget for n in range(20))


def test_the_first_of_few_letters_is_the_least_often_wrong():
    assert typing_errors(4).first > typing_errors(5).first > 0


def test_letters_of_other_alphabets_have_a_key_and_pictures_have_none():
    assert [key_of(ord(letter)) for letter in "aжبא语😀"] == [ord("a"), OTHER_KEY, OTHER_KEY, OTHER_KEY, 0, 0]
    assert typing_errors(5).substitution[OTHER_KEY, OTHER_KEY] == OTHER


def test_the_keys_above_the_space_bar():
    assert [letter for letter in "qazbnm5é" if beside_space(letter)] == ["b", "n", "m"]
