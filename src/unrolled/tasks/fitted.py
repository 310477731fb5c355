"""How a fit went: what config.json says of it."""

import hashlib
import math
from dataclasses import dataclass

from unrolled.arrays import Tree, flatten
from unrolled.metrics.measures import MEASURES
from unrolled.settings import option
from unrolled.storage.tensor_file import encode_tensors

__all__ = ["Fitted", "shown_loss", "weights_sha256"]


@dataclass(frozen=True)
class Fitted:
    """How a fit went and what it read; config.json holds it."""

    loss: float = option(0.0, "lowest validation loss, nats per item; of densities it may be below 0")
    steps: int = option(0, "steps done", 0)
    seconds: float = option(0.0, "time they took", 0.0)
    interrupted: bool = option(False, "whether Ctrl-C ended it")
    out_of_time: bool = option(False, "whether the budget was over before patience was")
    data: str = option("", "sha256 of what the network read")
    items: int = option(0, "how many tokens (or the like) that holds", 0)
    start: str = option("", "sha256 of the model.safetensors that it was tuned from; empty where it was not")
    start_loss: float | None = option(None, "its validation loss")
    baseline_loss: float | None = option(None, "the baseline's")
    mixed_loss: float | None = option(None, "that of both mixed, where answers are", 0.0)
    remark: str = option("", "what stands in the way of better answers")

    def summary(self, measure: str = "perplexity") -> str:
        """How well it went, in a line; ``measure`` names perplexity or a measure in nats per item."""
        start = "" if self.start_loss is None else f"{shown_loss(measure, self.start_loss)} at the start, "
        beside = "" if self.baseline_loss is None else f"; the baseline's is {shown_loss(measure, self.baseline_loss)}"
        spent = f"{self.steps:,} steps, {self.seconds:,.0f} s"
        name = measure.replace("_", " ")
        return f"validation {name} {start}{shown_loss(measure, self.loss)} after {spent}{beside}"


def weights_sha256(weights: Tree) -> str:
    """The checksum of the model.safetensors that `Task.save` writes."""
    return hashlib.sha256(encode_tensors(flatten(weights), "weights")).hexdigest()


def shown_loss(measure: str, loss: float) -> str:
    """A loss in nats, in the unit of a measure."""
    value = loss if MEASURES[measure].unit == "nats" else math.exp(loss) if loss < 700 else math.inf
    return MEASURES[measure].shown(value)
