"""Search suggestions: how a query that is being typed goes on, learnt from a log of queries."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from unrolled.baselines.mixture import MixtureWeights
from unrolled.baselines.ngram import ngram
from unrolled.cells import CELLS
from unrolled.inference.answers import TokenAnswers, checked_count
from unrolled.inputs.queries import Queries
from unrolled.metrics.language import language_scores
from unrolled.models import Model
from unrolled.settings import documented, option
from unrolled.suggestions.completions import Completion
from unrolled.tasks.language_network import LanguageNetwork
from unrolled.tasks.predictor import Predictor
from unrolled.tasks.suggesting import Suggesting

__all__ = ["Suggester"]


@documented
@dataclass(eq=False, repr=False)
class Suggester(Predictor):
    """Learns from a log of queries how one that is being typed goes on.

    It suggests queries of the log by how often they were asked, and writes such as were never asked.

    >>> from unrolled import Suggester, Training
    >>> log = ["how to build a boat", "how to bake bread", "how to build a shed"] * 20
    >>> model = Suggester(width=16, training=Training(epochs=1)).fit(log, show=False)
    >>> model.predict("how to ba")[0].text
    'how to bake bread'
    """

    users: int = option(3, "a query is learnt where so many users asked it, if the log names them", 1, 1_000_000)
    block: str | None = option(None, "a file of words that are never suggested, one a line", metavar="FILE")
    tokens: str = option("bpe", "what queries are cut into", choices=("bpe", "character"))
    vocabulary: int = option(2_000, "number of different tokens at most", 300, 65_536)
    cell: str = option("lstm", "the recurrence", choices=tuple(CELLS))
    width: int = option(384, "hidden units of a layer", 1, 65_536)
    layers: int = option(1, "recurrent layers", 1, 64)
    dropout: float = option(0.3, "share of features dropped while training, the same ones all along a window", 0.0, 1.0)
    order: int = option(5, "longest n-gram of those that the answers are mixed with", 1, 5)
    name: ClassVar[str] = "suggest"
    card: ClassVar[str] = "suggest"
    kinds: ClassVar[tuple[str, ...]] = ("queries",)
    takes_items: ClassVar[bool] = True
    answer: ClassVar[type[Completion]] = Completion
    reads: ClassVar[str] = (
        "A log of queries, with query[,count[,user]] in each line: CSV, TSV, JSON lines, Parquet, plain lines, - for "
        "standard input, or sample:characters."
    )
    examples: ClassVar[tuple[str, ...]] = ("queries.csv -o search", "sample:characters -o characters")
    adjustable: ClassVar[tuple[str, ...]] = ("users", "block", "dropout")

    def recipe(self) -> Suggesting:
        """Queries, a language model and an n-gram, mixed; and the queries of the log."""
        return Suggesting(
            input=Queries(self.tokens, self.vocabulary, self.users),
            build=self._network,
            baseline=ngram(self.order),
            outcomes=lambda queries: TokenAnswers(queries.tokenizer),
            measures=lambda predictions, queries: language_scores(predictions, queries.tokenizer.tokens, False),
            weights=MixtureWeights,
            mixed=True,
        )

    @property
    def _settings(self) -> LanguageNetwork:
        return LanguageNetwork("recurrent", self.cell, self.width, self.layers, None, 1, self.dropout, True)

    def _network(self, queries: Queries) -> Model:
        return self._settings.over_tokens(queries.outcomes)

    def check(self) -> None:
        """Raise InputError where a setting is not allowed, by itself or beside another."""
        super().check()
        self._settings.check()

    def describe(self) -> str:
        """One line on what the model is."""
        queries = self.input_
        assert isinstance(queries, Queries)
        of = self._settings.describe(self.network()[0], "token vectors of {}")
        return f"{of}; {len(queries.log):,} known queries"

    def only_matching(self, items: str | Path) -> Self:
        """This model, to suggest only what the items in a file can answer."""
        limited = copy(self)
        return limited

    def predict_many(self, inputs: Sequence[Any], n: int = 3) -> list[list[Completion]]:
        """The ``n`` best completions of each query that is being typed."""
        self._check_fitted()
        checked_count(n)
        return [self.session().write(raw).suggest(n) for raw in inputs]
