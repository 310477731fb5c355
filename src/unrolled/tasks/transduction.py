"""The recipe of tasks that learn to write a text for an input: pairs, an encoder–decoder, and simple ways to compare.

codec       inputs → what the model reads, texts → ids and back
model       encoder, attention, decoder
baselines   what a good engineer would try first
measures    how well all do
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Tree
from unrolled.baselines.written import Baseline, BaselineKind
from unrolled.data.examples import Examples
from unrolled.data.pair_batches import PairBatches
from unrolled.errors import InputError
from unrolled.inputs.codec import Codec, Pair
from unrolled.log import Log
from unrolled.models.encoder_decoder import EncoderDecoder
from unrolled.models.penalties import Penalties
from unrolled.progress import remark
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.fitted import Fitted
from unrolled.tasks.recipe import Prepared, Source, Tensors
from unrolled.text.tokens import END, UNKNOWN

if TYPE_CHECKING:
    from unrolled.training import Problem

__all__ = ["LearntPairs", "Transduction", "TransductionSettings"]

C = TypeVar("C", bound=Codec[Any])
Arrays = Mapping[str, NDArray[Any]]

HELD_OUT, MOST_HELD_OUT = 0.05, 2_000  # share of the pairs for validation where none are named; never more than these,
EXAMPLE = "example.txt"
LEAST = 20  # and none of fewer different sources


class TransductionSettings(Protocol):
    """What a task of pairs says, beside its model."""

    longest: int

    @property
    def varied(self) -> bool:
        """Whether pairs are changed at random while they are learnt from."""


@dataclass
class LearntPairs(Generic[C]):
    """All that a fit learns beside the weights. The baselines of a loaded model are read when first asked for."""

    codec: C
    example: str
    """A source that was learnt from, as it is typed behind `unrolled predict MODEL`."""
    read_baselines: Callable[[], list[Baseline]] | None = None
    fitted_baselines: list[Baseline] = field(default_factory=list)
    remark: str = ""
    mixed_loss: float | None = None

    @property
    def baselines(self) -> list[Baseline]:
        """What the network is compared with, the strongest last."""
        if self.read_baselines is not None:
            self.fitted_baselines, self.read_baselines = self.read_baselines(), None
        return self.fitted_baselines


@dataclass(frozen=True)
class Transduction(Generic[C]):
    """A task that learns to write a text for an input, as its pairs have one.

    ``read`` reads data into pairs, and ``learn`` learns a codec from these, which ``restore`` reads back from texts and
    arrays by file name; ``build`` makes a model for it; ``baselines`` says which suit it, and these are fitted on the
    same pairs.
    """

    settings: TransductionSettings
    read: Callable[[Any, str], Examples]
    learn: Callable[[Examples], C]
    restored: Callable[[Mapping[str, str], Callable[[str], Arrays]], C]
    build: Callable[[C], EncoderDecoder]
    baselines: Callable[[C], Sequence[BaselineKind]]
    penalties: Penalties = Penalties()  # noqa: RUF009  an immutable tuple

    @property
    def unit(self) -> str:
        """Tokens of targets."""
        return "tokens"

    # Learning ---------------------------------------------------------------------------------------------------------

    def prepare(self, source: Source, log: Log) -> Prepared[LearntPairs[C]]:
        """See `Recipe`."""
        train, valid, fingerprints = self._parts(source, log)
        log.stage("learning the vocabulary")
        codec = self.learn(train)
        codec.prepare([*train.inputs, *valid.inputs], source.folder)
        log.stage("fitting the baselines")
        inputs = codec.plain(train.inputs)
        baselines = [kind.fit(inputs, train.targets) for kind in self.baselines(codec)]
        learnt = LearntPairs(codec, codec.example(train.inputs[0]), None, baselines)
        return self._prepared(learnt, None, (train, valid), fingerprints, source)

    def prepare_tuning(
        self, source: Source, learnt: LearntPairs[C], weights: Tree, log: Log
    ) -> Prepared[LearntPairs[C]]:
        """See `Recipe`. The vocabulary stays, and so do the baselines: they are of the pairs learnt first."""
        train, valid, fingerprints = self._parts(source, log)
        tuned = dataclasses.replace(learnt, remark="")
        learnt.codec.prepare([*train.inputs, *valid.inputs], source.folder)
        return self._prepared(tuned, weights, (train, valid), fingerprints, source)

    def _parts(self, source: Source, log: Log) -> tuple[Examples, Examples, dict[str, str]]:
        """The pairs to learn from, those to validate on (the same, where too few to split), and checksums."""
        log.stage("reading the data")
        train = self.read(source.data, source.encoding)
        fingerprints = {"train": train.fingerprint()}
        if source.valid is not None:
            valid = self.read(source.valid, source.encoding)
            return train, valid, fingerprints | {"valid": valid.fingerprint()}
        if train.distinct < LEAST:
            return train, train, fingerprints
        return *train.split(min(HELD_OUT, MOST_HELD_OUT / len(train)), source.training.seed), fingerprints

    def _prepared(
        self,
        learnt: LearntPairs[C],
        weights: Tree | None,
        examples: tuple[Examples, Examples],
        fingerprints: dict[str, str],
        source: Source,
    ) -> Prepared[LearntPairs[C]]:
        from unrolled.training import Paired

        (kept, train), (_, valid) = (self._encoded(learnt.codec, part) for part in examples)
        batch, seed = source.batch, source.training.seed
        vary = partial(_varied, learnt.codec, kept) if self.settings.varied else None
        batches = PairBatches(train, END, batch, seed, vary), PairBatches(valid, END, batch, seed)
        if weights is not None and (told := _unknown(train)):
            remark(told)
        model = self.model(learnt)
        if weights is None:
            weights = model.initial(np.random.default_rng(seed))
            weights.output["b"] = batches[0].log_shares(model.output.outcomes)
        problem = Paired(model, weights, *batches, self.penalties)
        return Prepared(problem, learnt, fingerprints, batches[0].items, None)

    def _encoded(self, codec: C, examples: Examples) -> tuple[Examples, list[Pair]]:
        """The pairs that can be learnt from, and their ids; an InputError says where a pair stands.

        A target of more than ``longest`` tokens leaves its pair out, as half of it would teach to stop early; it is
        told how many there are, and how many sources are cut.
        """
        encoded, rows, longest = [], [], self.settings.longest
        for row, (source, target, where) in enumerate(
            zip(examples.inputs, examples.targets, examples.where, strict=True)
        ):
            try:
                pair = codec.pair(source, target)
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
        if cut := sum(source.ndim == 1 and len(source) > longest for source, _ in encoded):
            remark(
                f"{cut:,} of {len(examples):,} sources have {longest:,} tokens or more: the rest of them is not read"
            )
        return (examples.take(rows) if left_out else examples), encoded

    def model(self, learnt: LearntPairs[C]) -> EncoderDecoder:
        """See `Recipe`."""
        return self.build(learnt.codec)

    def summary(self, learnt: LearntPairs[C], fitted: Fitted) -> str:
        """See `Recipe`."""
        more = "; it still got better when the budget was over" if fitted.out_of_time else ""
        smoothed = " (labels smoothed)" if self.penalties.smoothing else ""
        return fitted.summary("nats_per_token") + smoothed + more

    def finish(self, problem: "Problem", learnt: LearntPairs[C], weights: Tree) -> LearntPairs[C]:
        """Nothing is learnt from the final weights."""
        learnt.codec.release()
        return learnt

    # Saved and restored -----------------------------------------------------------------------------------------------

    def saved(self, learnt: LearntPairs[C]) -> tuple[Tensors, dict[str, str]]:
        """See `Recipe`."""
        kinds = self.baselines(learnt.codec)
        arrays: Tensors = {kind.file: one.arrays() for kind, one in zip(kinds, learnt.baselines, strict=True)}
        return {**learnt.codec.tensors(), **arrays}, {**learnt.codec.saved(), EXAMPLE: learnt.example}

    def restore(self, folder: ModelFolder) -> LearntPairs[C]:
        """See `Recipe`."""
        held = {name: folder.text(name) for name in folder.files if name.endswith(".json")}
        try:
            codec = self.restored(held, folder.tensors)
        except InputError as error:
            raise InputError(f"{folder.folder}: {error}") from error
        kinds, holding = self.baselines(codec), folder
        for kind in kinds:
            holding = holding.holding(f"{kind.file}.safetensors")
        return LearntPairs(codec, folder.text(EXAMPLE), partial(_read_baselines, holding, kinds))


def _unknown(pairs: Sequence[Pair]) -> str:
    """What a person should know of tokens that a vocabulary lacks; empty where it has all of them."""
    sources, targets = (
        [int((ids == UNKNOWN).sum()) for ids in side if ids.ndim == 1] for side in zip(*pairs, strict=True)
    )
    if not (sum(sources) or sum(targets)):
        return ""
    return (
        f"{sum(sources):,} tokens of sources and {sum(targets):,} of targets are not in the model's vocabulary, which "
        "tuning leaves as it is: fit a new model to learn them"
    )


def _varied(codec: Codec[Any], examples: Examples, row: int, rng: np.random.Generator) -> Pair:
    return codec.varied(examples.inputs[row], examples.targets[row], rng)


def _read_baselines(folder: ModelFolder, kinds: Sequence[BaselineKind]) -> list[Baseline]:
    """The baselines of a model folder; InputError, naming the file, where one is damaged."""
    baselines = []
    for kind in kinds:
        try:
            baselines.append(kind.restore(folder.tensors(kind.file)))
        except InputError as error:
            raise InputError(f"{folder.folder / kind.file}.safetensors: {error}") from error
    return baselines
