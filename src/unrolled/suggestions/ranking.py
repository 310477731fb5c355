"""Known queries and those that a model writes in one ranking, with weights chosen on queries not learnt from.

    p(query | typed) = λ share of it among the known queries that begin so + (1 - λ) p_model(query | typed)

λ depends on how often queries that begin so were asked: one for each of six ranges of that number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json, to_json
from unrolled.suggestions.beam import Written
from unrolled.suggestions.completions import Completion
from unrolled.suggestions.weights import chosen_weights

__all__ = ["KnownQueries", "KnownQuery", "Ranking"]

TIMES = (1, 2, 4, 10, 100)  # where the ranges of how often queries were asked begin, but the first
_NAMES = {"times", "known", "repeated"}
PRIOR = 20.0  # as if so many prefixes of each range had asked for the λ of all


class KnownQuery(Protocol):
    """A query that is known."""

    @property
    def text(self) -> str: ...
    @property
    def times(self) -> int:
        """How often it was asked."""

    @property
    def cost(self) -> float:
        """What it costs in nats that it was typed so, 0 where it begins so."""


class KnownQueries(Protocol):
    """The queries that are known."""

    def best(self, prefix: str, n: int) -> Sequence[KnownQuery]:
        """Up to n that begin so, or nearly so, best first."""

    def total(self, prefix: str) -> int:
        """How often all queries that begin so were asked."""

    def count(self, query: str) -> int:
        """How often this one was asked."""

    def exact(self, query: str) -> Sequence[KnownQuery]:
        """This one, where it is known."""

    def prepare(self) -> None:
        """Make now what is otherwise made when it is first asked for."""


class Seen(NamedTuple):
    """Of a query and a beginning of it: how often those that begin so were asked, its share among these, and how
    probable the model says it is."""

    times: int
    share: float
    model: float


@dataclass(frozen=True)
class Ranking:
    """λ for each range of how often queries that begin so were asked."""

    known: tuple[float, ...] = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6)
    repeated: float = 1.0
    """κ: how much the model's probability of a known query counts. It has learnt these by heart, so that it expects
    them too often where queries seldom come again."""

    @classmethod
    def fit(cls, seen: Iterable[Seen], repeated: float = 1.0) -> "Ranking":
        """The λ that make queries most probable, by expectation maximisation, for all and then for each range."""
        table = np.array([*seen], np.float64).reshape(-1, len(Seen._fields))
        table = table[(table[:, 0] > 0) & (table[:, 1:].max(1) > 0)]
        if not len(table):
            return cls(repeated=repeated)
        ranges = np.searchsorted(TIMES, table[:, 0], side="right")
        whole = _share(table, 0.5, 1.0)
        each = [_share(table[ranges == number], whole, PRIOR) for number in range(1, len(TIMES) + 1)]
        return cls((0.0, *each), repeated)

    def ranked(
        self, known: Sequence[KnownQuery], total: int, written: Sequence[Written], expected: float = 0.0
    ) -> list[Completion]:
        """Both in one list, most probable first; the scores of the ``written`` are log-probabilities of them, given
        what is typed. A query that is both is known.

        ``total`` is how often queries that begin so were asked, ``expected`` how often they should have been by the
        model: where there was none, what begins nearly so counts the less, the more the model expects what was typed.
        """
        share = self.known[int(np.searchsorted(TIMES, total, side="right"))]
        weights = [one.times * float(np.exp(-one.cost)) for one in known]
        whole = total + sum(weight for weight, one in zip(weights, known, strict=True) if one.cost)
        if not total:
            share = whole / (whole + expected) if whole else 0.0
        scores = {one.text: (1 - share) * float(np.exp(min(one.score, 0.0))) for one in written}
        kinds = dict.fromkeys(scores, "written")
        for weight, one in zip(weights, known, strict=True):
            scores[one.text] = scores.get(one.text, 0.0) + share * weight / whole
            kinds[one.text] = "known"
        return [
            Completion(text, kinds[text], scores[text])
            for text in sorted(scores, key=lambda text: (-scores[text], text))
        ]

    def to_json(self) -> str:
        """One JSON object."""
        values = {"times": TIMES, "known": self.known, "repeated": self.repeated}
        return to_json(values, "the ranking of suggestions", indent=1)

    @classmethod
    def from_json(cls, text: str, where: str) -> "Ranking":
        """Read what `to_json` wrote; InputError, beginning with ``where``, for anything else."""
        saved = parse_json(text.encode(errors="surrogatepass"), where)
        if not isinstance(saved, dict) or saved.keys() != _NAMES or saved["times"] != list(TIMES):
            raise InputError(f"{where}: expected an object with times {list(TIMES)}, known and repeated")
        known, repeated = saved["known"], saved["repeated"]
        shares = isinstance(known, list) and all(isinstance(one, int | float) and 0 <= one <= 1 for one in known)
        if not isinstance(repeated, int | float) or not 0 <= repeated <= 1:
            raise InputError(f"{where}: repeated is {repeated!r:.40}; expected a share from 0 to 1")
        if not shares or len(known) != len(TIMES) + 1:
            raise InputError(f"{where}: expected {len(TIMES) + 1} shares from 0 to 1 as known")
        return cls(tuple(map(float, known)), float(repeated))


def _share(table: NDArray[np.float64], start: float, prior: float) -> float:
    """The λ that makes queries (N, 3) most probable; ``prior`` further ones are for ``start``."""
    return float(chosen_weights(table[:, 1:], np.array([start, 1 - start]), prior)[0])
