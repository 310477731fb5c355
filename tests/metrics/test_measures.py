"""What a measure is counted in, as people see it, and which way is better."""

import numpy as np
import pytest

from unrolled.metrics.classification import classification_scores
from unrolled.metrics.frames import frame_scores
from unrolled.metrics.language import language_scores
from unrolled.metrics.measures import MEASURES
from unrolled.metrics.suggestions import suggestion_scores


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("accuracy", 0.12345, "12.35%"),
        ("unknown_rate", 1.0, "100.00%"),
        ("perplexity", 12345.678, "12,345.68"),
        ("perplexity", float("inf"), "inf"),
        ("loss", 0.12345, "0.123"),
        ("bleu", 37.26, "37.3"),
        ("nats_per_frame", 9.5, "9.500"),
        ("mrr_10", 0.12345, "0.123"),
        ("tokens", 7.0, "7.000"),
    ],
)
def test_a_value_is_shown_in_its_unit(name, value, shown):
    assert MEASURES[name].shown(value) == shown


def test_units_and_directions_are_known_words():
    assert {measure.unit for measure in MEASURES.values()} <= {
        "share",
        "nats",
        "perplexity",
        "count",
        "points",
        "points of 10",
        "rank",
        "scale",
    }
    assert {measure.better for measure in MEASURES.values()} <= {"higher", "lower", "named", "zero", "neither"}
    for name, measure in MEASURES.items():
        assert measure.better == "lower" or measure.unit not in ("nats", "perplexity"), name
        assert measure.better == "neither" or measure.unit != "count", name


def test_whatever_is_measured_has_its_measure():
    p, targets = np.full((4, 3), 1 / 3, np.float32), np.array([0, 1, 2, 2])
    measured = [
        classification_scores(p, targets),
        language_scores([(p, targets)], ["<unk>", "<eos>", "sun"], keystrokes=True),
        frame_scores([(np.zeros((4, 3)), p > 1)]),
        suggestion_scores([[1, 0], [0]], [True, False]),
    ]
    for scores in measured:
        assert scores.keys() <= MEASURES.keys()
        assert any(MEASURES[name].better != "neither" for name in scores)
