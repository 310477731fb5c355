"""Typing errors in what is typed of a query."""

import pytest

from unrolled.suggestions.mending import Mending

MENDING = Mending({"how": 9.0, "to": 9.0, "build": 5.0, "shed": 3.0, "weather": 4.0, "the": 20.0, "their": 2.0})


def prefixes(typed: str) -> list[str]:
    return [one.prefix for one in MENDING.meant(typed)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("how to biuld", "how to build"), ("how to biuld a", "how to build a"), ("hwo", "how"), ("wether i", "weather i")],
)
def test_a_word_that_is_unknown_is_mended(typed: str, meant: str) -> None:
    assert prefixes(typed)[0] == meant
    assert all(one.cost > 0 for one in MENDING.meant(typed))


@pytest.mark.parametrize("typed", ["", "how to bui", "how", "the shed", "to xq", "2019", "wthr2019", "x" * 200, "weat"])
def test_what_is_known_or_begins_so_stays(typed: str) -> None:
    assert prefixes(typed) == []


def test_what_costs_less_and_is_more_frequent_comes_first() -> None:
    assert prefixes("teh")[0] == "the"


def test_without_words_nothing_is_mended() -> None:
    assert Mending({}).meant("hwo") == []
