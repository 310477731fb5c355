"""What planning by paths costs over held-out windows, beside the textbook's formula and one who knows the future."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.forecasts import Paths
from unrolled.planning.decision import needed_horizon
from unrolled.planning.lead_time import usual_lead_time
from unrolled.planning.policies import PATHS, POLICIES, TEXTBOOK, Policy, Review, textbook_ratio
from unrolled.planning.simulation import Life, simulate
from unrolled.planning.stock import Article, Stock

__all__ = ["Outcome", "PolicyComparison", "Window", "compare_policies", "largest_step"]

Floats = NDArray[np.float64]
RECENT = 8
"""Times lead time and review: the past that the textbook's formula looks at."""


@dataclass(frozen=True)
class Window:
    """Paths as they were forecast at a cutoff, ``paths.last``, and the demand ``actual`` (N, H) that then came."""

    paths: Paths
    actual: Floats


@dataclass(frozen=True)
class Outcome:
    """What a policy led to, all articles together.

    ``cost``: price − cost for each unit lost, cost − salvage for each left at the end of a review; of a service level 1
    for each left, and as much for each lost as makes the level the best; of a fill rate as of the service level with
    which the textbook's formula reaches it. ``fill_rate``: the share of the demand that was served. ``stock_held``:
    mean units at the end of a period. ``stock_outs``: the share of reviews with a lost sale.
    """

    cost: float
    fill_rate: float
    stock_held: float
    stock_outs: float


@dataclass(frozen=True)
class PolicyComparison:
    """The outcome of each policy by its name; ``costs``, of each article; ``reviews``, how many orders each placed."""

    outcomes: Mapping[str, Outcome]
    costs: Mapping[str, Sequence[float]]
    ids: Sequence[str]
    reviews: int

    @property
    def saving(self) -> float:
        """The share of the textbook's cost that planning by paths saves; 0 where there is none."""
        textbook = self.outcomes[TEXTBOOK].cost
        return 1 - self.outcomes[PATHS].cost / textbook if textbook > 0 else 0.0

    def sentence(self) -> str:
        """What the comparison says."""
        lower = "lower" if self.saving >= 0 else "higher"
        return (
            f"Over {self.reviews:,} orders of {len(self.ids):,} articles the cost of planning by sample paths is "
            f"{abs(self.saving):.1%} {lower} than by the textbook's formula at the same target"
        )

    def table(self) -> str:
        """A line for each policy."""
        lines = [f"{'policy':18} {'cost':>12} {'fill rate':>10} {'stock held':>12} {'stock-outs':>11}"]
        for name, outcome in self.outcomes.items():
            numbers = f"{outcome.fill_rate:10.2%} {outcome.stock_held:12,.1f} {outcome.stock_outs:11.2%}"
            lines.append(f"{name:18} {outcome.cost:12,.1f} {numbers}")
        return "\n".join([*lines, self.sentence()])

    def to_json(self) -> dict[str, Any]:
        """Outcomes and saving as JSON takes them."""
        policies = {name: asdict(outcome) for name, outcome in self.outcomes.items()}
        return {"policies": policies, "saving": self.saving, "reviews": self.reviews, "articles": len(self.ids)}


def compare_policies(
    history: Panel,
    windows: Sequence[Window],
    stock: Stock,
    policies: Mapping[str, Policy] = POLICIES,
    recent: int | None = None,
) -> PolicyComparison:
    """Let each policy live through the held-out windows, its stock carried on from one review to the next.

    An article is reviewed at the first cutoff and every ``review`` periods from then on, with the paths of the last
    cutoff that is not later. The demand is the actual values; a missing one is none. The textbook's formula looks at
    the last ``recent`` periods of ``history`` before each review (None: 8 times lead time and review), and at the
    demand itself where the history has ended. All is deterministic. Raises InputError where the windows are too short
    or too far apart.
    """
    if not windows:
        raise InputError("no windows; expected at least 1 to compare policies on")
    lives, costs = dict[str, list[Life]](), dict[str, list[float]]()
    for article in stock.articles:
        stretch = _Stretch.of(article, history, windows)
        past = recent or RECENT * (usual_lead_time(article) + int(article.review))
        ratio = textbook_ratio(article, stretch.before(0)[-past:])
        for name, policy in policies.items():
            life = stretch.life(policy, past)
            lives.setdefault(name, []).append(life)
            costs.setdefault(name, []).append(life.cost(article.overage * ratio / (1 - ratio), article.overage))
    return PolicyComparison(
        {name: _outcome(lives[name], costs[name]) for name in policies},
        costs,
        [article.unique_id for article in stock.articles],
        sum(len(life.held) for life in next(iter(lives.values()))),
    )


@dataclass(frozen=True)
class _Stretch:
    """One article's held-out demand (T,) on end, the ``history`` of which ``known`` values lie before it, and the paths
    (P, H) from some periods on."""

    article: Article
    history: Floats
    known: int
    demand: Floats
    paths: Mapping[int, Floats]

    @classmethod
    def of(cls, article: Article, history: Panel, windows: Sequence[Window]) -> "_Stretch":
        rows = [list(window.paths.ids).index(article.unique_id) for window in _having(article, windows)]
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
        if article.unique_id not in history.ids:
            return cls(article, np.zeros(0), 0, demand, paths)
        series = list(history.ids).index(article.unique_id)
        values = history.y[history.offsets[series] : history.offsets[series + 1]]
        return cls(article, values, max(0, cutoffs[0] + 1 - int(history.first[series])), demand, paths)

    def before(self, period: int) -> Floats:
        """The history before a period of the demand."""
        seen, missing = self.history[: self.known + period], max(0, self.known + period - len(self.history))
        return np.concatenate([seen, self.demand[period - min(missing, period) : period]])

    def life(self, policy: Policy, recent: int) -> Life:
        """The article's life under a policy."""

        def decide(period: int, on_hand: float, arriving: Floats) -> float:
            future = np.nan_to_num(self.demand[period:])
            return policy(
                Review(self.article, on_hand, arriving, self._paths_at(period), self.before(period)[-recent:], future)
            )

        return simulate(self.article, self.demand, self._reviews(), decide)

    def _reviews(self) -> int:
        """How many reviews there is demand for; InputError where one of them has too short a forecast."""
        name, needed, review = self.article.unique_id, needed_horizon(self.article), int(self.article.review)
        count = (len(self.demand) - needed) // review + 1
        horizons = [self._paths_at(period).shape[1] for period in range(0, max(count, 1) * review, review)]
        if (short := min(horizons)) < needed:
            horizon = needed + max(horizons) - short
            raise InputError(
                f"unique_id {name!r}: lead time and review need {needed} periods; at one of its reviews {short} are "
                f"forecast: fit with horizon={horizon}, or let windows follow each other sooner",
                f"horizon={horizon}",
            )
        return count

    def _paths_at(self, period: int) -> Floats:
        """The paths from this period on that were forecast last."""
        begin = max(begin for begin in self.paths if begin <= period)
        return self.paths[begin][:, period - begin :]


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


def _having(article: Article, windows: Sequence[Window]) -> Iterator[Window]:
    for window in windows:
        if article.unique_id not in window.paths.ids:
            raise InputError(f"no forecast of unique_id {article.unique_id!r} in a window; leave it out of the stock")
        yield window


def _outcome(lives: Sequence[Life], costs: Sequence[float]) -> Outcome:
    asked, lost = (sum(float(getattr(life, name).sum()) for life in lives) for name in ("asked", "lost"))
    return Outcome(
        cost=sum(costs),
        fill_rate=1 - lost / asked if asked > 0 else 1.0,
        stock_held=sum(float(life.held.mean()) for life in lives),
        stock_outs=sum(life.stock_outs for life in lives) / sum(len(life.held) for life in lives),
    )
