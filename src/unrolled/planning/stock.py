"""What a planner knows of each article: what is there, what is on the way, how long it takes, and what is aimed at."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from unrolled.errors import InputError

__all__ = ["Article", "Stock"]

MOST = 1e12  # units of anything
LEAST_PACK = 1e-6  # units
LONGEST = 100_000  # periods, the longest horizon there is


@dataclass(frozen=True)
class Article:
    """One article that is reviewed every ``review`` periods; an order of it arrives after ``lead_time`` periods.

    An order that is placed now can be sold from period ``lead_time`` + 1 on, until the next one can arrive, ``review``
    periods later. ``on_order`` is on the way and arrives before anything that is ordered now: after ``arrives``
    periods. With ``lead_time_sd`` the lead time is a distribution of this mean and standard deviation.

    Exactly one target: ``price``, ``cost`` and ``salvage`` (what a unit that is left over is worth; below 0 where it
    costs to be rid of it), or ``service_level``, the share of reviews after which nobody is sent away, or
    ``fill_rate``, the share of the demand that is served.

    An order is a multiple of ``pack``, at least ``minimum`` where it is not 0, and at most ``capacity``.
    Raises InputError for what cannot be so, and says why.
    """

    unique_id: str
    on_hand: float
    on_order: float
    lead_time: float
    review: int
    price: float | None = None
    cost: float | None = None
    salvage: float = 0.0
    service_level: float | None = None
    fill_rate: float | None = None
    pack: float = 1.0
    minimum: float = 0.0
    capacity: float = math.inf
    lead_time_sd: float = 0.0
    arrives: int = 0

    def __post_init__(self) -> None:
        _check_amounts(self)
        _check_times(self)
        _check_target(self)

    @property
    def position(self) -> float:
        """What is there and on the way."""
        return self.on_hand + self.on_order

    @property
    def ratio(self) -> float:
        """The share of reviews in which the stock should last: (price − cost) / (price − salvage), or the target."""
        if self.price is not None and self.cost is not None:
            return (self.price - self.cost) / (self.price - self.salvage)
        return self.service_level or self.fill_rate or 0.0

    @property
    def underage(self) -> float:
        """What a lost sale costs: price − cost; of a service level, relative to a unit left over."""
        return self.overage * self.ratio / (1 - self.ratio)

    @property
    def overage(self) -> float:
        """What a unit left over at the end of a review costs: cost − salvage; 1 of a service target."""
        return 1.0 if self.cost is None else self.cost - self.salvage


@dataclass(frozen=True)
class Stock:
    """Articles, each once. ``source`` is the data frame that they were read from, or None."""

    articles: Sequence[Article]
    source: Any = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        seen = set[str]()
        for article in self.articles:
            if article.unique_id in seen:
                raise InputError(f"unique_id {article.unique_id!r} is there twice; expected one row for each article")
            seen.add(article.unique_id)

    def __len__(self) -> int:
        """The number of articles."""
        return len(self.articles)


def _check_amounts(article: Article) -> None:
    for name in ("on_hand", "on_order", "minimum", "capacity", "pack", "lead_time", "lead_time_sd", "review"):
        value = getattr(article, name)
        if math.isnan(value) or (math.isinf(value) and name != "capacity"):
            raise InputError(f"{name} is {value}; expected a number")
        if value < 0:
            raise InputError(f"{name} is {value:g}; expected 0 or more")
        if value > MOST and not math.isinf(value):
            raise InputError(f"{name} is {value:g}; expected at most {MOST:g}")
    if article.pack < LEAST_PACK:
        raise InputError(
            f"pack is {article.pack:g}; expected how many units a pack holds, 1 where they come one by one"
        )


def _check_times(article: Article) -> None:
    for name in ("review", "lead_time", "arrives"):
        value = getattr(article, name)
        spread = name == "lead_time" and article.lead_time_sd > 0
        if value > LONGEST:
            raise InputError(f"{name} is {value:g}; expected at most {LONGEST:,} periods")
        if value != int(value) and not spread:
            hint = "; a fraction needs lead_time_sd, as the mean of a distribution" if name == "lead_time" else ""
            raise InputError(f"{name} is {value:g}; expected whole periods{hint}")
    if article.review < 1:
        raise InputError(f"review is {article.review:g}; expected 1 period or more from one order to the next")
    if article.lead_time_sd > 0 and article.lead_time == 0:
        raise InputError(f"lead_time_sd is {article.lead_time_sd:g} and lead_time 0; expected a lead time above 0")
    if not 0 <= article.arrives <= article.lead_time:
        raise InputError(
            f"arrives is {article.arrives:g}; expected 0 to lead_time, {article.lead_time:g}: what is on the way comes "
            "before what is ordered now"
        )


def _check_target(article: Article) -> None:
    priced = article.price is not None or article.cost is not None
    levels = [name for name in ("service_level", "fill_rate") if getattr(article, name) is not None]
    given = [*(["price and cost"] if priced else []), *levels]
    if len(given) != 1:
        raise InputError(
            f"{' and '.join(given) or 'no target'} given; expected price and cost, service_level or fill_rate"
        )
    for name in levels:
        level = getattr(article, name)
        if not 0 < level < 1:
            hint = f": {level:g} % is {level / 100:g}" if 1 < level < 100 else ""
            raise InputError(f"{name} is {level:g}; expected a share between 0 and 1{hint}")
    if priced:
        _check_prices(article)


def _check_prices(article: Article) -> None:
    price, cost, salvage = article.price, article.cost, article.salvage
    if price is None or cost is None:
        raise InputError(f"{'price' if price is None else 'cost'} is missing; expected price and cost, or neither")
    if not all(map(math.isfinite, (price, cost, salvage))) or cost < 0:
        raise InputError(
            f"price {price:g}, cost {cost:g}, salvage {salvage:g}; expected finite numbers, cost not below 0"
        )
    if cost >= price:
        raise InputError(
            f"cost is {cost:g} and price {price:g}; expected a price above the cost: nothing is earned by it"
        )
    if salvage >= cost:
        raise InputError(
            f"salvage is {salvage:g} and cost {cost:g}; expected salvage below the cost: what is left over would cost "
            "nothing, so that no order were too large"
        )
