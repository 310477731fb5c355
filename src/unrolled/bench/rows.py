"""One row of a table of measurements."""

from collections.abc import Mapping
from dataclasses import dataclass

from unrolled.bench.contenders import Contenders, agreeing
from unrolled.bench.shapes import GATES, Shape
from unrolled.bench.timing import ROUNDS, SAMPLE, alternate

__all__ = ["Row", "measure"]


@dataclass(frozen=True)
class Row:
    """What was measured, and how long each contender took."""

    what: str  # such as "forward" or "training"
    cell: str
    shape: Shape
    threads: int
    seconds: Mapping[str, float]  # a call, median
    ratios: Mapping[str, float]  # how many times as long each takes as "unrolled"

    @property
    def gflops(self) -> float | None:
        """Our speed in 1e9 operations a second (see `Shape.flops`); None unless whole sequences were run unpadded."""
        if self.cell not in GATES or self.what not in ("forward", "training"):
            return None
        return self.shape.flops(self.cell, self.what == "training") / self.seconds["unrolled"] / 1e9

    def as_json(self) -> dict[str, object]:
        """The row as values that JSON can hold; times are in microseconds."""
        gflops = {} if self.gflops is None else {"gflops": round(self.gflops, 1)}
        return {
            "what": self.what,
            "cell": self.cell,
            **self.shape._asdict(),
            "threads": self.threads,
            "microseconds": {name: round(value * 1e6, 2) for name, value in self.seconds.items()},
            "ratios": {name: round(value, 3) for name, value in self.ratios.items() if name != "unrolled"},
            **gflops,
        }


def measure(
    row: tuple[str, str, Shape, int],
    calls: Contenders,
    others: Contenders | None = None,
    rounds: int = ROUNDS,
    sample: float = SAMPLE,
) -> Row:
    """Time ``calls``, which must give the same results, and ``others``, which need not, in alternation.

    ``row`` holds the row's ``what``, cell, shape and number of threads; torch uses that many while this runs.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(row[3])
    try:
        agreeing(calls)
        everything = calls | (others or {})
        timing = alternate(everything, rounds, sample)
    finally:
        torch.set_num_threads(before)
    seconds = {name: timing.seconds(name) for name in everything}
    return Row(*row, seconds, {name: timing.ratio(name, "unrolled") for name in everything})
