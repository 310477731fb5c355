"""The geometry of the keys, and what errors cost."""

import pytest

from unrolled.completion.typing_errors import FAR, NEAR, budget, keys_of, neighbours, omission, substitution


@pytest.mark.parametrize(
    ("letter", "near"), [("g", "tyfhvb"), ("q", "wa"), ("p", "ol"), ("m", "njk"), ("5", "46"), ("é", "")]
)
def test_neighbours_are_the_keys_around(letter, near):
    assert set(neighbours(letter)) == set(near)


def test_a_neighbouring_key_costs_less_than_another_and_an_apostrophe_little():
    cost = substitution()
    assert cost[ord("g"), ord("h")] == cost[ord("h"), ord("g")] == NEAR < FAR == cost[ord("g"), ord("p")]
    assert omission()[ord("'")] < omission()[ord("a")]


def test_the_budget_grows_and_one_letter_is_never_wrong():
    assert [budget(n) for n in (0, 1)] == [0, 0]
    assert sorted(budget(n) for n in range(20)) == [budget(n) for n in range(20)]
    assert budget(3) >= NEAR


def test_every_letter_has_the_key_it_is_typed_on():
    assert keys_of("a'é’ñ语😀") == b"a'e'n\x00\x00"
