"""Measures: the unit of each, and whether higher or lower is better."""

from typing import NamedTuple

__all__ = ["MEASURES", "Measure"]


class Measure(NamedTuple):
    """``unit``: share, nats, perplexity or count; ``better``: higher, lower, or neither for what describes the data."""

    unit: str
    better: str = "neither"

    def shown(self, value: float) -> str:
        """A value as people read it."""
        return {"share": f"{value:.2%}", "perplexity": f"{value:,.2f}"}.get(self.unit, f"{value:.3f}")


MEASURES = {
    "perplexity": Measure("perplexity", "lower"),
    "top1_recall": Measure("share", "higher"),
    "top3_recall": Measure("share", "higher"),
    "keystrokes_saved": Measure("share", "higher"),
    "nats_per_token": Measure("nats", "lower"),
    "nats_per_second": Measure("nats", "lower"),
    "nats_per_frame": Measure("nats", "lower"),
    "accuracy": Measure("share", "higher"),
    "macro_f1": Measure("share", "higher"),
    "loss": Measure("nats", "lower"),
    "calibration_error": Measure("share", "lower"),
    "unknown_rate": Measure("share"),
    "tokens": Measure("count"),
    "examples": Measure("count"),
    "frames": Measure("count"),
}
