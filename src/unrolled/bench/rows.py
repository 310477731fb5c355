"""One line of a table of measurements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unrolled.bench.contenders import Contenders, agreeing
from unrolled.bench.shapes import Shape
from unrolled.bench.timing import ROUNDS, SAMPLE, alternate

__all__ = ["Row", "measure"]


@dataclass(frozen=True)
class Row:
    """What was put side by side, and how long each contender took."""

    what: str  # such as "forward" or "training"
    cell: str
    shape: Shape
    threads: int
    microseconds: Mapping[str, float]  # a call, median
    ratios: Mapping[str, float]  # how many times as long each of the others takes as "unrolled"

    def gflops(self, name: str = "unrolled", training: bool = False) -> float:
        """Products with the weights alone, 1e9 a second; see `Shape.flops`."""
        return self.shape.flops(self.cell, training) / self.microseconds[name] / 1e3

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "what": self.what,
            "cell": self.cell,
            **self.shape._asdict(),
            "threads": self.threads,
            "microseconds": {name: round(value, 2) for name, value in self.microseconds.items()},
            "ratios": {name: round(value, 3) for name, value in self.ratios.items()},
        }


def measure(
    what: str,
    cell: str,
    shape: Shape,
    threads: int,
    calls: Contenders,
    rounds: int = ROUNDS,
    sample: float = SAMPLE,
    same: bool = True,
) -> Row:
    """Time ``calls`` by turns on ``threads`` threads; with ``same`` all but "product" must give the same results."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        if same:
            agreeing({name: call for name, call in calls.items() if name != "product"})
        timing = alternate(calls, rounds, sample)
    finally:
        torch.set_num_threads(before)
    micro = {name: timing.seconds(name) * 1e6 for name in calls}
    return Row(
        what,
        cell,
        shape,
        threads,
        micro,
        {name: timing.ratio(name, "unrolled") for name in calls if name != "unrolled"},
    )
