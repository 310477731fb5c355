"""The recipe of tasks whose examples have a label each."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.arrays import Tree
from unrolled.baselines import BaselineKind, Predictions, Sizes
from unrolled.baselines.mixture import WholeMixture, best_share
from unrolled.data.batches import Batches
from unrolled.data.examples import Examples
from unrolled.data.labelled import Labelled
from unrolled.data.labels import LABELS, Labels
from unrolled.errors import InputError
from unrolled.inference.answers import Answer, Label, LabelAnswers
from unrolled.inference.frozen import Frozen, checked_finite
from unrolled.inference.whole import score_blocks, whole_scores
from unrolled.inputs import LONGEST, Input, input_class
from unrolled.inputs.base import ExampleSettings, Steps
from unrolled.log import Log
from unrolled.metrics.classification import LabelScores, best_temperature, calibrated_loss, label_scores
from unrolled.models import Model
from unrolled.sources.labelled import read_examples
from unrolled.sources.series_values import check_words
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.answering import LearntInput, restored_baseline
from unrolled.tasks.fitted import Fitted
from unrolled.tasks.recipe import Prepared, Source, Tensors

if TYPE_CHECKING:
    from unrolled.training import Batched, Problem

__all__ = ["Labelled", "Labelling"]

HELD_OUT = 0.1  # share of the examples for validation where none are named,
FEW, FEW_HELD_OUT = 100, 0.2  # but so many, if they are no more than this share,
MANY = 10_000  # never more than these,
LEAST = 20  # and none of fewer different examples


class LabelSettings(ExampleSettings, Protocol):
    """What a task of labelled examples says, beside its model."""

    @property
    def kinds(self) -> Sequence[str]:
        """The kinds of input that it may learn from."""

    columns: str
    group: str | None
    delimiter: str | None
    vectors: str | None
    embedding: int | None
    varied: bool
    balanced: bool
    mixture: bool


@dataclass(frozen=True)
class Labelling:
    """A task that learns the label of a whole input.

    ``settings`` are those of the task, and say which kinds of input it reads; ``build`` makes a model from a fitted
    input and the number of labels, ``answer`` an answer from a label and its probability.
    """

    settings: LabelSettings
    build: Callable[[Input, int], Model]
    baseline: BaselineKind
    answer: Callable[[str, float], Answer] = Label

    @property
    def continues(self) -> bool:
        """No: it says what its input is."""
        return False

    @property
    def unit(self) -> str:
        """Examples."""
        return "examples"

    # Learning ---------------------------------------------------------------------------------------------------------

    def prepare(self, source: Source, log: Log) -> Prepared[LearntInput]:
        """See `Recipe`."""
        train, valid, fingerprints = self._parts(source, log)
        if train.kind not in self.settings.kinds:
            raise InputError(f"the data is {train.kind}; expected {' or '.join(self.settings.kinds)}")
        check_words(train, self.settings.tokens)
        labels = Labels.of(train)
        log.stage("learning the vocabulary")
        input = input_class(train.kind).of_examples(self.settings)
        input.learn(train.inputs)
        initial = self.build(input, len(labels)).initial(np.random.default_rng(source.training.seed))
        if input.starts_from_vectors(self.settings.vectors):
            log.stage("learning word vectors")
            seed, width = source.training.seed, initial.words["vectors"].shape[1]
            how = self.settings.vectors, np.random.default_rng(seed), width, seed
            initial.words["vectors"] = input.start_vectors(train.inputs, *how)
        return self._prepared(LearntInput(input, labels), None, initial, (train, valid), fingerprints, source, log)

    def prepare_tuning(self, source: Source, learnt: LearntInput, weights: Tree, log: Log) -> Prepared[LearntInput]:
        """See `Recipe`."""
        parts = self._parts(source, log)
        return self._prepared(learnt, learnt, weights, parts[:2], parts[2], source, log)

    def _parts(self, source: Source, log: Log) -> tuple[Examples, Examples, dict[str, str]]:
        """The examples to learn from, those to validate on (the same, where too few to split), and checksums."""
        log.stage("reading the data")
        train = self._examples(source.data, source.encoding, self.settings.group if source.valid is None else None)
        fingerprints = {"train": train.fingerprint()}
        if source.valid is not None:
            valid = self._examples(source.valid, source.encoding)
            return train, valid, fingerprints | {"valid": valid.fingerprint()}
        share = min(max(HELD_OUT, min(FEW / len(train), FEW_HELD_OUT)), MANY / len(train))
        rest, valid = train.split(share, source.training.seed)
        too_few = train.distinct < LEAST or not len(valid)
        return (train, train, fingerprints) if too_few else (rest, valid, fingerprints)

    def _examples(self, data: Any, encoding: str, group: str | None = None) -> Examples:
        if isinstance(data, Examples):
            return data
        how = self.settings
        columns = [name.strip() for name in how.columns.split(",")]
        return read_examples(data, columns, encoding, group, how.delimiter)

    def _prepared(
        self,
        learnt: LearntInput,
        before: LearntInput | None,
        initial: Tree,
        examples: tuple[Examples, Examples],
        fingerprints: dict[str, str],
        source: Source,
        log: Log,
    ) -> Prepared[LearntInput]:
        from unrolled.training import Batched

        train, valid = (self._encoded(learnt, part) for part in examples)
        input = learnt.input
        assert learnt.labels is not None
        labels = learnt.labels.counted(train.targets)
        log.stage("fitting the baseline")
        baseline = self.baseline.fit(train, valid, _sizes(input, labels))
        if before is not None:
            baseline = min(before.baseline, baseline, key=lambda candidate: candidate.loss(valid))
        batch, seed = source.batch, source.training.seed
        change = input.augment if self.settings.varied and input.augments else None
        longest = None if input.summed else LONGEST
        batches = (
            Batches(train.encoded, train.targets, input.collate, batch, seed, change, longest),
            Batches(valid.encoded, valid.targets, input.collate, batch, seed, longest=longest),
        )
        batches[0].tell_of_windows()
        weights = labels.weights() if self.settings.balanced else None
        tuned = LearntInput(input, labels, fitted_baseline=baseline)
        problem = Batched(self.model(tuned), initial, *batches, calibrated_loss, weights)
        return Prepared(problem, tuned, fingerprints, len(train), baseline.loss(valid))

    def _encoded(self, learnt: LearntInput, examples: Examples) -> Labelled:
        """The steps of each example; an InputError says where the example stands."""
        assert learnt.labels is not None
        examples.check_kind(learnt.input.kind)
        targets, encoded = learnt.labels.encode(examples), []
        for raw, where in zip(examples.inputs, examples.where, strict=True):
            try:
                encoded.append(learnt.input.example(raw))
            except InputError as error:
                raise InputError(f"{where}: {error}") from None
        return Labelled(encoded, targets, examples.groups)

    def summary(self, learnt: LearntInput, fitted: Fitted) -> str:
        """How much of the validation part was right, and what stands in the way of more."""
        assert learnt.labels is not None
        hint = f"\n{fitted.remark}" if fitted.remark else ""
        hint += "; and more time: it still got better when that was over" if hint and fitted.out_of_time else ""
        mixed = "" if fitted.mixed_loss is None else f"; both mixed: loss {fitted.mixed_loss:.3f}"
        return (
            f"{learnt.labels.accuracy:.1%} of the validation part right, loss {fitted.loss:.3f} after {fitted.steps:,} "
            f"steps, {fitted.seconds:,.0f} s; {learnt.baseline.name}: loss {fitted.baseline_loss:.3f}{mixed}{hint}"
        )

    def finish(self, problem: "Problem", learnt: LearntInput, weights: Tree) -> LearntInput:
        """Find, on the validation part, the temperature that calibrates the network (Guo et al. 2017) and its share in
        the answers. A network that streams answers alone: the baseline would need all that was read."""
        assert learnt.labels is not None
        frozen, valid = Frozen(self.model(learnt), weights), cast("Batched", problem).valid
        targets, rows = valid.targets, np.arange(len(valid.targets))
        scores = whole_scores(frozen, learnt.input, valid.encoded)
        temperature, share = best_temperature(scores, targets), 1.0
        probabilities = kernels.softmax(scores / temperature)
        if self.settings.mixture and not frozen.streams:
            own = _said(learnt, valid.encoded)
            share = best_share(probabilities[rows, targets], own[rows, targets])
            probabilities = share * probabilities + (1 - share) * own
        reached = label_scores(iter([(probabilities, targets)]))
        labels = dataclasses.replace(learnt.labels, temperature=temperature, network=share)
        labels = dataclasses.replace(labels, accuracy=reached["accuracy"])
        mixed = None if share == 1 else reached["loss"]
        return dataclasses.replace(learnt, labels=labels, remark=reached.warning(labels.labels), mixed_loss=mixed)

    # Answering --------------------------------------------------------------------------------------------------------

    def model(self, learnt: LearntInput) -> Model:
        """See `Recipe`."""
        assert learnt.labels is not None
        return self.build(learnt.input, len(learnt.labels))

    def answers(self, learnt: LearntInput) -> LabelAnswers:
        """See `Recipe`."""
        assert learnt.labels is not None
        return LabelAnswers(learnt.labels.labels, learnt.labels.temperature, self.answer)

    def mixture(self, learnt: LearntInput) -> WholeMixture | None:
        """See `Recipe`."""
        assert learnt.labels is not None
        share = learnt.labels.network if self.settings.mixture else 1.0
        return None if share == 1 else WholeMixture(share, partial(_said, learnt))

    def best(self, learnt: LearntInput, frozen: Frozen, inputs: Sequence[Any], n: int) -> Sequence[Sequence[Answer]]:
        """See `Recipe`."""
        encoded = [learnt.input.example(raw) for raw in inputs]
        return [self.answers(learnt).best(row, n) for row in self.probabilities(learnt, frozen, encoded)]

    def probabilities(self, learnt: LearntInput, frozen: Frozen, encoded: Sequence[Steps]) -> NDArray[np.floating]:
        """Encoded inputs → calibrated probabilities (N, C), those of a mixture where there is one."""
        network = self._calibrated(learnt, whole_scores(frozen, learnt.input, encoded))
        mixture = self.mixture(learnt)
        return checked_finite(network if mixture is None or not len(encoded) else mixture.mixed(network, encoded))

    def _calibrated(self, learnt: LearntInput, scores: NDArray[np.float64]) -> NDArray[np.floating]:
        assert learnt.labels is not None
        return kernels.softmax(scores / learnt.labels.temperature)

    # Measuring --------------------------------------------------------------------------------------------------------

    def part(self, learnt: LearntInput, data: Any, encoding: str, folder: Path) -> Labelled:
        """See `Recipe`."""
        return self._encoded(learnt, self._examples(data, encoding))

    def columns(self, learnt: LearntInput, frozen: Frozen, part: Labelled) -> dict[str, Predictions]:
        """See `Recipe`."""
        mixture = self.mixture(learnt)

        def blocks(mixture: WholeMixture | None) -> Predictions:
            for rows, scores in score_blocks(frozen, learnt.input, part.encoded):
                said = self._calibrated(learnt, scores.astype(np.float64))
                if mixture is not None:
                    said = mixture.mixed(said, [part.encoded[row] for row in rows.tolist()])
                yield said, part.targets[rows]

        network = {"network": blocks(None)}
        return network if mixture is None else {"mixture": blocks(mixture), **network}

    def measure(self, learnt: LearntInput, predictions: Predictions, part: Labelled) -> dict[str, float]:
        """See `Recipe`."""
        return label_scores(predictions)

    def described(self, learnt: LearntInput, part: Labelled, scores: dict[str, float]) -> str:
        """How many examples there are, and the share with the label that was most frequent in training."""
        assert learnt.labels is not None
        label = learnt.labels.most_frequent
        share = float((part.targets == learnt.labels.labels.index(label)).mean())
        about = f"{len(part.targets):,} examples; {share:.2%} have the label {label}, the most frequent one"
        warning = scores.warning(learnt.labels.labels) if isinstance(scores, LabelScores) else ""
        return f"{about}\n{warning}" if warning else about

    # Saved and restored -----------------------------------------------------------------------------------------------

    def saved(self, learnt: LearntInput) -> tuple[Tensors, dict[str, str]]:
        """See `Recipe`."""
        assert learnt.labels is not None
        arrays, texts = learnt.input.saved()
        return {"encoder": arrays, "baseline": learnt.baseline.arrays()}, texts | {LABELS: learnt.labels.to_json()}

    def restore(self, folder: ModelFolder) -> LearntInput:
        """See `Recipe`."""
        labels = Labels.from_json(folder.text(LABELS), f"{folder.folder}/{LABELS}", self.settings.kinds)
        input = input_class(labels.kind).of_examples(self.settings)
        input.restore(folder)
        return LearntInput(input, labels, restored_baseline(folder, self.baseline, _sizes(input, labels)))


def _said(learnt: LearntInput, encoded: Sequence[Steps]) -> NDArray[np.floating]:
    """What the baseline says of encoded inputs: probabilities (N, C)."""
    part = Labelled(encoded, np.zeros(len(encoded), np.int64))
    return np.concatenate([block for block, _ in learnt.baseline.predictions(part)])


def _sizes(input: Input, labels: Labels) -> Sizes:
    return Sizes(len(labels), input.features, input.nearest)
