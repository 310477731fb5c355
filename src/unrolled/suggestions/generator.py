"""Suggests queries: the known ones and those that a model writes, in one ranking."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.suggestions.allowed import Allowed, Walk
from unrolled.suggestions.beam import Beam, Written, complete
from unrolled.suggestions.completions import Completion
from unrolled.suggestions.mending import Mending
from unrolled.suggestions.model import QueryModel
from unrolled.suggestions.ranking import KnownQueries, KnownQuery, Ranking, Seen
from unrolled.suggestions.tree import Tree
from unrolled.suggestions.typed import FLOOR, Typed

__all__ = ["Generator", "Typing"]

FITTED, REPEATED = 400, 100
"""Queries, at most, that a ranking is chosen on; and of these, those that say how often known ones come again."""
EACH = 4  # of the beginnings of these one is looked at
LETTERS = 0.5
"""How much a second view of whole queries, letter by letter, counts beside the model's; chosen on queries of TREC's."""
PLACES = 5
"""One of so many is for a known query: in a log without repeats nothing says that a query comes again."""
LEAST = 0.02
"""The least probability with which something must be meant to be completed."""


class Letters(Protocol):
    """A view of queries letter by letter, as `unrolled.baselines.character_beam.CharacterBeam` has one."""

    def log_probabilities(self, prefix: str, queries: Sequence[str]) -> NDArray[np.float64]:
        """That a query is each of these (N,), given that it begins with the prefix, as they all do."""


class Generator:
    """A language model of queries, known queries, and how both are ranked; `begin` a typing for each user.

    ``accept`` says of a whole query whether it may be suggested at all: no other takes its place in the search.
    ``mending`` says what else may have been meant by what is typed, ``letters`` is asked for a second view of what the
    model writes, when it is first needed.
    """

    def __init__(
        self,
        model: QueryModel,
        known: KnownQueries | None = None,
        ranking: Ranking | None = None,
        accept: Callable[[str], bool] | None = None,
        beam: Beam | None = None,
        mending: Mending | None = None,
        letters: Callable[[], Letters] | None = None,
    ) -> None:
        self.model, self.known, self.ranking, self.mending = model, known, ranking or Ranking(), mending
        self.accept: Callable[[str], bool] = accept or _any
        self.beam, self.letters = beam or Beam(), letters

    def begin(self, allowed: Allowed[Any] | None = None) -> "Typing":
        """A typing in which nothing is typed; with ``allowed`` only what matches it is suggested."""
        return Typing(self, allowed)

    def prepare(self) -> None:
        """Make now what questions would wait for, each when it is first needed."""
        for made_once in (self.known, self.mending):
            if made_once is not None:
                made_once.prepare()
        if self.letters is not None:
            self.letters()

    def weighed(self, queries: Sequence[str]) -> "Generator":
        """The same with the weights of steps and of the ranking that are best for queries not learnt from."""
        model = self.model.weighed(queries)
        weighed = Generator(model, self.known, Ranking(), self.accept, self.beam, None, self.letters)
        if self.known is not None:
            repeated = _repeated(weighed, self.known, queries[:REPEATED])
            weighed.ranking = Ranking.fit(_seen(model, self.known, queries[:FITTED], repeated), repeated)
        weighed.mending = self.mending
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
        """Up to ``n`` completions, most probable first; what is typed itself is not among them.

        Of five places the last is for a known query, where there is one, and before a letter is typed all are.
        """
        if self._tree.full:
            self._tree.clear()
            self._typed.forget()
        found: dict[str, Completion] = {}
        for prefix, share in self._meant():
            for one in self._completed(prefix, n):
                other = found.get(one.text)
                score = share * one.score + (0.0 if other is None else other.score)
                found[one.text] = Completion(one.text, one.kind if other is None else other.kind, score)
        ranked = sorted(found.values(), key=lambda one: (-one.score, one.text))
        known = [one for one in ranked if one.kind == "known"][: n // PLACES]
        kept = ranked[:n]
        left_out = [one for one in known if one not in kept]
        return kept[: n - len(left_out)] + left_out

    def _meant(self) -> list[tuple[str, float]]:
        """What may be meant by what is typed, and how probable that is: what the model expects, if with an error."""
        typed, mending = self._prefix, self._generator.mending
        others = [] if mending is None else mending.meant(typed)
        if not others:
            return [(typed, 1.0)]
        prefixes = [typed, *(one.prefix for one in others)]
        scores = np.array([self._log_probability(prefix) for prefix in prefixes])
        scores -= [0.0, *(one.cost for one in others)]
        if scores.max() == -np.inf:
            return [(typed, 1.0)]
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        return [(prefix, share) for prefix, share in zip(prefixes, shares.tolist(), strict=True) if share > LEAST]

    def _completed(self, prefix: str, n: int) -> list[Completion]:
        """How a prefix may go on; one that was not typed may be a query itself."""
        generator = self._generator
        known, total = list[KnownQuery](), 0
        if generator.known is not None:
            most = n if self._walk is None else 8 * n  # of which the items may answer few
            known = [one for one in generator.known.best(prefix, most) if self._may_show(one.text)]
            total = generator.known.total(prefix)
        begun = self._log_probability(prefix)
        written = [] if known and not prefix else self._written(prefix, begun, n)
        if prefix != self._prefix and self._may_show(prefix):
            whole = self._typed.whole(generator.model.parts.letters(prefix))
            written.append(Written(prefix, whole - begun))
            known += [] if generator.known is None else generator.known.exact(prefix)
        times = 0 if generator.known is None else generator.known.total("")
        return generator.ranking.ranked(known, total, written, times * float(np.exp(begun)))[:n]

    def _log_probability(self, prefix: str) -> float:
        return self._typed.log_probability(self._generator.model.parts.letters(prefix))

    def _may_show(self, query: str) -> bool:
        letters = self._generator.model.parts.letters(query)
        return self._generator.accept(query) and (self._walk is None or self._walk.ends(letters))

    def _written(self, prefix: str, begun: float, n: int) -> list[Written]:
        """What the model makes of a prefix, with log-probabilities given that; ``begun`` is that of the prefix."""
        if begun == -np.inf:
            return []
        generator = self._generator
        beam = replace(generator.beam, enough=max(n, generator.beam.enough))
        letters = generator.model.parts.letters(prefix)
        found = complete(self._typed, letters, beam, generator.accept, self._walk)[: beam.enough]
        scores = np.array([one.score for one in found]) - begun
        if generator.letters is not None and found:
            other = generator.letters().log_probabilities(prefix, [one.text for one in found])
            whole = np.logaddexp.reduce(scores)
            scores = (1 - LETTERS) * scores + LETTERS * other
            scores += whole - np.logaddexp.reduce(scores)  # all together are as probable as before
        again = float(np.log(max(generator.ranking.repeated, FLOOR)))
        known = generator.known
        return [
            Written(one.text, score if known is None or not known.count(one.text) else score + again)
            for one, score in zip(found, scores.tolist(), strict=True)
        ]

    def written(self) -> list[Written]:
        """What the model makes of what is typed."""
        return self._written(self._prefix, self._log_probability(self._prefix), 1)


def _any(query: str) -> bool:
    return True


def _seen(model: QueryModel, known: KnownQueries, queries: Sequence[str], repeated: float) -> Iterator[Seen]:
    """Of each query and each beginning of it, what the known queries and the model say."""
    for query in queries:
        typed, asked = Typed(Tree(model), model.parts), known.count(query)
        whole = typed.whole(model.parts.letters(query)) + (np.log(max(repeated, FLOOR)) if asked else 0.0)
        for end in range(1, len(query)):
            prefix = query[:end]
            times = known.total(prefix)
            if times:
                given = whole - typed.log_probability(model.parts.letters(prefix))
                yield Seen(times, asked / times, float(np.exp(min(given, 0.0))))


def _repeated(generator: Generator, known: KnownQueries, queries: Sequence[str]) -> float:
    """How many known queries came again, for each that the model expected among its best; at most 1."""
    expected = came = 1.0  # as if one had been expected and had come
    for query in queries:
        typing = generator.begin()
        for end in range(1, len(query), EACH):
            again = [one for one in typing.change(query[:end]).written() if known.count(one.text)]
            expected += sum(float(np.exp(min(one.score, 0.0))) for one in again)
            came += query in [one.text for one in again]
    return min(came / expected, 1.0)
