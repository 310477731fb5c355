"""What suggestions are worth on a later log, beside what a good engineer would try first."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from unrolled.baselines.character_beam import CharacterBeam
from unrolled.data.query_log import QueryLog
from unrolled.errors import InputError
from unrolled.metrics.suggestions import SHOWN, prefixes_of, rank_of, suggestion_scores
from unrolled.metrics.written import PairScores
from unrolled.progress import remark, track
from unrolled.suggestions.popular import Popular

__all__ = ["MOST", "Suggests", "compared"]

MOST = 500
"""Queries that are typed; of more, so many are drawn."""
POPULAR = "popular"
Suggests: TypeAlias = Callable[[Sequence[str]], Sequence[Sequence[str]]]
"""Makes of the prefixes of a query, each a letter longer than the one before, the completions that are shown."""


def compared(
    suggests: Suggests,
    known: QueryLog,
    later: QueryLog,
    name: str = "network",
    most: int = MOST,
    show: bool | None = None,
) -> dict[str, PairScores]:
    """`suggestion_scores` of a model, of the ``known`` queries by their counts, and of a `CharacterBeam` of them.

    They are in the order of `Evaluation.of_answers`: last the better of the two baselines. Each query of a ``later``
    log is typed letter by letter; of more than ``most`` some are drawn, the likelier the more often they were asked.
    Raises InputError where no query has two letters.
    """
    typed = _typed(later, most)
    if not len(typed):
        raise InputError(f"{len(later):,} queries, none of two letters; expected some that can be completed")
    popular, beam = Popular(known.texts, known.counts), CharacterBeam.fit(known.copies(0))
    columns: dict[str, Suggests] = {
        name: suggests,
        POPULAR: lambda prefixes: [[one.text for one in popular.best(prefix, SHOWN)] for prefix in prefixes],
        beam.name: lambda prefixes: beam.completions(prefixes, SHOWN),
    }
    ranks: dict[str, list[list[int]]] = {column: [] for column in columns}
    for query in track(((1, query) for query in typed.texts), len(typed), "typing", show, "queries"):
        prefixes = prefixes_of(query)
        for column, suggest in columns.items():
            ranks[column].append([rank_of(query, found) for found in suggest(prefixes)])
    texts = set(known.texts)
    seen = [query in texts for query in typed.texts]
    scores = {column: suggestion_scores(found, seen, typed.counts) for column, found in ranks.items()}
    first, *baselines = sorted(scores, key=lambda column: (column != name, scores[column]["mrr_10"]))
    return {column: scores[column] for column in (first, *baselines)}


def _typed(later: QueryLog, most: int) -> QueryLog:
    """The queries that can be completed, or some of them, and how often each was drawn."""
    whole = [place for place, query in enumerate(later.texts) if len(query) > 1]
    counts = later.counts[whole]
    if len(whole) > most:
        shares = counts / counts.sum(dtype=np.float64)
        drawn = np.random.default_rng(0).choice(len(whole), most, p=shares)
        places, counts = np.unique(drawn, return_counts=True)
        remark(f"{most:,} of {int(later.counts.sum()):,} queries are drawn, and typed letter by letter")
        whole = [whole[place] for place in places.tolist()]
    return QueryLog([later.texts[place] for place in whole], counts)
