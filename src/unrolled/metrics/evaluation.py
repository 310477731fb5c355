"""The result of `evaluate`: the network's measures beside those of its baseline."""

import html
import math
from dataclasses import dataclass
from typing import Any

from unrolled.metrics.measures import MEASURES

__all__ = ["Evaluation"]


@dataclass(frozen=True)
class Evaluation:
    """The measures of a network and of its baseline on the same data."""

    metrics: dict[str, float]
    baseline: dict[str, float]
    baseline_name: str
    remark: str = ""

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.table())}</pre>"

    def table(self) -> str:
        """Both side by side, for people, without measures that only describe the data."""
        lines = [f"{'':24}{'network':>16}{self.baseline_name:>42}"]
        for name in self.metrics:
            if MEASURES[name].better != "neither":
                network, baseline = (_shown(name, values.get(name)) for values in (self.metrics, self.baseline))
                lines.append(f"{name.replace('_', ' '):24}{network:>16}{baseline:>42}")
        return "\n".join([*lines, self.remark] if self.remark else lines)

    def to_json(self) -> dict[str, Any]:
        """The object that `--json` prints; an infinite value, such as some perplexities, is null."""
        metrics, baseline = map(_finite, (self.metrics, self.baseline))
        return {"metrics": metrics, "baseline": {"name": self.baseline_name, **baseline}}


def _shown(name: str, value: float | None) -> str:
    return "" if value is None else MEASURES[name].shown(value)


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
