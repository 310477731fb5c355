"""The recipe of search suggestions: a language model over queries, and the queries that are known."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from unrolled.arrays import Tree
from unrolled.data.corpus import Corpus
from unrolled.data.query_log import QueryLog
from unrolled.inputs import Generative
from unrolled.inputs.queries import Queries
from unrolled.log import Log
from unrolled.tasks.answering import LearntInput
from unrolled.tasks.continuation import Continuation
from unrolled.tasks.recipe import Source

if TYPE_CHECKING:
    from unrolled.training import Problem

__all__ = ["Suggesting"]


@dataclass(frozen=True)
class Suggesting(Continuation):
    """Learns which characters follow in queries, and by which weights known and written queries are ranked."""

    _held: list[QueryLog] = field(default_factory=list)
    """The part of the log that was held out, while a fit goes on."""

    def _parts(self, input: Generative, raw: Any, source: Source, log: Log) -> tuple[Corpus, Corpus, dict[str, str]]:
        """The corpus to learn from, the one for validation, and the checksums of what was read."""
        log.stage("reading the data")
        queries, seed = cast(Queries, input), source.training.seed
        whole = cast(QueryLog, raw)
        fingerprints = {"train": whole.fingerprint()}
        if source.valid is None:
            train, held = whole.parted(seed)
        else:
            train, held = whole, queries.read(source.valid, "valid", source.encoding)
            fingerprints["valid"] = held.fingerprint()
        self._held[:] = [train, held]
        log.stage("fitting the baseline")
        return (
            queries.corpus(train.copies(seed), source.folder / "train.bin"),
            queries.corpus(held.copies(seed), source.folder / "valid.bin"),
            fingerprints,
        )

    def part(self, learnt: LearntInput, data: Any, encoding: str, folder: Path) -> Corpus:
        """See `Recipe`: each query of the log once."""
        queries = cast(Queries, learnt.input)
        return queries.corpus(queries.read(data, "test", encoding).texts, folder / "tokens.bin")

    def finish(self, problem: "Problem", learnt: LearntInput, weights: Tree) -> LearntInput:
        """Choose the weights of the mixture, then those of the ranking, on the validation part."""
        return super().finish(problem, learnt, weights)
