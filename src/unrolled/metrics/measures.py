"""Measures: the unit of each, and whether higher or lower is better."""

from typing import NamedTuple

__all__ = ["MEASURES", "Measure"]


class Measure(NamedTuple):
    """``unit``: share, nats, perplexity, count, points (of 100), points of 10, rank for a mean reciprocal rank, or
    scale for multiples of the error of seasonal naive in the history.

    ``better``: higher, lower, named where the level in its name is best, zero, or neither for what describes the data.
    """

    unit: str
    better: str = "neither"

    def shown(self, value: float) -> str:
        """A value as people read it."""
        return {"share": f"{value:.2%}", "perplexity": f"{value:,.2f}", "points": f"{value:.1f}"}.get(
            self.unit, f"{value:.3f}"
        )


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
    "bleu": Measure("points", "higher"),
    "bleu_lowercased": Measure("points", "higher"),
    "chrf": Measure("points", "higher"),
    **{f"bleu_{n}": Measure("points", "higher") for n in range(1, 5)},
    **{f"rouge_{n}": Measure("points", "higher") for n in ("1", "2", "l")},
    "cider_d": Measure("points of 10", "higher"),
    "exact_match": Measure("share", "higher"),
    "empty": Measure("share", "lower"),
    "numbers_held": Measure("share", "higher"),
    "names_held": Measure("share", "higher"),
    "word_error": Measure("share", "lower"),
    "token_error": Measure("share", "lower"),
    "mase": Measure("scale", "lower"),
    "smape": Measure("share", "lower"),
    "rmsse": Measure("scale", "lower"),
    "scaled_crps": Measure("share", "lower"),
    "winkler_80": Measure("scale", "lower"),
    "coverage_80": Measure("share", "named"),
    "width_80": Measure("scale", "lower"),
    "winkler_95": Measure("scale", "lower"),
    "coverage_95": Measure("share", "named"),
    "width_95": Measure("scale", "lower"),
    "bias": Measure("scale", "zero"),
    "cfe": Measure("scale", "zero"),
    **{
        f"{name}{of}": Measure("rank" if name == "mrr_10" else "share", "higher")
        for of in ("", "_seen", "_unseen")
        for name in ("mrr_10", "hit_1", "hit_3", "hit_10", "letters_saved")
    },
    "seen_rate": Measure("share"),
    "unknown_rate": Measure("share"),
    "tokens": Measure("count"),
    "examples": Measure("count"),
    "frames": Measure("count"),
    "series": Measure("count"),
}
