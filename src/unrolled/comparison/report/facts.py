"""A comparison as one JSON object."""

from typing import Any

from unrolled import settings
from unrolled.bench.machine import about, versions
from unrolled.comparison.contest import Contest, Row
from unrolled.comparison.measured import Measured

__all__ = ["facts", "machine"]

LIBRARIES = ("scikit-learn", "gensim")


def facts(contest: Contest) -> dict[str, Any]:
    """Everything that was measured, the best first, and everything that was not, with the reason."""
    parts = {"training": len(contest.train), "test": len(contest.test), "test_in_training": contest.repeated}
    return {
        "data": {"kind": contest.kind, "labels": contest.labels, "examples": parts},
        "settings": settings.to_dict(contest.settings),
        "training": settings.to_dict(contest.settings.training),
        "baselines": [
            {"name": contest.baseline_name, **_measures(contest.baseline)},
            {"name": "the most frequent label", **_measures(contest.majority)},
        ],
        "results": [_result(row) for row in contest.ranked],
        "left_out": [{**row.combination._asdict(), "reason": row.reason} for row in contest.left_out],
        "machine": machine(),
    }


def machine() -> dict[str, Any]:
    """Processor, threads and the versions of the libraries that took part."""
    found = about()
    return {**found, "versions": {**found["versions"], **versions(LIBRARIES)}}


def _measures(measured: Measured) -> dict[str, Any]:
    return {
        **{name: value for name, value in measured.metrics.items() if name != "examples"},
        "parameters": measured.parameters,
        "training_seconds": measured.seconds,
        "microseconds": measured.microseconds,
    }


def _result(row: Row) -> dict[str, Any]:
    assert row.measured is not None
    assert row.difference is not None
    return {
        **row.combination._asdict(),
        **_measures(row.measured),
        "epochs": row.measured.epochs,
        "validation_accuracy": row.measured.validation,
        "difference_to_baseline": row.difference._asdict(),
    }
