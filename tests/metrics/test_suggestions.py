"""Measures of search suggestions."""

import pytest

from unrolled.errors import InputError
from unrolled.metrics.bootstrap import resampled_difference
from unrolled.metrics.suggestions import SHOWN, prefixes_of, rank_of, suggestion_scores


def test_prefixes_and_ranks() -> None:
    assert prefixes_of("boat") == ["b", "bo", "boa"]
    assert prefixes_of("b") == []
    assert [rank_of("b", found) for found in (["b"], ["a", "b"], ["a"], [])] == [1, 2, 0, 0]
    assert rank_of("b", [*"acdefghijk", "b"]) == 0
    assert rank_of("b", [*"acdefghij", "b"]) == SHOWN


def test_measures_by_hand() -> None:
    # "boats": shown 4th behind "b", 1st behind "bo", "boa", and not behind "boat"; "shed": never; "x": no prefix
    scores = suggestion_scores([[4, 1, 1, 0], [0, 0, 0], []], [True, False, False])
    assert scores["mrr_10"] == pytest.approx((1 / 4 + 1 + 1) / 7)
    assert scores["hit_1"] == pytest.approx(2 / 7)
    assert scores["hit_3"] == pytest.approx(2 / 7)
    assert scores["hit_10"] == pytest.approx(3 / 7)
    assert scores["letters_saved"] == pytest.approx((5 - 2) / (5 + 4 + 1))  # "b" and a tap
    assert scores["mrr_10_seen"] == pytest.approx((1 / 4 + 1 + 1) / 4)
    assert scores["mrr_10_unseen"] == scores["letters_saved_unseen"] == 0
    assert scores["seen_rate"] == pytest.approx(1 / 3)
    assert scores["examples"] == 3


def test_a_tap_saves_nothing_where_one_letter_is_left() -> None:
    assert suggestion_scores([[0, 1]], [False])["letters_saved"] == 0
    assert suggestion_scores([[1]], [False])["letters_saved"] == 0


def test_counts_weigh_queries() -> None:
    ranks = [[1, 0], [2]]
    assert suggestion_scores(ranks, [True, False], [3, 1]) == pytest.approx(
        suggestion_scores([ranks[0]] * 3 + [ranks[1]], [True] * 3 + [False]) | {"examples": 2.0}
    )


def test_no_measure_of_what_is_not_there() -> None:
    assert "mrr_10_seen" not in suggestion_scores([[1, 0]], [False])
    with pytest.raises(InputError, match="1 queries, 1 of them known or not; expected at least one of two letters"):
        suggestion_scores([[]], [False])


def test_differences_have_intervals() -> None:
    better, worse = suggestion_scores([[1, 1]] * 30, [False] * 30), suggestion_scores([[2, 1]] * 30, [False] * 30)
    one = better.summed["mrr_10"]
    found = resampled_difference(one.each, worse.summed["mrr_10"].each, one.value)
    assert found.low == found.high == found.difference == pytest.approx(0.25)
