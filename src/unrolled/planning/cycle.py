"""What an order has to last for, on each sample path: from its arrival to that of the next order.

With D_L the demand until the order arrives, D_R that until the next one can, and lost sales (who finds nothing goes):

    x = stock when the order arrives, before it is added: period after period x ← max(0, x + arrivals − demand)
    net requirement = D_R − x

An order q loses (net requirement − q)⁺ and leaves (q − net requirement)⁺. Where nothing is lost before the order
arrives, x is the stock position less D_L, and the net requirement is the demand over lead time and review less that.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cycle", "cycle_of", "level_for_fill_rate", "level_for_share"]

Floats = NDArray[np.float64]


class Cycle(NamedTuple):
    """On each path (P,): demand until the order arrives, demand until the next one can, stock as the order arrives."""

    before: Floats
    demand: Floats
    stock: Floats

    @property
    def requirement(self) -> Floats:
        """The order (P,) after which nothing is lost and nothing is left; below 0 where too much is there."""
        return self.demand - self.stock

    def lost(self, order: float) -> Floats:
        """Units lost after the order has arrived (P,)."""
        return np.maximum(self.requirement - order, 0.0)

    def left(self, order: float) -> Floats:
        """Units left when the next order can arrive (P,)."""
        return np.maximum(order - self.requirement, 0.0)


def cycle_of(demand: Floats, on_hand: float, arriving: Floats, lead: NDArray[np.int64], review: int) -> Cycle:
    """The cycle of an order placed before the first period of ``demand`` (P, H).

    ``arriving``: what arrives before the first period, the second, … ``lead`` (P,): how long the order takes on each
    path; what is on the way arrives with it at the latest.
    """
    paths = np.arange(len(demand))
    total = np.concatenate([np.zeros((len(demand), 1)), np.cumsum(demand, axis=1)], axis=1)  # (P, H + 1)
    stock, now = np.zeros(len(demand)), np.full(len(demand), float(on_hand))
    for period in range(int(lead.max()) + 1):
        stock = np.where(lead == period, now + arriving[period:].sum(), stock)
        now = np.maximum(now + arriving[period : period + 1].sum() - demand[:, period], 0.0)
    before = total[paths, lead]
    return Cycle(before, total[paths, lead + review] - before, stock)


def level_for_share(requirement: Floats, share: float) -> float:
    """The least order that is enough on at least this share of the paths: the quantile of the net requirement."""
    return float(np.quantile(requirement, share, method="inverted_cdf"))


def level_for_fill_rate(cycle: Cycle, rate: float) -> float:
    """The least order of which no more than 1 − ``rate`` of the expected demand is expected to be lost.

    The expected loss falls with the order in straight lines between the net requirements of the paths, so that the
    order is exact.
    """
    allowed = (1 - rate) * float(cycle.demand.sum())
    levels = np.sort(cycle.requirement)
    above = np.arange(len(levels) - 1, -1, -1)  # paths that need more than each level
    lost = np.cumsum(levels[::-1])[::-1] - levels * (above + 1)  # of all paths together, at each level
    place = int(np.argmax(lost <= allowed))
    return float(levels[place] - (allowed - lost[place]) / (above[place] + 1))
