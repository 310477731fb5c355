"""From joint sample paths and the stock to orders, each with what is to be expected of it and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inference.forecasts import Paths
from unrolled.planning.because import Expected, because
from unrolled.planning.cycle import Cycle
from unrolled.planning.decision import article_cycle, order_for
from unrolled.planning.stock import Article, Stock

__all__ = ["Order", "Orders", "plan"]


class Order(NamedTuple):
    """What to order of an article now, and what is to be expected until the next order can arrive.

    The expectations are over lead time and review: what is on hand, on order and ordered is what is sold,
    ``expected_demand`` − ``expected_lost``, and ``expected_left``. ``expected_profit`` is (price − cost) of what is
    sold less (cost − salvage) of what is left; None where the article has no price.
    """

    unique_id: str
    order: float
    order_up_to: float
    expected_demand: float
    expected_lost: float
    expected_left: float
    expected_profit: float | None
    because: str


@dataclass(frozen=True)
class Orders:
    """An order of each article of the ``stock``, in its order.

    ``demand``: of each article the sampled demand (P,) that stock and order are for, until the next order can arrive;
    what is lost before this order arrives, however large it is, is not among it.
    """

    rows: Sequence[Order]
    stock: Stock
    demand: Sequence[NDArray[np.float32]] = field(repr=False)

    def columns(self) -> dict[str, list[Any]]:
        """The table by columns: unique_id, order, order_up_to, …, because."""
        return {name: [row[place] for row in self.rows] for place, name in enumerate(Order._fields)}

    def frame(self) -> Any:
        """The table as a frame of the library that the stock came in, else as a list of dictionaries."""
        if self.stock.source is None:
            return [row._asdict() for row in self.rows]
        import narwhals  # there, as the stock was read by it

        from unrolled.inference.forecast_tables import framed

        given = narwhals.from_native(self.stock.source, eager_only=True)
        ids = next(given[name].to_list() for name in given.columns if name.strip().casefold() == "unique_id")
        columns = self.columns()
        profit = np.array(columns["expected_profit"], float)  # None becomes NaN
        return framed({**columns, "unique_id": ids, "expected_profit": profit}, self.stock.source)


def plan(paths: Paths, stock: Stock) -> Orders:
    """How much to order of each article now, from joint sample paths of its demand over lead time and review.

    Raises InputError for an article without paths, and for paths that are too short or hold what is no number.
    """
    rows, demand = list[Order](), list[NDArray[np.float32]]()
    for article, cycle in _cycles(paths, stock):
        rows.append(_order(article, cycle, paths.frequency.name))
        demand.append((cycle.requirement + article.position).astype(np.float32))
    return Orders(rows, stock, demand)


def _cycles(paths: Paths, stock: Stock) -> Iterator[tuple[Article, Cycle]]:
    rows = {unique_id: row for row, unique_id in enumerate(paths.ids)}
    for article in stock.articles:
        if article.unique_id not in rows:
            more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
            known = ", ".join(map(repr, paths.ids[:5])) + more
            raise InputError(f"no forecast of unique_id {article.unique_id!r}; there are {known}")
        demand = paths.values[rows[article.unique_id]]  # (P, H)
        arriving = np.zeros(int(article.lead_time) + 1)
        arriving[int(article.arrives)] = article.on_order
        yield article, article_cycle(article, demand, article.on_hand, arriving)


def _order(article: Article, cycle: Cycle, frequency: str) -> Order:
    wanted, (amount, limit) = order_for(article, cycle)
    demand, left = float((cycle.before + cycle.demand).mean()), float(cycle.left(amount).mean())
    lost = max(left + demand - article.position - amount, 0.0)  # never below, but by rounding
    profit = None if article.price is None else article.underage * (demand - lost) - article.overage * left
    level = wanted + article.position
    early = max(float((cycle.before + cycle.stock).mean()) - article.position, 0.0)
    reason = because(article, Expected(amount, wanted, level, demand, early, limit), frequency)
    return Order(article.unique_id, amount, level, demand, lost, left, profit, reason)
