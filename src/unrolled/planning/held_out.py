"""The demand that is held out, article by article, and what was forecast of it from each cutoff."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.forecasts import Paths
from unrolled.planning.decision import needed_horizon
from unrolled.planning.policies import Policy, Review
from unrolled.planning.simulation import Life, simulate
from unrolled.planning.stock import Article, Stock
from unrolled.progress import remark

__all__ = ["Stretch", "Window", "largest_step", "review_step", "stretches"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """Paths as they were forecast at a cutoff, ``paths.last``, and the demand ``actual`` (N, H) that then came."""

    paths: Paths
    actual: Floats


@dataclass(frozen=True)
class Stretch:
    """One article's held-out demand (T,) on end, the ``history`` of which ``known`` values lie before it, and the paths
    (P, H) from some periods on."""

    article: Article
    history: Floats
    known: int
    demand: Floats
    paths: Mapping[int, Floats]

    def before(self, period: int) -> Floats:
        """The history before a period of the demand."""
        seen, missing = self.history[: self.known + period], max(0, self.known + period - len(self.history))
        return np.concatenate([seen, self.demand[period - min(missing, period) : period]])

    def life(self, policy: Policy, recent: int) -> Life:
        """The article's life under a policy."""

        def decide(period: int, on_hand: float, arriving: Floats) -> float:
            past, future = self.before(period)[-recent:], np.nan_to_num(self.demand[period:])
            return policy(Review(self.article, on_hand, arriving, self._paths_at(period), past, future))

        return simulate(self.article, self.demand, self._reviews(), decide)

    def _reviews(self) -> int:
        """How many reviews there is demand for; InputError where one of them has too short a forecast."""
        name, needed, review = self.article.unique_id, needed_horizon(self.article), int(self.article.review)
        count = (len(self.demand) - needed) // review + 1
        horizons = [self._paths_at(period).shape[1] for period in range(0, max(count, 1) * review, review)]
        if (short := min(horizons)) < needed:
            horizon = needed + max(horizons) - short
            raise InputError(
                f"unique_id {name!r}: lead time and review need {needed} periods; the forecast of one of its "
                f"reviews has {short}: fit with horizon={horizon}, or let windows follow each other sooner",
                f"horizon={horizon}",
            )
        return count

    def _paths_at(self, period: int) -> Floats:
        """The paths from this period on that were forecast last."""
        begin = max(begin for begin in self.paths if begin <= period)
        return self.paths[begin][:, period - begin :]


def stretches(history: Panel, windows: Sequence[Window], stock: Stock) -> Iterator[Stretch]:
    """A stretch of each article that has forecasts in all windows; of how many there are none is told at the end.

    Raises InputError for an article that is in no window, and for windows that do not follow each other.
    """
    places = [{unique_id: row for row, unique_id in enumerate(window.paths.ids)} for window in windows]
    series = {unique_id: row for row, unique_id in enumerate(history.ids)}
    new = list[str]()
    for article in stock.articles:
        name = article.unique_id
        if not all(name in rows for rows in places):
            raise InputError(f"no forecast of unique_id {name!r} in a window; leave it out of the stock")
        begins, demand, paths = _joined(windows, [rows[name] for rows in places])
        if not all(np.isfinite(values).all() for values in paths.values()):
            new.append(name)
            continue
        values, known = np.zeros(0), 0
        if name in series:
            row = series[name]
            values = history.y[history.offsets[row] : history.offsets[row + 1]]
            known = max(0, begins + 1 - int(history.first[row]))
        yield Stretch(article, values, known, demand, paths)
    if new:
        shown = ", ".join(new[:5]) + (f" and {len(new) - 5} more" if len(new) > 5 else "")
        remark(f"{len(new):,} of {len(stock):,} articles have no value before the first window; left out: {shown}")


def _joined(windows: Sequence[Window], rows: Sequence[int]) -> tuple[int, Floats, dict[int, Floats]]:
    """The first cutoff of an article, which has these rows in the windows, its demand, and its paths by their begin."""
    cutoffs = [int(window.paths.last[row]) for window, row in zip(windows, rows, strict=True)]
    demand = np.full(max(cutoffs) - cutoffs[0] + windows[-1].actual.shape[1], np.nan)
    paths = dict[int, Floats]()
    for window, row, cutoff in zip(windows, rows, cutoffs, strict=True):
        begin, values = cutoff - cutoffs[0], window.actual[row]
        if begin < 0 or begin > max(paths, default=0) + windows[0].actual.shape[1]:
            raise InputError(
                f"windows begin {begin} periods after the first one and {windows[0].actual.shape[1]} are forecast; "
                "expected them in the order of time, without gaps between"
            )
        demand[begin : begin + len(values)] = values
        paths[begin] = window.paths.values[row]
    return cutoffs[0], demand, paths


def review_step(stock: Stock, horizon: int, least: int = 1) -> int:
    """Periods from one cutoff to the next with which each review has a forecast of its own, or, where these are less
    than ``least``, one that is as new as that allows. See `largest_step`, which it never exceeds."""
    own = math.gcd(*(int(article.review) for article in stock.articles))
    return min(largest_step(stock, horizon), own * -(-least // own))


def largest_step(stock: Stock, horizon: int) -> int:
    """The most periods from one cutoff to the next with which each review has a forecast that is long enough.

    Raises InputError where not even the first review has one.
    """
    for step in range(horizon, 0, -1):
        if all(_latest(step, int(article.review)) + needed_horizon(article) <= horizon for article in stock.articles):
            return step
    needed = max(map(needed_horizon, stock.articles))
    raise InputError(
        f"lead time and review need a forecast of {needed} periods; this one has {horizon}: fit with horizon={needed}",
        f"horizon={needed}",
    )


def _latest(step: int, review: int) -> int:
    """The most periods that a review is later than the last cutoff: both divide by their greatest common divisor."""
    return step - math.gcd(step, review)
