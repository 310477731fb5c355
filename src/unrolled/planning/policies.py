"""Three ways to decide how much to order: by sample paths, by the textbook's formula, and knowing the future.

The textbook's formula (any book on inventories, as Silver, Pyke and Thomas 2017, chapter 6) takes mean μ and standard
deviation σ of the demand in a period from recent history, and for a lead time L of standard deviation σ_L

    S = μ (L + R) + z σ_T,  σ_T² = (L + R) σ² + μ² σ_L²

z is the standard normal quantile of the service level or critical ratio; for a fill rate β it solves

    σ_T (φ(z) − z (1 − Φ(z))) = (1 − β) μ R
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.planning.decision import article_cycle, order_for
from unrolled.planning.limits import placed
from unrolled.planning.stock import Article

__all__ = [
    "KNOWING",
    "PATHS",
    "POLICIES",
    "TEXTBOOK",
    "Policy",
    "Review",
    "by_paths",
    "by_textbook",
    "knowing_the_future",
    "textbook_ratio",
]

Floats = NDArray[np.float64]
PATHS, TEXTBOOK, KNOWING = "sample paths", "textbook", "knows the future"
_NORMAL = NormalDist()
_HALVINGS, _FARTHEST = 60, 6.0  # of the search for z
_RATIOS = 0.01, 0.999  # that a fill rate may stand for


class Review(NamedTuple):
    """What there is to decide by: the stock, what arrives before each period from now on, sample paths (P, H) of the
    demand, the demand of the ``recent`` past, and the ``future`` (H,), at which only one may look."""

    article: Article
    on_hand: float
    arriving: Floats
    paths: Floats
    recent: Floats
    future: Floats


Policy = Callable[[Review], float]
"""How much to order at a review."""


def by_paths(review: Review) -> float:
    """As `plan` does."""
    cycle = article_cycle(review.article, review.paths, review.on_hand, review.arriving)
    return order_for(review.article, cycle)[1].amount


def by_textbook(review: Review) -> float:
    """Mean and standard deviation of recent demand, and z. See above."""
    article = review.article
    mean, spread = _moments(article, review.recent)
    level = mean * (article.lead_time + article.review) + _z(article, mean, spread) * spread
    wanted = level - review.on_hand - float(review.arriving.sum())
    return placed(article, wanted, None if article.price is None else lambda order: abs(order - wanted)).amount


def textbook_ratio(article: Article, recent: Floats) -> float:
    """The critical ratio or service level, and of a fill rate the service level with which the formula reaches it."""
    if article.fill_rate is None:
        return article.ratio
    return float(np.clip(_NORMAL.cdf(_z(article, *_moments(article, recent))), *_RATIOS))


def knowing_the_future(review: Review) -> float:
    """As by paths, of which there is one: what will come. All of it is to be served, whatever the fill rate."""
    article = review.article
    if article.fill_rate is not None:
        article = replace(article, fill_rate=None, service_level=article.fill_rate)
    return by_paths(review._replace(article=article, paths=review.future[None]))


POLICIES: Mapping[str, Policy] = {PATHS: by_paths, TEXTBOOK: by_textbook, KNOWING: knowing_the_future}


def _moments(article: Article, recent: Floats) -> tuple[float, float]:
    """The mean demand of a period, and the standard deviation of that in lead time and review."""
    recent = recent[np.isfinite(recent)]
    mean = float(recent.mean()) if len(recent) else 0.0
    sd = float(recent.std(ddof=1)) if len(recent) > 1 else 0.0
    return mean, math.hypot(math.sqrt(article.lead_time + article.review) * sd, mean * article.lead_time_sd)


def _z(article: Article, mean: float, spread: float) -> float:
    """The standard normal quantile that the target asks for."""
    if article.fill_rate is None:
        return _NORMAL.inv_cdf(article.ratio)
    allowed, low, high = (1 - article.fill_rate) * mean * article.review, -_FARTHEST, _FARTHEST
    for _ in range(_HALVINGS):
        z = (low + high) / 2
        loss = spread * (_NORMAL.pdf(z) - z * (1 - _NORMAL.cdf(z)))
        low, high = (z, high) if loss > allowed else (low, z)
    return high
