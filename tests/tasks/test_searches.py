"""Searches as tasks make them: lengths that were learnt, and those that are asked for."""

import pytest

from unrolled.errors import InputError
from unrolled.inputs.codec import Length
from unrolled.settings import Search
from unrolled.tasks.searches import checked_search

LEARNT = Length(2, 9)


@pytest.mark.parametrize(
    ("asked", "bounds"),
    [
        (Search(), (2, 9)),
        (Search(max_length=5), (2, 5)),
        (Search(max_length=1), (1, 1)),
        (Search(min_length=20), (20, 20)),
        (Search(min_length=0, max_length=30), (0, 30)),
    ],
)
def test_lengths_that_were_learnt_fill_what_a_search_does_not_say(asked, bounds):
    search = checked_search(asked, LEARNT, {})
    assert (search.min_length, search.max_length) == bounds


def test_a_least_length_beyond_the_greatest_is_refused():
    for lengths in LEARNT, None:
        with pytest.raises(InputError, match="min_length is 9, and an answer may have 3 tokens at most"):
            checked_search(Search(min_length=9, max_length=3), lengths, {})


def test_what_is_usual_stands_back_behind_what_is_asked_for():
    search = checked_search(Search(no_repeat=0, n_best=8), LEARNT, {"no_repeat": 2, "length_penalty": 1.5})
    assert (search.no_repeat, search.length_penalty, search.beam) == (0, 1.5, 8)
