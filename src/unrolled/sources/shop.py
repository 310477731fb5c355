"""A small shop, made by code with a fixed seed: two years of daily sales of 40 articles, and their stock at the end.

Nothing in it was measured. Demand has a weekly and a yearly season and is lifted by promotions, which are known four
weeks ahead; sales are cut where the shelf runs empty; some articles are new, some are rarely asked for.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from unrolled.sources.panel_columns import Coded, RawTable

__all__ = ["shop_demand", "shop_sales", "shop_stock"]

_SEED, _ARTICLES, _DAYS, _AHEAD = 14, 40, 731, 28
_FIRST = np.datetime64("2024-01-01", "s")  # a Monday
_CATEGORIES = ("bakery", "dairy", "drinks", "household")
_WEEK = np.array(  # from Monday to Sunday
    [
        [0.9, 0.9, 0.9, 1.0, 1.2, 1.6, 0.5],
        [0.9, 0.8, 0.9, 1.0, 1.3, 1.6, 0.5],
        [0.8, 0.7, 0.8, 1.0, 1.6, 1.8, 0.3],
        [1.1, 0.9, 0.9, 0.9, 1.1, 1.8, 0.3],
    ]
)
_SWING = (0.05, -0.08, 0.45, 0.1)  # of the year: drinks sell in summer
_NEW = {6: 150, 15: 90, 24: 45, 33: 12}  # articles, and for how many days they have been sold
_SPARSE = (4, 12, 20, 28, 36)
_REVIEW = 7  # days from order to order


@dataclass(frozen=True)
class _Shop:
    """Arrays (articles, days), the stock after the last day, and what each article costs."""

    demand: NDArray[np.int64]
    sales: NDArray[np.float64]
    shelf: NDArray[np.float64]
    promotion: NDArray[np.float64]  # and 28 days more
    on_hand: NDArray[np.int64]
    on_order: NDArray[np.int64]
    lead_time: NDArray[np.int64]
    price: NDArray[np.float64]
    cost: NDArray[np.float64]


@cache
def _shop() -> _Shop:
    rng = np.random.default_rng(_SEED)
    mean, promotion = _demand_means(rng)
    spread = rng.uniform(4, 20, (_ARTICLES, 1))
    demand = rng.poisson(mean * rng.gamma(spread, 1 / spread, mean.shape))
    lead_time = rng.integers(2, 8, _ARTICLES)
    sales, shelf, on_hand, on_order = _sold(demand, mean, lead_time)
    price = np.exp(rng.uniform(0, 2.3, _ARTICLES)).round(2)
    cost = (price * rng.uniform(0.5, 0.8, _ARTICLES)).round(2)
    return _Shop(demand, sales, shelf, promotion, on_hand, on_order, lead_time, price, cost)


def _demand_means(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean demand of each article on each day, and on which days it is promoted."""
    articles, days = np.arange(_ARTICLES), np.arange(_DAYS + _AHEAD)
    level = np.exp(rng.uniform(1.2, 4.0, _ARTICLES))
    level[list(_SPARSE)] = rng.uniform(0.08, 0.35, len(_SPARSE))
    category = articles % len(_CATEGORIES)
    week = _WEEK[category][:, days % 7]
    year = 1 + np.array(_SWING)[category][:, None] * np.sin(2 * np.pi * (days - 105) / 365.25)
    trend = 1 + rng.uniform(-0.15, 0.25, (_ARTICLES, 1)) * days / _DAYS
    promotion = np.zeros((_ARTICLES, _DAYS + _AHEAD))
    for article in range(_ARTICLES):
        for start in range(int(rng.integers(0, 40)), _DAYS + _AHEAD, 42):
            promotion[article, start + int(rng.integers(0, 14)) :][: int(rng.integers(3, 8))] = 1
    lift = 1 + rng.uniform(0.5, 1.6, (_ARTICLES, 1)) * promotion
    mean = (level[:, None] * week * year * trend * lift)[:, :_DAYS]
    for article, age in _NEW.items():
        mean[article, : _DAYS - age] = 0
    return mean, promotion


def _sold(
    demand: NDArray[np.int64], mean: NDArray[np.float64], lead_time: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """What was sold, what stood on the shelf in the morning, and what is on hand and on order after the last day.

    Once a week an article is ordered up to what the last four weeks lead to expect over lead time and review, and a
    little more; a rise in demand, as by a promotion, empties the shelf.
    """
    sales, shelf = np.zeros(demand.shape), np.zeros(demand.shape)
    arriving = np.zeros((_ARTICLES, _DAYS + int(lead_time.max()) + 1), np.int64)
    stock = np.ceil(mean[:, :14].sum(1)).astype(np.int64) + 2
    for day in range(_DAYS):
        stock += arriving[:, day]
        shelf[:, day] = stock
        sold = np.minimum(demand[:, day], stock)
        sales[:, day], stock = sold, stock - sold
        due = (day + np.arange(_ARTICLES)) % _REVIEW == 0
        recent = mean[:, max(day - 27, 0) : day + 1].mean(1)
        wanted = np.ceil(1.15 * recent * (lead_time + _REVIEW) + 1).astype(np.int64)
        position = stock + arriving[:, day + 1 :].sum(1)
        order = np.where(due, np.maximum(wanted - position, 0), 0)
        arriving[np.arange(_ARTICLES), day + lead_time] += order
    return sales, shelf, stock, arriving[:, _DAYS:].sum(1)


def _names() -> list[str]:
    return [f"{_CATEGORIES[number % len(_CATEGORIES)]}-{number:02}" for number in range(_ARTICLES)]


def shop_sales() -> RawTable:
    """The sales: unique_id, ds, y, available, promotion (known 28 days beyond the last sales), category, price."""
    shop = _shop()
    starts = np.array([_DAYS - _NEW.get(article, _DAYS) for article in range(_ARTICLES)])
    kept = np.arange(_DAYS + _AHEAD) >= starts[:, None]
    article, day = (place.astype(np.int32) for place in np.nonzero(kept))

    def column(values: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = np.full(kept.shape, np.nan)
        whole[:, : values.shape[1]] = values
        return whole[kept]

    return RawTable(
        "sample:shop",
        {
            "unique_id": Coded(article, list(_names())),
            "ds": _FIRST + day.astype("m8[D]").astype("m8[s]"),
            "y": column(shop.sales),
            "available": column(shop.shelf),
            "promotion": column(shop.promotion),
            "category": Coded((article % len(_CATEGORIES)).astype(np.int32), list(_CATEGORIES)),
            "price": shop.price[article],
        },
        lambda row: f"sample:shop: row {row}",
    )


def shop_stock() -> list[dict[str, str | float]]:
    """The stock after the last day: unique_id, on_hand, on_order, lead_time, review, price, cost, salvage."""
    shop = _shop()
    return [
        {
            "unique_id": name,
            "on_hand": int(shop.on_hand[number]),
            "on_order": int(shop.on_order[number]),
            "lead_time": int(shop.lead_time[number]),
            "review": _REVIEW,
            "price": float(shop.price[number]),
            "cost": float(shop.cost[number]),
            "salvage": round(float(shop.cost[number]) * 0.4, 2),
        }
        for number, name in enumerate(_names())
    ]


def shop_demand() -> NDArray[np.int64]:
    """What was asked for of each article on each day (articles, days), on an empty shelf, too: sales do not tell it."""
    return _shop().demand
