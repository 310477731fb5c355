"""What planning by paths costs over held-out windows, beside the textbook's formula and one who knows the future."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.planning.held_out import Window, stretches
from unrolled.planning.lead_time import usual_lead_time
from unrolled.planning.policies import PATHS, POLICIES, TEXTBOOK, Policy, textbook_ratio
from unrolled.planning.simulation import Life
from unrolled.planning.stock import Stock

__all__ = ["Outcome", "PolicyComparison", "compare_policies"]

Floats = NDArray[np.float64]
RECENT = 8
"""Times lead time and review: the past that the textbook's formula looks at."""


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
    """The outcome of each policy by its name; ``costs``, of each article; ``reviews``, how many orders each placed.

    ``cut``: how many values of the demand were cut by what was available, so that more was asked for.
    """

    outcomes: Mapping[str, Outcome]
    costs: Mapping[str, Sequence[float]]
    ids: Sequence[str]
    reviews: int
    cut: int = 0

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

    def __str__(self) -> str:
        return self.table()

    def table(self) -> str:
        """A line for each policy, and the sentence."""
        lines = [f"{'policy':18} {'cost':>12} {'fill rate':>10} {'stock held':>12} {'stock-outs':>11}"]
        for name, outcome in self.outcomes.items():
            numbers = f"{outcome.fill_rate:10.2%} {outcome.stock_held:12,.1f} {outcome.stock_outs:11.2%}"
            lines.append(f"{name:18} {outcome.cost:12,.1f} {numbers}")
        lines.append(self.sentence())
        if self.cut:
            lines.append(
                f"{self.cut:,} of the values that count as demand are sales cut by what was available: more was asked "
                "for, so that stock held for it costs more here than it would have"
            )
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Outcomes and saving as JSON takes them."""
        policies = {name: asdict(outcome) for name, outcome in self.outcomes.items()}
        return {
            "policies": policies,
            "saving": self.saving,
            "reviews": self.reviews,
            "articles": len(self.ids),
            "cut": self.cut,
        }


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
    lives, costs, ids = dict[str, list[Life]](), dict[str, list[float]](), list[str]()
    for stretch in stretches(history, windows, stock):
        article = stretch.article
        past = recent or RECENT * (usual_lead_time(article) + int(article.review))
        ratio = textbook_ratio(article, stretch.before(0)[-past:])
        for name, policy in policies.items():
            life = stretch.life(policy, past)
            lives.setdefault(name, []).append(life)
            costs.setdefault(name, []).append(life.cost(article.overage * ratio / (1 - ratio), article.overage))
        ids.append(article.unique_id)
    if not ids:
        raise InputError("no article has a value before the first window; expected some history to compare policies on")
    return PolicyComparison(
        {name: _outcome(lives[name], costs[name]) for name in policies},
        costs,
        ids,
        sum(len(life.held) for life in next(iter(lives.values()))),
    )


def _outcome(lives: Sequence[Life], costs: Sequence[float]) -> Outcome:
    asked, lost = (sum(float(getattr(life, name).sum()) for life in lives) for name in ("asked", "lost"))
    return Outcome(
        cost=sum(costs),
        fill_rate=1 - lost / asked if asked > 0 else 1.0,
        stock_held=sum(float(life.held.mean()) for life in lives),
        stock_outs=sum(life.stock_outs for life in lives) / sum(len(life.held) for life in lives),
    )
