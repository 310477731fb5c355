"""What goes with what, and what an option may list."""

import pytest

from unrolled.cells import CELLS
from unrolled.comparison.combinations import Combination, Comparison, combinations
from unrolled.errors import InputError


def test_all_ways_to_read_a_text() -> None:
    plan = combinations("text", None, None, "rnn,gru")
    assert len(plan) == len(set(plan)) == 2 * 3 + 3 * 4
    refused = [one for one in plan if one.refusal]
    assert refused == [Combination("count", "recurrent"), Combination("tf-idf", "recurrent")]
    assert "no order for a memory to read" in refused[0].refusal
    ordered = {(one.vectorizer, one.model) for one in plan if one.keeps_order}
    assert ordered == {(v, m) for v in ("one-hot", "word2vec", "learned") for m in ("dense", "recurrent")}


def test_what_is_no_text_has_no_vectorizers() -> None:
    plan = combinations("sound", None, "bag,recurrent", "all")
    assert plan == [Combination(None, "bag"), *(Combination(None, "recurrent", cell) for cell in CELLS)]
    assert plan[0].name == "bag"
    assert not plan[0].keeps_order
    assert plan[1].keeps_order
    with pytest.raises(InputError, match="the inputs are dna; vectorizers are for text alone"):
        combinations("dna", "count", None, "gru")


def test_a_name_counts_once() -> None:
    assert combinations("text", "learned, learned", "dense", "gru") == [Combination("learned", "dense")]
    assert Combination("learned", "recurrent", "gru").name == "learned, recurrent (gru)"


@pytest.mark.parametrize(
    ("names", "option"),
    [
        ({"vectorizers": "glove"}, "--vectorizers"),
        ({"models": "bag,tree"}, "--models"),
        ({"cells": "gru,"}, "--cells"),
        ({"cells": "GRU"}, "--cells"),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_ones(names: dict[str, str], option: str) -> None:
    given = {"vectorizers": None, "models": None, "cells": "gru"} | names
    with pytest.raises(InputError, match=f"{option}: there is no .*; expected some of .*, or all"):
        combinations("text", **given)


def test_the_budget_is_a_minute_where_none_is_given() -> None:
    assert Comparison().training.budget == (1.0, None)
    assert Comparison(epochs=3).training.budget == (None, 3)
    assert Comparison(minutes=2, epochs=3).training.budget == (2, 3)
