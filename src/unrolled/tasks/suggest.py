"""Search suggestions: how a query that is being typed goes on, learnt from a log of queries."""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from unrolled.baselines.mixture import MixtureWeights
from unrolled.baselines.ngram import ngram
from unrolled.cells import CELLS
from unrolled.inference.answers import TokenAnswers, checked_count
from unrolled.inputs.queries import Queries
from unrolled.metrics.evaluation import Evaluation
from unrolled.metrics.language import language_scores
from unrolled.metrics.suggestions import SHOWN
from unrolled.models import Model
from unrolled.progress import remark
from unrolled.settings import Layout, documented, option
from unrolled.sources.rows import Row
from unrolled.suggestions.comparison import compared
from unrolled.suggestions.completions import Completion
from unrolled.suggestions.generator import Generator
from unrolled.suggestions.items import Items
from unrolled.suggestions.search_box import SearchBox, Typing
from unrolled.tasks.blocking import BlockingPredictor
from unrolled.tasks.language_network import LanguageNetwork
from unrolled.tasks.suggesting import LearntQueries, Suggesting
from unrolled.text.personal import is_personal

__all__ = ["Suggester"]


@documented
@dataclass(eq=False, repr=False)
class Suggester(BlockingPredictor):
    """Learns from a log of queries how one that is being typed goes on.

    It suggests queries of the log by how often they were asked, and writes such as were never asked.

    >>> from unrolled import Suggester, Training
    >>> log = ["how to build a boat", "how to bake bread", "how to build a shed"] * 20
    >>> model = Suggester(width=16, training=Training(epochs=1)).fit(log, show=False)
    >>> model.predict("how to ba")[0].text
    'how to bake bread'
    """

    users: int = option(3, "a query is learnt where so many users asked it, if the log names them", 1, 1_000_000)
    columns: str | None = option(
        None,
        "of a table: the columns of query, count and user, where they are not called so, or their numbers (1,2)",
        metavar="QUERY[,COUNT[,USER]]",
    )
    delimiter: str | None = option(
        None, "of a table: what stands between its columns; found where not given", metavar="SIGN"
    )
    words: str | None = option(
        None,
        "languages (en, or en,de) whose everyday words may be written, too, from the package wordfreq, which fit alone "
        "needs",
        metavar="LANG",
    )
    block: str | None = option(
        None, "a text file of terms that are never suggested, one a line; read by fit alone", metavar="FILE"
    )
    tokens: str = option("bpe", "what queries are cut into", choices=("bpe", "character"))
    vocabulary: int = option(1_000, "number of different tokens at most", 300, 65_536)
    cell: str = option("lstm", "the recurrence", choices=tuple(CELLS))
    width: int = option(320, "hidden units of a layer", 1, 65_536)
    layers: int = option(1, "recurrent layers", 1, 64)
    dropout: float = option(0.5, "share of features dropped while training, the same ones all along a window", 0.0, 1.0)
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
    adjustable: ClassVar[tuple[str, ...]] = ("users", "columns", "delimiter", "block", "dropout")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.items_: Items | None = None
        """What suggestions are limited to."""

    def recipe(self) -> Suggesting:
        """Queries, a language model and an n-gram, mixed; and the queries of the log."""
        return Suggesting(
            input=Queries(self.tokens, self.vocabulary, self.users, Layout(self.columns, self.delimiter), self.words),
            build=self._network,
            baseline=ngram(self.order),
            outcomes=lambda queries: TokenAnswers(queries.tokenizer),
            measures=lambda predictions, queries: language_scores(predictions, queries.tokenizer.tokens, False),
            weights=MixtureWeights,
            mixed=True,
            accept=self.allows,
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
        of = self._settings.describe(self.network()[0], "token vectors of {}")
        return f"{of}; {len(self._queries.log):,} known queries"

    def allows(self, text: str) -> bool:
        """Whether a query may be suggested: nothing in it is blocked, or may be one person's own."""
        return not is_personal(text) and self.blocked_.allows(text)

    @property
    def _learnt(self) -> LearntQueries:
        self._check_fitted()
        assert isinstance(self.learnt_, LearntQueries)
        return self.learnt_

    @property
    def _queries(self) -> Queries:
        return self._learnt.queries

    def only_matching(self, items: str | Path) -> Self:
        """This model, to suggest only what the items in a file can answer, see `unrolled.suggestions.items`."""
        limited = copy(self)
        limited.items_ = Items.read(items)
        if not any(map(limited.items_.answers, self._queries.log.texts)):
            remark(f"{items}: no item has the words of a known query in a row; only what the model writes is suggested")
        return limited

    def session(self) -> SearchBox:
        """A search box: what is typed, and its user's own queries; see `unrolled.suggestions.search_box`."""
        self._check_fitted()
        return SearchBox(self._typing, self.blocked_.blocks)

    def _typing(self) -> Typing:
        return self._generator.begin(self.items_)

    @property
    def _generator(self) -> Generator:
        """What suggests, made when it is first asked for."""
        learnt, frozen, kept = self._learnt, self.frozen(), vars(self).get("_made")
        if kept is None or kept.model.frozen is not frozen or kept.ranking is not learnt.ranking:
            kept = self._made = learnt.generator(frozen, learnt.queries.log, self.allows)
        made: Generator = kept
        return made

    def predict_many(self, inputs: Sequence[Any], n: int = 3) -> list[list[Completion]]:
        """The ``n`` best completions of each query that is being typed."""
        self._check_fitted()
        n = checked_count(n)
        return [self.session().write(raw).suggest(n) for raw in inputs]

    def ready(self) -> Self:
        """Make now what the first question would wait for."""
        super().ready()
        self._generator.prepare()
        return self

    def read_several(self, path: Path, layout: Layout | None = None) -> Iterator[Row] | None:
        """The queries in a table, or the files of a folder; None for a file that is one query."""
        layout = layout or Layout()
        columns = layout.columns or self.columns or "query"
        return self.input_.several(path, replace(layout, columns=columns))

    def evaluate(self, data: Any, /, *, encoding: str = "utf-8", show: bool | None = None) -> Evaluation:
        """Measure on a later log, typed letter by letter, beside popular completion and an n-gram with beam search.

        ``show`` draws a progress bar on standard error (None: if that is a terminal). See
        `unrolled.metrics.suggestions.suggestion_scores`.
        """
        self._check_fitted()
        queries = self._queries
        later = queries.read(data, "test", encoding)
        return Evaluation.of_answers(compared(self._completed, queries.log, later, "suggestions", show=show))

    def mix(self, data: Any, /, *, encoding: str = "utf-8") -> Self:
        """Choose on a log that was not learnt from how much the parts of the model and the known queries count.

        `fit` does that on its validation part. Returns self.
        """
        later = self._queries.read(data, "test", encoding)
        self.learnt_ = self._learnt.weighed(self.frozen(), self._queries.log, later, self.allows)
        return self

    def _completed(self, prefixes: Sequence[str]) -> list[list[str]]:
        """The completions of prefixes of one query, typed one after another."""
        typing = self._generator.begin(self.items_)
        return [[one.text for one in typing.change(prefix).best(SHOWN)] for prefix in prefixes]
