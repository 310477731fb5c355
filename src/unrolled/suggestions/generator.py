"""Suggests queries: the known ones and those that a model writes, in one ranking."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np

from unrolled.suggestions.allowed import Allowed, Walk
from unrolled.suggestions.beam import Beam, Written, complete
from unrolled.suggestions.completions import Completion
from unrolled.suggestions.model import QueryModel
from unrolled.suggestions.ranking import KnownQueries, Ranking, Seen
from unrolled.suggestions.tree import Tree
from unrolled.suggestions.typed import Typed

__all__ = ["Generator", "Typing"]

FITTED = 400
"""Queries, at most, that a ranking is chosen on."""


class Generator:
    """A language model of queries, known queries, and how both are ranked; `begin` a typing for each user.

    ``accept`` says of a whole query whether it may be suggested at all: no other takes its place in the search.
    """

    def __init__(
        self,
        model: QueryModel,
        known: KnownQueries | None = None,
        ranking: Ranking | None = None,
        accept: Callable[[str], bool] | None = None,
        beam: Beam | None = None,
    ) -> None:
        self.model, self.known, self.ranking = model, known, ranking or Ranking()
        self.accept: Callable[[str], bool] = accept or _any
        self.beam = beam or Beam()

    def begin(self, allowed: Allowed[Any] | None = None) -> "Typing":
        """A typing in which nothing is typed; with ``allowed`` only what matches it is suggested."""
        return Typing(self, allowed)

    def weighed(self, queries: Sequence[str]) -> "Generator":
        """The same with the weights of steps and of the ranking that are best for queries not learnt from."""
        model = self.model.weighed(queries)
        weighed = Generator(model, self.known, self.ranking, self.accept, self.beam)
        if self.known is not None:
            weighed.ranking = Ranking.fit(_seen(model, self.known, queries[:FITTED]))
        return weighed


class Typing:
    """A query that is being typed: each further letter goes on from the last, a deletion goes back."""

    def __init__(self, generator: Generator, allowed: Allowed[Any] | None = None) -> None:
        self._generator = generator
        self._walk = None if allowed is None else Walk(allowed, generator.model.parts)
        self._tree = Tree(generator.model)
        self._typed = Typed(self._tree, generator.model.parts)
        self._prefix = ""

    def change(self, prefix: str) -> Self:
        """Replace what is typed, a query's beginning in the form of `unrolled.text.queries.begun`."""
        self._prefix = prefix
        return self

    def best(self, n: int) -> list[Completion]:
        """Up to ``n`` completions, most probable first; what is typed itself is not among them."""
        generator, prefix = self._generator, self._prefix
        known, total = [], 0
        if generator.known is not None:
            known = [one for one in generator.known.best(prefix, n) if self._may_show(one.text)]
            total = generator.known.total(prefix)
        return generator.ranking.ranked(known, total, self._written(n))[:n]

    def _may_show(self, query: str) -> bool:
        letters = self._generator.model.parts.letters(query)
        return self._generator.accept(query) and (self._walk is None or self._walk.ends(letters))

    def _written(self, n: int) -> list[Written]:
        """What the model makes of what is typed, with log-probabilities given that."""
        generator, typed = self._generator, self._typed
        if self._tree.full:
            self._tree.clear()
            typed.forget()
        letters = generator.model.parts.letters(self._prefix)
        base = typed.log_probability(letters)
        if base == -np.inf:
            return []
        beam = replace(generator.beam, enough=max(n, generator.beam.enough))
        found = complete(typed, letters, beam, generator.accept, self._walk)
        return [Written(one.text, one.score - base) for one in found]


def _any(query: str) -> bool:
    return True


def _seen(model: QueryModel, known: KnownQueries, queries: Sequence[str]) -> Iterator[Seen]:
    """Of each query and each beginning of it, what the known queries and the model say."""
    for query in queries:
        typed = Typed(Tree(model), model.parts)
        whole = typed.whole(model.parts.letters(query))
        for end in range(1, len(query)):
            prefix = query[:end]
            times = known.total(prefix)
            if times:
                given = whole - typed.log_probability(model.parts.letters(prefix))
                yield Seen(times, known.count(query) / times, float(np.exp(min(given, 0.0))))
