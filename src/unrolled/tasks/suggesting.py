"""The recipe of search suggestions: a language model over queries, and the queries that are known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from unrolled.arrays import Tree
from unrolled.baselines.character_beam import CharacterBeam
from unrolled.baselines.ngram import NGram
from unrolled.data.corpus import Corpus
from unrolled.data.query_log import QueryLog
from unrolled.inference.frozen import Frozen
from unrolled.inputs import Generative
from unrolled.inputs.queries import Queries
from unrolled.log import Log
from unrolled.storage.model_folder import ModelFolder
from unrolled.suggestions.everyday import EverydayWords
from unrolled.suggestions.generator import Generator
from unrolled.suggestions.mending import Mending
from unrolled.suggestions.model import QueryModel
from unrolled.suggestions.parts import Parts
from unrolled.suggestions.popular import Popular
from unrolled.suggestions.ranking import Ranking
from unrolled.suggestions.weights import StepWeights
from unrolled.tasks.answering import LearntInput
from unrolled.tasks.continuation import Continuation
from unrolled.tasks.recipe import Source, Tensors

if TYPE_CHECKING:
    from unrolled.training import Problem

__all__ = ["LearntQueries", "Suggesting"]

STEPS, RANKING = "steps.json", "ranking.json"
_LETTERS = 50_000  # queries that are also learnt letter by letter: in about a second, when it is first asked for


@dataclass
class LearntQueries(LearntInput):
    """What a fit learns, and by which weights its parts are joined: at each step, and whole queries."""

    steps: StepWeights | None = None
    ranking: Ranking | None = None

    @property
    def queries(self) -> Queries:
        """The fitted input."""
        assert isinstance(self.input, Queries)
        return self.input

    def generator(self, frozen: Frozen, log: QueryLog, accept: Callable[[str], bool]) -> Generator:
        """What suggests queries: those of a log, and others that the model writes; ``accept`` says which it may."""
        tokenizer, everyday = self.queries.tokenizer, self.queries.everyday_frequencies()
        asked = _words_of(log)
        words = EverydayWords(tokenizer, everyday, asked) if everyday else None
        model = QueryModel(frozen, Parts(tokenizer), cast(NGram, self.baseline), words, self.steps)
        mending = Mending(_joined(asked, everyday))
        letters = cache(lambda: CharacterBeam.fit(log.copies(0)[:_LETTERS]))
        known = Popular(log.texts, log.counts)
        return Generator(model, known, self.ranking, accept, mending=mending, letters=letters)

    def weighed(self, frozen: Frozen, log: QueryLog, held: QueryLog, accept: Callable[[str], bool]) -> "LearntQueries":
        """The same with the weights that are best for the queries ``held`` out, where those of ``log`` are known."""
        weighed = self.generator(frozen, log, accept).weighed(held.copies(0))
        return replace(self, steps=weighed.model.weights, ranking=weighed.ranking)


def _words_of(log: QueryLog) -> dict[str, float]:
    """The words of a log, and how often each was asked."""
    words = dict[str, float]()
    for text, count in zip(log.texts, log.counts.tolist(), strict=True):
        for word in text.split():
            words[word] = words.get(word, 0.0) + count
    return words


def _joined(asked: Mapping[str, float], everyday: Mapping[str, float]) -> dict[str, float]:
    """The words of a log, and everyday ones, and how frequent each is."""
    whole = sum(asked.values())
    return {word: asked.get(word, 0.0) / whole + everyday.get(word, 0.0) for word in {**asked, **everyday}}


@dataclass(frozen=True)
class Suggesting(Continuation):
    """Learns how queries go on, and by which weights known and written ones are ranked."""

    accept: Callable[[str], bool] = bool
    _parted: list[QueryLog] = field(default_factory=list)
    """What is learnt from and what is held out, while a fit goes on."""

    def _parts(self, input: Generative, raw: Any, source: Source, log: Log) -> tuple[Corpus, Corpus, dict[str, str]]:
        """The corpus to learn from, the one for validation, and the checksums of what was read."""
        log.stage("reading the data")
        queries, seed = cast(Queries, input), source.training.seed
        queries.log = train = cast(QueryLog, raw)
        fingerprints = {"train": train.fingerprint()}
        if source.valid is None:
            train, held = train.parted(seed)
        else:
            held = queries.read(source.valid, "valid", source.encoding)
            fingerprints["valid"] = held.fingerprint()
        self._parted[:] = [train, held]
        log.stage("fitting the baseline")
        return (
            queries.corpus(train.copies(seed), source.folder / "train.bin"),
            queries.corpus(held.copies(seed), source.folder / "valid.bin"),
            fingerprints,
        )

    def finish(self, problem: "Problem", learnt: LearntInput, weights: Tree) -> LearntQueries:
        """Choose the weights of steps and of the ranking on the queries that were held out."""
        train, held = self._parted
        found = LearntQueries(**vars(super().finish(problem, learnt, weights)))
        return found.weighed(Frozen(self.model(learnt), weights), train, held, self.accept)

    def saved(self, learnt: LearntInput) -> tuple[Tensors, dict[str, str]]:
        """See `Recipe`."""
        assert isinstance(learnt, LearntQueries)
        assert learnt.steps is not None
        assert learnt.ranking is not None
        tensors, texts = super().saved(learnt)
        return tensors, {**texts, STEPS: learnt.steps.to_json(), RANKING: learnt.ranking.to_json()}

    def restore(self, folder: ModelFolder) -> LearntQueries:
        """See `Recipe`."""
        where = folder.folder
        steps = StepWeights.from_json(folder.text(STEPS), str(where / STEPS))
        ranking = Ranking.from_json(folder.text(RANKING), str(where / RANKING))
        return LearntQueries(**vars(super().restore(folder)), steps=steps, ranking=ranking)
