"""From joint sample paths and the stock to orders, each with what is to be expected of it and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from unrolled.inference.forecasts import Paths
from unrolled.planning.stock import Stock

__all__ = ["Order", "Orders", "plan"]


class Order(NamedTuple):
    """What to order of an article now, and what is to be expected until the next order can arrive.

    ``expected_profit`` is None where the article has no price.
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
    """An order of each article, in the order of the stock."""

    rows: Sequence[Order]
    kind: str = ""

    def columns(self) -> dict[str, list[Any]]:
        """The table by columns: unique_id, order, order_up_to, …, because."""
        return {name: [row[place] for row in self.rows] for place, name in enumerate(Order._fields)}

    def frame(self) -> Any:
        """The table in the kind that the stock came in: a frame of pandas or polars, else a list of dictionaries."""
        raise NotImplementedError


def plan(paths: Paths, stock: Stock) -> Orders:
    """How much to order of each article now, from joint sample paths of its demand over lead time and review."""
    raise NotImplementedError
