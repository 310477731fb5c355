"""Contenders measured in alternation in one process: A B A B, warmed up, medians."""

import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Calls", "Timing", "alternate", "geometric_mean"]

Calls = Mapping[str, Callable[[], object]]
"""What is compared: calls by name."""

ROUNDS = 15
SAMPLE = 0.02
WARM_UP = 2


@dataclass(frozen=True)
class Timing:
    """The seconds that a call of each contender took, in each round."""

    rounds: Mapping[str, list[float]]

    def seconds(self, name: str) -> float:
        """The median over the rounds."""
        return statistics.median(self.rounds[name])

    def ratio(self, other: str, ours: str) -> float:
        """How many times as long ``other`` takes as ``ours``: the median of the ratios of the single rounds.

        What slows the whole machine for a while, such as a lower clock, slows both and cancels out.
        """
        return statistics.median(a / b for a, b in zip(self.rounds[other], self.rounds[ours], strict=True))


def alternate(calls: Calls, rounds: int = ROUNDS, sample: float = SAMPLE) -> Timing:
    """Run every call in each of ``rounds``, as often as fills ``sample`` seconds.

    A call that is repeated first runs once unmeasured, so that the caches and sleeping threads that another call left
    behind do not count.
    """
    repeats = {name: _repeats(call, sample) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            if repeats[name] > 1:
                call()
            times[name].append(_timed(call, repeats[name]))
    return Timing(times)


def _repeats(call: Callable[[], object], sample: float) -> int:
    """How many calls fill ``sample`` seconds; finding out is the warm-up."""
    call()
    fastest = _timed(call, 1)
    if fastest < sample:
        fastest = min(fastest, *(_timed(call, 1) for _ in range(WARM_UP)))
    if fastest * 10 < sample:  # too short for one reading of the clock
        fastest = _timed(call, max(1, int(sample / 4 / fastest)))
    return max(1, math.ceil(sample / fastest))


def _timed(call: Callable[[], object], repeats: int) -> float:
    """Seconds a call."""
    began = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - began) / repeats


def geometric_mean(ratios: Iterable[float]) -> float:
    """The mean of ratios: twice as fast and half as fast cancel out."""
    return statistics.geometric_mean(ratios)
