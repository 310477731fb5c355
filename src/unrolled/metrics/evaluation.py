"""What `evaluate` gives, for every task."""

from dataclasses import dataclass

__all__ = ["Evaluation"]

_COUNTS = ("tokens", "examples", "frames", "unknown_rate")
_NOT_SHARES = ("perplexity", "loss", "nats_per_frame", "nats_per_token", "nats_per_second")


@dataclass(frozen=True)
class Evaluation:
    """The measures of a network and, beside them, those of what a user would do without one."""

    metrics: dict[str, float]
    baseline: dict[str, float]
    baseline_name: str
    remark: str = ""

    def table(self) -> str:
        """Both side by side, for a person."""
        lines = [f"{'':24}{'network':>16}{self.baseline_name:>42}"]
        for name in self.metrics:
            if name not in _COUNTS:
                mine, other = (_shown(name, measures.get(name)) for measures in (self.metrics, self.baseline))
                lines.append(f"{name.replace('_', ' '):24}{mine:>16}{other:>42}")
        return "\n".join([*lines, self.remark] if self.remark else lines)


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.2f}" if name == "perplexity" else f"{value:.3f}" if name in _NOT_SHARES else f"{value:.2%}"
