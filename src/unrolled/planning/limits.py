"""From the order that is wanted to one that can be placed: whole packs, a minimum, a capacity."""

import math
from collections.abc import Callable
from typing import NamedTuple

from unrolled.planning.stock import Article

__all__ = ["Placed", "placed"]

_SAME = 1e-9  # of a pack: rounding errors of sums


class Placed(NamedTuple):
    """An order, and which limit changed it beyond packs: "", "minimum" or "capacity"."""

    amount: float
    limit: str = ""


def placed(article: Article, wanted: float, cost: Callable[[float], float] | None = None) -> Placed:
    """The order that can be placed where ``wanted`` is: the one of least ``cost`` of those around it.

    Without a ``cost`` it is the least that is not below, as far as the capacity allows. An order below the minimum is
    none.
    """
    wanted = max(wanted, 0.0)
    packs = wanted / article.pack
    low, high = math.floor(packs + _SAME), math.ceil(packs - _SAME)
    if cost is None:
        return _limited(article, high)
    among = [_limited(article, count) for count in (low, high)]
    if any(choice.limit == "minimum" for choice in among):
        among.append(Placed(0.0, "minimum"))
    return min(among, key=lambda choice: (cost(choice.amount), choice.amount, not choice.limit))


def _limited(article: Article, packs: int) -> Placed:
    if packs == 0:
        return Placed(0.0)
    least = math.ceil(article.minimum / article.pack - _SAME)
    most = math.inf if math.isinf(article.capacity) else math.floor(article.capacity / article.pack + _SAME)
    if most < max(packs, least):
        return Placed(0.0 if most < least else _units(article, most), "capacity")
    return Placed(_units(article, max(packs, least)), "minimum" if packs < least else "")


def _units(article: Article, packs: float) -> float:
    return round(packs * article.pack, 9)  # 3 packs of 0.1 are 0.3
