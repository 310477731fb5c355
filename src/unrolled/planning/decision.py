"""The order of one article: what its target asks for on joint sample paths, and what of that can be placed."""

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.planning.cycle import Cycle, cycle_of, level_for_fill_rate, level_for_share
from unrolled.planning.lead_time import longest_lead_time, sampled_lead_times
from unrolled.planning.limits import Placed, placed
from unrolled.planning.stock import Article

__all__ = ["article_cycle", "needed_horizon", "order_for"]

Floats = NDArray[np.float64]


def needed_horizon(article: Article) -> int:
    """The periods of forecast that an order needs: lead time, the longest where it is uncertain, and review."""
    return longest_lead_time(article) + int(article.review)


def article_cycle(article: Article, demand: Floats, on_hand: float, arriving: Floats) -> Cycle:
    """The cycle of an order placed now, on sample paths (P, H) of the demand; see `cycle_of`.

    Raises InputError for paths that are too short, or hold what is no number.
    """
    name, horizon, needed = f"unique_id {article.unique_id!r}", demand.shape[1], needed_horizon(article)
    if needed > horizon:
        longest = "" if article.lead_time_sd == 0 else "up to "
        raise InputError(
            f"{name}: a lead time of {longest}{longest_lead_time(article)} and a review of {article.review:g} need a "
            f"forecast of {needed} periods; this one has {horizon}: fit with horizon={needed}",
            f"horizon={needed}",
        )
    if not len(demand) or not np.isfinite(demand[:, :needed]).all():
        raise InputError(f"{name}: a sample path of it holds what is no number; no order is made from such a forecast")
    lead = sampled_lead_times(article, len(demand))
    return cycle_of(np.maximum(demand, 0.0), on_hand, arriving, lead, int(article.review))


def order_for(article: Article, cycle: Cycle) -> tuple[float, Placed]:
    """The order that the target asks for, below 0 where too much is there; and the one that can be placed.

    Of an article with a price, the one of least expected cost among those that can be placed around it; of others the
    least that is enough.
    """
    if article.fill_rate is not None:
        wanted = level_for_fill_rate(cycle, article.fill_rate)
    else:
        wanted = level_for_share(cycle.requirement, article.ratio)

    def cost(order: float) -> float:
        return float(article.underage * cycle.lost(order).mean() + article.overage * cycle.left(order).mean())

    return wanted, placed(article, wanted, None if article.price is None else cost)
