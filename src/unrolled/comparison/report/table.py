"""A comparison as a table for a terminal."""

from collections.abc import Sequence

from unrolled.comparison.experiment import Experiment, Row
from unrolled.comparison.measured import Measured

__all__ = ["HEADINGS", "UNFINISHED", "cells_of", "count", "difference", "share", "table"]

HEADINGS = (
    "accuracy",
    "to the baseline",
    "macro-F1",
    "calibration",
    "parameters",
    "training",
    "epochs",
    "answer",
    "validation",
)

UNFINISHED = "still learning when its budget was over"


def table(experiment: Experiment) -> str:
    """The best first, then the baselines, then what was left out and why."""
    rows: list[tuple[str, ...]] = [("vectorizer", "model", "cell", *HEADINGS)]
    for row in experiment.ranked:
        vectorizer, model, cell = row.combination
        rows.append((vectorizer or experiment.kind, model, cell or "", *cells_of(row.measured, row)))
    for name, measured in (
        (experiment.baseline_name, experiment.baseline),
        ("the most frequent label", experiment.majority),
    ):
        rows.append((name, "", "", *cells_of(measured, None)))
    lines = _aligned(rows)
    if any(row.measured.unfinished for row in experiment.rows):
        lines.append(f"* {UNFINISHED}: --minutes or --epochs gives more of it")
    lines += [f"left out: {left.combination.name}: {left.reason}" for left in experiment.left_out]
    return "\n".join(lines)


def cells_of(measured: Measured, row: Row | None) -> tuple[str, ...]:
    """What stands below `HEADINGS`; ``row`` is None for a baseline."""
    metrics = measured.metrics
    return (
        share(metrics["accuracy"]),
        difference(row) if row else "",
        share(metrics["macro_f1"]),
        share(metrics["calibration_error"]),
        count(measured.parameters),
        f"{measured.seconds:,.1f} s",
        "" if measured.epochs is None else f"{measured.epochs:,.1f}{'*' * measured.unfinished}",
        f"{measured.microseconds:,.0f} µs",
        "" if measured.validation is None else share(measured.validation),
    )


def share(value: float) -> str:
    """0.8765 → 87.7%."""
    return f"{value:.1%}"


def count(value: int) -> str:
    """1234567 → 1,234,567."""
    return f"{value:,}"


def difference(row: Row) -> str:
    """Points of accuracy and their interval: +1.2 (-0.3 to +2.7)."""
    middle, low, high, _ = row.difference
    return f"{100 * middle:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names to the left, numbers to the right; a long name of a baseline reaches over the empty columns beside it."""
    widths = [max(len(row[i]) for row in rows if row[1] or i > 2) for i in range(len(rows[0]))]
    longest = max(len(row[0]) for row in rows if not row[1])
    widths[2] = max(widths[2], longest - widths[0] - widths[1] - 4)
    lines = []
    for row in rows:
        names = [f"{name:{width}}" for name, width in zip(row[:3], widths, strict=False)]
        left = "  ".join(names) if row[1] else f"{row[0]:{sum(widths[:3]) + 4}}"
        numbers = [f"{value:>{width}}" for value, width in zip(row[3:], widths[3:], strict=True)]
        lines.append("  ".join([left, *numbers]).rstrip())
    return lines
