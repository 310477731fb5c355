"""A comparison as one JSON object."""

from unrolled import settings
from unrolled.bench.machine import about, versions
from unrolled.comparison.experiment import Experiment, Row
from unrolled.comparison.measured import Measured

__all__ = ["libraries", "record"]

LIBRARIES = ("scikit-learn", "gensim")


def record(experiment: Experiment) -> dict[str, object]:
    """Everything that was measured, the best first, and everything that was not, with the reason."""
    parts = {
        "training": len(experiment.train),
        "test": len(experiment.test),
        "test_in_training": experiment.repeated,
    }
    return {
        "data": {"kind": experiment.kind, "labels": experiment.labels, "examples": parts},
        "settings": settings.to_dict(experiment.settings),
        "training": settings.to_dict(experiment.settings.training),
        "baselines": [
            {"name": experiment.baseline_name, **_measures(experiment.baseline)},
            {"name": "the most frequent label", **_measures(experiment.majority)},
        ],
        "results": [_result(row) for row in experiment.ranked],
        "left_out": [{**left.combination._asdict(), "reason": left.reason} for left in experiment.left_out],
        "machine": {**about(), "versions": libraries()},
    }


def libraries() -> dict[str, str]:
    """The versions of the libraries that took part."""
    return {**about()["versions"], **versions(LIBRARIES)}


def _measures(measured: Measured) -> dict[str, object]:
    return {
        **{name: value for name, value in measured.metrics.items() if name != "examples"},
        "parameters": measured.parameters,
        "training_seconds": measured.seconds,
        "microseconds": measured.microseconds,
    }


def _result(row: Row) -> dict[str, object]:
    return {
        **row.combination._asdict(),
        **_measures(row.measured),
        "epochs": row.measured.epochs,
        "still_learning": row.measured.unfinished,
        "validation_accuracy": row.measured.validation,
        "difference_to_baseline": row.difference._asdict(),
    }
