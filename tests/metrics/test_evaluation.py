"""An evaluation shows a network and its baseline side by side, to people and to programs."""

import json

import numpy as np
import pytest

from unrolled.metrics.evaluation import Evaluation
from unrolled.metrics.written import PairScores, Summed, mean_of

NETWORK = {"perplexity": 12.5, "top1_recall": 0.25, "unknown_rate": 0.125, "tokens": 40.0}
BASELINE = {"perplexity": float("inf"), "top1_recall": 0.2, "unknown_rate": 0.125, "tokens": 40.0}
EVALUATION = Evaluation(NETWORK, BASELINE, "Kneser–Ney 5-gram", "40 tokens, 12.50% of the words unknown")


def test_the_table_compares_what_can_be_better():
    head, perplexity, recall, remark = EVALUATION.table().splitlines()
    assert head.split("  ")[-1].strip() == "Kneser–Ney 5-gram"
    assert "network" in head
    assert perplexity.split() == ["perplexity", "12.50", "inf"]
    assert recall.split() == ["top1", "recall", "25.00%", "20.00%"]
    assert remark == EVALUATION.remark
    assert len({len(line) for line in (head, perplexity, recall)}) == 1  # columns end at the same place


def test_without_a_remark_there_is_no_last_line():
    assert len(Evaluation(NETWORK, BASELINE, "nothing").table().splitlines()) == 3


def test_a_measure_that_the_baseline_lacks_is_left_empty():
    table = Evaluation({"accuracy": 0.5}, {}, "nothing").table()
    assert table.splitlines()[1].split() == ["accuracy", "50.00%"]


def test_json_has_no_number_that_json_lacks():
    written = EVALUATION.to_json()
    assert json.loads(json.dumps(written, allow_nan=False)) == written
    assert written["metrics"] == NETWORK
    assert written["baseline"] == {"name": "Kneser–Ney 5-gram", **BASELINE, "perplexity": None}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_null(value):
    assert Evaluation({"loss": value}, {"loss": 1.0}, "nothing").to_json()["metrics"] == {"loss": None}


def test_answers_are_compared_with_an_interval():
    right = PairScores.of({"rouge_1": mean_of([40.0, 60.0, 50.0]), "numbers_held": Summed(np.array([[1.0, 2.0]] * 3))})
    wrong = PairScores.of({"rouge_1": mean_of([10.0, 10.0, 10.0]), "numbers_held": Summed(np.zeros((3, 2)))})
    evaluation = Evaluation.of_answers({"network": right, "first words": wrong})
    head, rouge, numbers = evaluation.table().splitlines()[:3]
    assert head.endswith("difference [95 %]")
    assert rouge.split() == ["rouge", "1", "50.0", "10.0", "40.0", "[30.0,", "50.0]"]
    assert numbers.split() == ["numbers", "held", "50.00%"]  # the baseline says no numbers
    assert len(head) == len(rouge)
    assert evaluation.to_json()["differences"]["rouge_1"]["low"] == 30
    assert evaluation.to_json()["baseline"] == {"name": "first words", "rouge_1": 10, "examples": 3}
