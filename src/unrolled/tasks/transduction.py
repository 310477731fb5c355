"""The recipe of tasks that learn to write a text for an input: pairs, an encoder–decoder, and simple ways to compare.

texts       pairs of texts → ids and back
model       encoder, attention, decoder
baselines   what a good engineer would try first
measures    how well all do
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Tree
from unrolled.baselines.written import TextBaseline, TextBaselineKind
from unrolled.data.examples import Examples
from unrolled.data.pair_batches import PairBatches
from unrolled.errors import InputError
from unrolled.inputs.pairs import PairSettings, PairTexts
from unrolled.log import Log
from unrolled.models.encoder_decoder import EncoderDecoder
from unrolled.progress import remark
from unrolled.sources.pairs import read_pairs
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.fitted import Fitted
from unrolled.tasks.recipe import Prepared, Source, Tensors
from unrolled.text.tokens import END, UNKNOWN

if TYPE_CHECKING:
    from unrolled.training import Problem

__all__ = ["LearntPairs", "Transduction", "TransductionSettings"]

Ids = NDArray[np.int64]

HELD_OUT, MOST_HELD_OUT = 0.05, 2_000  # share of the pairs for validation where none are named; never more than these,
EXAMPLE = "example.txt"
LEAST = 20  # and none of fewer different sources


class TransductionSettings(PairSettings, Protocol):
    """What a task of pairs says, beside its model."""

    columns: str | None
    delimiter: str | None
    smoothing: float
    varied: bool


@dataclass
class LearntPairs:
    """All that a fit learns beside the weights. The baselines of a loaded model are read when first asked for."""

    texts: PairTexts
    example: str
    """A source that was learnt from."""
    read_baselines: Callable[[], list[TextBaseline]] | None = None
    fitted_baselines: list[TextBaseline] = field(default_factory=list)
    remark: str = ""
    mixed_loss: float | None = None

    @property
    def baselines(self) -> list[TextBaseline]:
        """What the network is compared with, the strongest last."""
        if self.read_baselines is not None:
            self.fitted_baselines, self.read_baselines = self.read_baselines(), None
        return self.fitted_baselines


@dataclass(frozen=True)
class Transduction:
    """A task that learns to write a text for an input, as its pairs have one.

    ``build`` makes a model from the fitted texts; ``baselines`` says which suit them, and these are fitted on the same
    pairs.
    """

    settings: TransductionSettings
    build: Callable[[PairTexts], EncoderDecoder]
    baselines: Callable[[PairTexts], Sequence[TextBaselineKind]]

    @property
    def unit(self) -> str:
        """Tokens of targets."""
        return "tokens"

    # Learning ---------------------------------------------------------------------------------------------------------

    def prepare(self, source: Source, log: Log) -> Prepared[LearntPairs]:
        """See `Recipe`."""
        train, valid, fingerprints = self._parts(source, log)
        log.stage("learning the vocabulary")
        texts = PairTexts.learn(self.settings, train.inputs, train.targets)
        log.stage("fitting the baselines")
        baselines = [kind.fit(train.inputs, train.targets) for kind in self.baselines(texts)]
        learnt = LearntPairs(texts, train.inputs[0], None, baselines)
        return self._prepared(learnt, None, (train, valid), fingerprints, source)

    def prepare_tuning(self, source: Source, learnt: LearntPairs, weights: Tree, log: Log) -> Prepared[LearntPairs]:
        """See `Recipe`. The vocabulary stays, and so do the baselines: they are of the pairs learnt first."""
        train, valid, fingerprints = self._parts(source, log)
        tuned = dataclasses.replace(learnt, remark="")
        return self._prepared(tuned, weights, (train, valid), fingerprints, source)

    def _parts(self, source: Source, log: Log) -> tuple[Examples, Examples, dict[str, str]]:
        """The pairs to learn from, those to validate on (the same, where too few to split), and checksums."""
        log.stage("reading the data")
        train = self.examples(source.data, source.encoding)
        fingerprints = {"train": train.fingerprint()}
        if source.valid is not None:
            valid = self.examples(source.valid, source.encoding)
            return train, valid, fingerprints | {"valid": valid.fingerprint()}
        if train.distinct < LEAST:
            return train, train, fingerprints
        return *train.split(min(HELD_OUT, MOST_HELD_OUT / len(train)), source.training.seed), fingerprints

    def examples(self, data: Any, encoding: str) -> Examples:
        """Pairs in files, or as they are given."""
        columns = self.settings.columns
        names = None if columns is None else [name.strip() for name in columns.split(",")]
        return read_pairs(data, names, encoding, self.settings.delimiter)

    def _prepared(
        self,
        learnt: LearntPairs,
        weights: Tree | None,
        examples: tuple[Examples, Examples],
        fingerprints: dict[str, str],
        source: Source,
    ) -> Prepared[LearntPairs]:
        from unrolled.training import Paired

        (kept, train), (_, valid) = (self._encoded(learnt.texts, part) for part in examples)
        batch, seed = source.batch, source.training.seed
        vary = partial(_varied, learnt.texts, kept) if self.settings.varied else None
        batches = PairBatches(train, END, batch, seed, vary), PairBatches(valid, END, batch, seed)
        if weights is not None and (told := _unknown(train)):
            remark(told)
        model = self.model(learnt)
        if weights is None:
            weights = model.initial(np.random.default_rng(seed))
            weights.output["b"] = batches[0].log_shares(model.output.outcomes)
        problem = Paired(model, weights, *batches, self.settings.smoothing)
        return Prepared(problem, learnt, fingerprints, batches[0].items, None)

    def _encoded(self, texts: PairTexts, examples: Examples) -> tuple[Examples, list[tuple[Ids, Ids]]]:
        """The pairs that can be learnt from, and their ids; an InputError says where a pair stands.

        A target of more than ``longest`` tokens leaves its pair out, as half of it would teach to stop early; it is
        told how many there are, and how many sources are cut.
        """
        encoded, rows, longest = [], [], self.settings.longest
        for row, (source, target, where) in enumerate(
            zip(examples.inputs, examples.targets, examples.where, strict=True)
        ):
            try:
                pair = texts.pair(source, target)
            except InputError as error:
                raise InputError(f"{where}: {error}") from None
            if len(pair[1]) <= longest:
                encoded.append(pair)
                rows.append(row)
        if not rows:
            raise InputError(
                f"{examples.where[0]}: all {len(examples):,} targets have more than {longest:,} tokens; expected "
                "shorter ones, or a larger longest",
                "longest",
            )
        if left_out := len(examples) - len(rows):
            remark(f"{left_out:,} of {len(examples):,} pairs are left out: targets of more than {longest:,} tokens")
        if cut := sum(len(ids) > longest for ids, _ in encoded):
            remark(
                f"{cut:,} of {len(examples):,} sources have {longest:,} tokens or more: the rest of them is not read"
            )
        return (examples.take(rows) if left_out else examples), encoded

    def model(self, learnt: LearntPairs) -> EncoderDecoder:
        """See `Recipe`."""
        return self.build(learnt.texts)

    def summary(self, learnt: LearntPairs, fitted: Fitted) -> str:
        """See `Recipe`."""
        more = "; it still got better when the budget was over" if fitted.out_of_time else ""
        smoothed = " (labels smoothed)" if self.settings.smoothing else ""
        return fitted.summary("nats_per_token") + smoothed + more

    def finish(self, problem: "Problem", learnt: LearntPairs, weights: Tree) -> LearntPairs:
        """Nothing is learnt from the final weights."""
        return learnt

    # Saved and restored -----------------------------------------------------------------------------------------------

    def saved(self, learnt: LearntPairs) -> tuple[Tensors, dict[str, str]]:
        """See `Recipe`."""
        kinds = self.baselines(learnt.texts)
        arrays: Tensors = {kind.file: one.arrays() for kind, one in zip(kinds, learnt.baselines, strict=True)}
        return arrays, learnt.texts.saved() | {EXAMPLE: learnt.example}

    def restore(self, folder: ModelFolder) -> LearntPairs:
        """See `Recipe`."""
        held = {name: folder.text(name) for name in folder.files if name.endswith(".json")}
        try:
            texts = PairTexts.restored(held)
        except InputError as error:
            raise InputError(f"{folder.folder}: {error}") from error
        kinds, holding = self.baselines(texts), folder
        for kind in kinds:
            holding = holding.holding(f"{kind.file}.safetensors")
        return LearntPairs(texts, folder.text(EXAMPLE), partial(_read_baselines, holding, kinds))


def _unknown(pairs: Sequence[tuple[Ids, Ids]]) -> str:
    """What a person should know of tokens that a vocabulary lacks; empty where it has all of them."""
    sources, targets = ([int((ids == UNKNOWN).sum()) for ids in side] for side in zip(*pairs, strict=True))
    if not (sum(sources) or sum(targets)):
        return ""
    return (
        f"{sum(sources):,} tokens of sources and {sum(targets):,} of targets are not in the model's vocabulary, which "
        "tuning leaves as it is: fit a new model to learn them"
    )


def _varied(texts: PairTexts, examples: Examples, row: int, rng: np.random.Generator) -> tuple[Ids, Ids]:
    return texts.varied(examples.inputs[row], examples.targets[row], rng)


def _read_baselines(folder: ModelFolder, kinds: Sequence[TextBaselineKind]) -> list[TextBaseline]:
    """The baselines of a model folder; InputError, naming the file, where one is damaged."""
    baselines = []
    for kind in kinds:
        try:
            baselines.append(kind.restore(folder.tensors(kind.file)))
        except InputError as error:
            raise InputError(f"{folder.folder / kind.file}.safetensors: {error}") from error
    return baselines
