"""Lead times that are not certain: a log-normal distribution, rounded to whole periods.

    ln L ~ N(ln m − s² / 2, s²),  s² = ln(1 + (sd / m)²),  P(k periods) = F(k + ½) − F(k − ½)

m and sd are mean and standard deviation. Lead times are never negative, and some are far longer than most: so is the
log-normal distribution. It ends at the first period that 99 of 100 orders have arrived in; the hundredth counts there.
"""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from unrolled.planning.stock import Article

__all__ = ["lead_time_chances", "longest_lead_time", "sampled_lead_times", "usual_lead_time"]

_COVERED = 0.99
_LONGEST = 10_000  # periods that are looked at


def lead_time_chances(article: Article) -> NDArray[np.float64]:
    """The chance of each lead time 0, 1, …, the longest."""
    mean, sd = article.lead_time, article.lead_time_sd
    if sd == 0:
        return np.append(np.zeros(int(mean)), 1.0)
    spread = math.log1p((sd / mean) ** 2)
    logs = NormalDist(math.log(mean) - spread / 2, math.sqrt(spread))
    reached = [0.0]
    while reached[-1] < _COVERED and len(reached) < _LONGEST:
        reached.append(logs.cdf(math.log(len(reached) - 0.5)))
    return np.diff([*reached[:-1], 1.0])


def longest_lead_time(article: Article) -> int:
    """The longest lead time that is planned with."""
    return len(lead_time_chances(article)) - 1


def usual_lead_time(article: Article) -> int:
    """The mean, rounded to whole periods."""
    return math.floor(article.lead_time + 0.5)


def sampled_lead_times(article: Article, count: int) -> NDArray[np.int64]:
    """So many lead times, each as often as its chance says, in an order that nothing else depends on."""
    chances = lead_time_chances(article)
    if len(chances) == 1 or chances[-1] == 1.0:
        return np.full(count, len(chances) - 1)
    places = (np.arange(count) + 0.5) / count
    times = np.searchsorted(np.cumsum(chances)[:-1], places, side="right")
    return np.random.default_rng(0).permutation(times)
