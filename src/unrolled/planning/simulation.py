"""A stock that lives through a stretch of demand: orders arrive after the lead time, and who finds nothing goes."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.planning.lead_time import longest_lead_time, sampled_lead_times, usual_lead_time
from unrolled.planning.stock import Article

__all__ = ["Life", "simulate"]

Floats = NDArray[np.float64]
_ROUNDING = 1e-9  # units


class Life(NamedTuple):
    """What became of an article in the periods that its orders could change, (reviews, periods of a review) each.

    ``asked``: the demand. ``held``: stock at the end of each period. ``lost``: units asked for that were not there.
    """

    asked: Floats
    held: Floats
    lost: Floats

    def cost(self, underage: float, overage: float) -> float:
        """``underage`` for each unit lost and ``overage`` for each that is there at the end of a review."""
        return float(underage * self.lost.sum() + overage * self.held[:, -1].sum())

    @property
    def stock_outs(self) -> int:
        """Reviews in which something was lost."""
        return int((self.lost > _ROUNDING).any(axis=1).sum())


def simulate(article: Article, demand: Floats, reviews: int, decide: Callable[[int, float, Floats], float]) -> Life:
    """Live through ``demand`` (T,), of which NaN is none, with ``reviews`` orders, the first before the first period.

    ``decide`` says how much to order from the period, what is on hand, and what arrives before each period from this
    one on. The life that is told begins when the first order usually arrives, and ends when one after the last would.
    An uncertain lead time is drawn, the same for each policy; orders do not overtake each other.
    """
    review, lead, wanted = int(article.review), usual_lead_time(article), np.nan_to_num(demand)
    times, end = sampled_lead_times(article, reviews), lead + reviews * review
    arriving = np.zeros(end + longest_lead_time(article) + 1)
    arriving[int(article.arrives)] = article.on_order
    on_hand, latest, held, lost = article.on_hand, int(article.arrives), np.zeros(end), np.zeros(end)
    for period in range(end):
        number, since = divmod(period, review)
        if since == 0 and number < reviews:
            order = decide(period, on_hand, arriving[period:])
            latest = max(latest, period + int(times[number]))
            arriving[latest] += order
        there = on_hand + arriving[period]
        on_hand = max(there - wanted[period], 0.0)
        held[period], lost[period] = on_hand, max(wanted[period] - there, 0.0)
    return Life(*(values[lead:end].reshape(reviews, review) for values in (wanted, held, lost)))
