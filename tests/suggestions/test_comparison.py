"""Suggestions beside popular completion and an n-gram."""

import numpy as np
import pytest

from unrolled.data.query_log import QueryLog
from unrolled.errors import InputError
from unrolled.metrics.evaluation import Evaluation
from unrolled.suggestions.comparison import compared

KNOWN = QueryLog(["how to bake bread", "how to build a boat", "boats"], np.array([1, 5, 3]))


def log(*texts: str) -> QueryLog:
    return QueryLog(list(texts), np.ones(len(texts), np.int64))


def test_what_always_knows_and_what_never_does() -> None:
    later = log("how to build a boat", "how to bake a boat", "x")
    wanted = iter(later.texts)

    def right(prefixes: list[str]) -> list[list[str]]:
        query = next(wanted)
        return [[query] for _ in prefixes]

    scores = compared(right, KNOWN, later, show=False)
    assert next(iter(scores)) == "network"
    assert scores["network"]["mrr_10"] == scores["network"]["hit_1_unseen"] == 1
    assert scores["network"]["seen_rate"] == 1 / 2  # a query of one letter cannot be completed
    popular = scores["popular"]
    assert popular["hit_1_seen"] == 1
    assert popular["hit_10_unseen"] == 0
    beam = scores["character 8-gram, beam 30"]
    assert beam["hit_10_unseen"] > 0
    evaluation = Evaluation.of_answers(scores)
    assert evaluation.baseline["mrr_10"] == max(popular["mrr_10"], beam["mrr_10"])
    assert evaluation.differences["mrr_10_unseen"].low > 0
    assert "letters saved unseen" in evaluation.table()
    none = compared(lambda prefixes: [[] for _ in prefixes], KNOWN, later, show=False)
    assert none["network"]["letters_saved"] == none["network"]["mrr_10"] == 0


def test_of_many_queries_some_are_drawn(caplog: pytest.LogCaptureFixture) -> None:
    later = QueryLog([f"boat {number}" for number in range(50)], np.array([10**12, *[1] * 49]))
    scores = compared(lambda prefixes: [["boat 0"] for _ in prefixes], KNOWN, later, most=8, show=False)
    assert scores["network"]["hit_1"] == 1
    assert "8 of 1,000,000,000,049 queries are drawn" in caplog.text


def test_nothing_to_complete_is_refused() -> None:
    with pytest.raises(InputError, match="2 queries, none of two letters"):
        compared(lambda prefixes: [], KNOWN, log("a", "b"))
