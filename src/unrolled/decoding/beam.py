"""Beam search over many sources side by side: expand, score, prune, finish."""

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from unrolled.decoding.base import Hypothesis, RankingWriter, Writer
from unrolled.decoding.live import Found, begin
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
    continuing: NDArray[np.bool_] | None = None,
) -> list[list[Hypothesis]]:
    """Up to ``search.n_best`` answers to each of N sources, best first, no two alike; see `searched`."""
    found = None
    for found in searched(writer, search, required, prefixes, hidden, continuing):  # noqa: B007 the last is whole
        pass
    if found is None:
        return []
    draws = search.n_best if search.temperature else 1
    answers = [found.answers(row, search.n_best) for row in range(len(found.finished))]
    return [_unlike(answers[i : i + draws]) for i in range(0, len(answers), draws)] if search.temperature else answers


def searched(
    writer: Writer[S],
    search: Search,
    required: Sequence[Sequence[Sequence[int]]] | None = None,
    prefixes: Sequence[Sequence[int]] | None = None,
    hidden: Collection[int] = (UNKNOWN,),
    continuing: NDArray[np.bool_] | None = None,
) -> Iterator[Found]:
    """A search that shows what it has found after each step: ``found.best(i)`` is what source i's answer looks like.

    Each phrase of ``required[i]`` is in every answer to source i, and each answer begins with ``prefixes[i]``;
    ``hidden`` ids are written only where one of these asks for them. What is asked for is written although the model
    excludes it, and although the answer gets longer than ``search.max_ratio`` allows. ``continuing`` (V′,) says of the
    first ids which go on with a word: none of these comes behind a required phrase that ends with one of the V′ ids.

    Where phrases are required the beam is wider, by one hypothesis for each of their tokens, at most by 32: those that
    have written as many of these compete with each other only.

    A hypothesis is finished where END is among the best continuations of its source's beam; it gives up its place in
    the beam. One that cannot be better any more than its source's ``n_best`` best is dropped: log-probabilities only
    fall, and are divided by no more than the greatest length. A source is finished when no hypothesis goes on.

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
    rules = Rules(search, writer.lengths[own], _of(required, own), _of(prefixes, own), hidden, continuing)
    if len(own):
        state = writer.start()
        yield from _steps(writer, state if draws == 1 else writer.select(state, own), search, rules)


def _steps(writer: Writer[S], state: S, search: Search, rules: Rules) -> Iterator[Found]:
    """One step after another, until no source has a hypothesis that goes on."""
    found, picker = begin(rules.lengths, rules.widths, rules.start(), search), Picker(search, len(rules.lengths))
    live, last = found.live, np.full(len(rules.lengths), END)
    ranking = cast("RankingWriter[S] | None", writer if rules.most and hasattr(writer, "step_best") else None)
    while len(last):
        stepped, state = ranking.step_best(last, state, rules.most) if ranking else writer.step(last, state)
        found.attention.append(np.array(stepped.attention, np.float32))
        if search.coverage_penalty:
            live = live._replace(coverage=live.coverage + stepped.attention)
        allowed = rules.apply(np.require(stepped.log_probabilities, np.float32, "W"), live, stepped.tokens)
        rows, columns = picker.pick(allowed, live, found.free, rules)
        reached = live.log_probability[rows] + allowed[rows, columns]
        ids = columns if stepped.tokens is None else stepped.tokens[rows, columns]
        for i in np.flatnonzero(ids == END):
            found.finish(live, int(rows[i]), float(reached[i]), search)
        goes_on = np.flatnonzero((ids != END) & found.may_win(live.source[rows], reached, search, rules.longest))
        rows, last = rows[goes_on], ids[goes_on]
        if len(rows) != len(allowed) or (rows != np.arange(len(rows))).any():
            state = writer.select(state, rows)
        live = found.live = rules.written(live.extended(rows, last, reached[goes_on]), last)
        yield found


def _unlike(answers: Sequence[Sequence[Hypothesis]]) -> list[Hypothesis]:
    """All in one list, best first; of equal ones the first."""
    ranked = sorted((one for several in answers for one in several), key=lambda one: (-one.score, one.ids))
    return list({tuple(one.ids): one for one in reversed(ranked)}.values())[::-1]


T = TypeVar("T")


def _of(given: Sequence[Sequence[T]] | None, own: NDArray[np.int64]) -> list[Sequence[T]]:
    """What is given of each source, nothing where nothing is given."""
    return [given[source] if given is not None else () for source in own]
