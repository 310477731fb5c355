"""The result of `evaluate`: what a model reaches, beside its baseline."""

import html
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from unrolled.metrics.bootstrap import PairedBootstrap, resampled_difference
from unrolled.metrics.measures import MEASURES
from unrolled.metrics.written import PairScores

__all__ = ["Evaluation"]


@dataclass(frozen=True)
class Evaluation:
    """The measures, on the same data, of what a model answers with, ``metrics``, and of its baseline.

    What it answers with has a ``name``, network or mixture; ``parts`` are the measures of what is mixed, by name.
    ``planning`` is what orders made of the answers led to, where a stock was given; ``differences`` are what it
    has more than the baseline, for measures whose interval is known.
    """

    metrics: dict[str, float]
    baseline: dict[str, float]
    baseline_name: str
    remark: str = ""
    name: str = "network"
    parts: dict[str, dict[str, float]] = field(default_factory=dict)
    planning: dict[str, Any] = field(default_factory=dict)
    differences: dict[str, PairedBootstrap] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: Mapping[str, Mapping[str, float]], remark: str = "") -> Self:
        """Measures by name: first what the model answers with, last the baseline, between them what is mixed."""
        (name, metrics), *parts, (baseline_name, baseline) = columns.items()
        return cls(dict(metrics), dict(baseline), baseline_name, remark, name, {name: dict(of) for name, of in parts})

    @classmethod
    def of_answers(cls, scores: Mapping[str, PairScores]) -> Self:
        """Measures of written answers by name, in the order of `of`, and how sure their differences are."""
        first, *_, last = scores.values()
        differences = {
            name: resampled_difference(one.each, last.summed[name].each, one.value)
            for name, one in first.summed.items()
            if name in last.summed
        }
        return replace(cls.of(scores, first.signature), differences=differences)

    @property
    def columns(self) -> dict[str, dict[str, float]]:
        """All measures by the name of what they are of, in the order of the table."""
        return {self.name: self.metrics, **self.parts, self.baseline_name: self.baseline}

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.table())}</pre>"

    def table(self) -> str:
        """All side by side, for people, without measures that only describe the data."""
        heads = [*self.columns, *(["difference [95 %]"] if self.differences else [])]
        widths = [max(16, len(name) + 4) for name in self.columns] + [28]
        lines = [_row("", heads, widths)]
        for name in self.metrics:
            if MEASURES[name].better != "neither":
                shown = [_shown(name, values.get(name)) for values in self.columns.values()]
                difference = [_difference(name, self.differences.get(name))] if self.differences else []
                lines.append(_row(name.replace("_", " "), [*shown, *difference], widths))
        return "\n".join([*lines, self.remark] if self.remark else lines)

    def to_json(self) -> dict[str, Any]:
        """The object that `--json` prints; an infinite value, such as some perplexities, is null."""
        metrics, baseline = map(_finite, (self.metrics, self.baseline))
        parts = {name: _finite(values) for name, values in self.parts.items()}
        more: dict[str, Any] = {"planning": self.planning} if self.planning else {}
        if self.differences:
            more["differences"] = {name: _finite(one._asdict()) for name, one in self.differences.items()}
        return {"metrics": metrics, **parts, "baseline": {"name": self.baseline_name, **baseline}, **more}


def _row(name: str, entries: Iterable[str], widths: Iterable[int]) -> str:
    return f"{name:24}" + "".join(f"{entry:>{width}}" for entry, width in zip(entries, widths, strict=False))


def _shown(name: str, value: float | None) -> str:
    return "" if value is None else MEASURES[name].shown(value)


def _difference(name: str, found: PairedBootstrap | None) -> str:
    if found is None:
        return ""
    difference, low, high = map(MEASURES[name].shown, found[:3])
    return f"{difference} [{low}, {high}]"


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
