"""Beam search over many sources side by side: expand, score, prune, finish."""

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from unrolled.decoding.base import Hypothesis, Writer
from unrolled.decoding.live import Ended, Found, Live, begin
from unrolled.decoding.penalties import penalized
from unrolled.decoding.pick import Picker
from unrolled.decoding.rules import Rules
from unrolled.errors import InputError
from unrolled.settings import Search
from unrolled.text.cutting import END, UNKNOWN

__all__ = ["search", "searched"]

S = TypeVar("S")


def search(
    writer: Writer[S],
    search: Search,
    required: Sequence[Sequence[Sequence[int]]] | None = None,
    prefixes: Sequence[Sequence[int]] | None = None,
    hidden: Collection[int] = (UNKNOWN,),
) -> list[list[Hypothesis]]:
    """Up to ``search.n_best`` answers to each of N sources, best first, no two alike; see `searched`."""
    found = None
    for found in searched(writer, search, required, prefixes, hidden):  # noqa: B007 the last is whole
        pass
    if found is None:
        return []
    draws = search.n_best if search.temperature else 1
    answers = [found.answers(row) for row in range(len(found.finished))]
    return [_unlike(answers[i : i + draws])[: search.n_best] for i in range(0, len(answers), draws)]


def searched(
    writer: Writer[S],
    search: Search,
    required: Sequence[Sequence[Sequence[int]]] | None = None,
    prefixes: Sequence[Sequence[int]] | None = None,
    hidden: Collection[int] = (UNKNOWN,),
) -> Iterator[Found]:
    """A search that shows what it has found after each step: ``found.best(i)`` is what source i's answer looks like.

    Each phrase of ``required[i]`` is in every answer to source i, and each answer begins with ``prefixes[i]``;
    ``hidden`` ids are written only where one of these asks for them. What is asked for is written although the model
    excludes it, and although the answer gets longer than ``search.max_ratio`` allows.

    A hypothesis is finished where END is among the best continuations of its source's beam; it gives up its place in
    the beam. A source is finished when no place is left, or when none of those that go on can still be better than
    its ``n_best`` best: log-probabilities only fall, and the length penalty is largest at the greatest length.

    With a ``temperature`` each of the ``n_best`` is drawn by itself, from its own random numbers. No answer depends on
    the other sources. Raises InputError where ``n_best`` exceeds the beam.
    """
    if not search.temperature and search.n_best > search.beam:
        raise InputError(
            f"n_best is {search.n_best}, beam {search.beam}; expected at most as many answers as the beam is wide",
            "n_best",
            "beam",
        )
    draws = search.n_best if search.temperature else 1
    own = np.repeat(np.arange(len(writer.lengths)), draws)
    rules = Rules(search, writer.lengths[own], _of(required, own), _of(prefixes, own), hidden)
    if len(own):
        state = writer.start()
        yield from _steps(writer, state if draws == 1 else writer.select(state, own), search, rules)


def _steps(writer: Writer[S], state: S, search: Search, rules: Rules) -> Iterator[Found]:
    """One step after another, until every source is finished."""
    sources, picker = len(rules.lengths), Picker(search, len(rules.lengths))
    live = begin(sources, int(rules.lengths.max()) if search.coverage_penalty else 0, rules.start())
    found = Found(rules.lengths, [], [[] for _ in range(sources)], live)
    last, free = np.full(sources, END), rules.widths.copy()
    while len(last):
        stepped, state = writer.step(last, state)
        found.attention.append(np.array(stepped.attention, np.float32))
        allowed = rules.apply(np.require(stepped.log_probabilities, np.float32, "W"), live)
        rows, ids = picker.pick(allowed, live, free, rules)
        grown = rules.written(live.extended(rows, ids, allowed[rows, ids].astype(np.float64)), ids)
        if search.coverage_penalty:
            grown = grown._replace(coverage=grown.coverage + stepped.attention[rows])
        ended = ids == END
        _finish(found, grown.select(ended), free, search)
        goes_on = np.flatnonzero(~ended)
        goes_on = goes_on[_open(found, grown.select(goes_on), free, search, rules.longest)]
        live = found.live = grown.select(goes_on)
        last, kept = ids[goes_on], rows[goes_on]
        if len(kept) != len(allowed) or (kept != np.arange(len(kept))).any():
            state = writer.select(state, kept)
        yield found


def _finish(found: Found, ended: Live, free: NDArray[np.int64], search: Search) -> None:
    """Put down hypotheses that have written END; each gives up its place in the beam."""
    for row, source in enumerate(ended.source):
        ids, log_probability = ended.ids[row].tolist(), float(ended.log_probability[row])
        score = penalized(log_probability, len(ids), ended.coverage[row, : found.lengths[source]], search)
        found.finished[source].append(Ended(tuple(ids[:-1]), ended.trace[row], log_probability, score))
        free[source] -= 1


def _open(
    found: Found, live: Live, free: NDArray[np.int64], search: Search, longest: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which live rows (R,) belong to sources that are not finished."""
    open_ = free[live.source] > 0
    bounds = live.log_probability / (longest[live.source] + 1.0) ** search.length_penalty
    for source in set(live.source[open_].tolist()):
        scores = sorted((ended.score for ended in found.finished[source]), reverse=True)
        own = live.source == source
        if len(scores) >= search.n_best and scores[search.n_best - 1] >= bounds[own].max():
            open_ &= ~own
    return open_


def _unlike(answers: Sequence[Sequence[Hypothesis]]) -> list[Hypothesis]:
    """All in one list, best first; of equal ones the first."""
    ranked = sorted((one for several in answers for one in several), key=lambda one: (-one.score, one.ids))
    return list({tuple(one.ids): one for one in reversed(ranked)}.values())[::-1]


T = TypeVar("T")


def _of(given: Sequence[Sequence[T]] | None, own: NDArray[np.int64]) -> list[Sequence[T]]:
    """What is given of each source, nothing where nothing is given."""
    return [given[source] if given is not None else () for source in own]
