"""The recipe of tasks whose model says what comes next in its input."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY, Tree
from unrolled.baselines import Baseline, BaselineKind, Predictions, Sizes
from unrolled.baselines.mixture import StepMixture, Weights
from unrolled.data.corpus import Corpus
from unrolled.inference.answers import Answer, Answers
from unrolled.inference.frozen import Frozen, checked_finite
from unrolled.inference.stream import Stream
from unrolled.inference.together import feed_together
from unrolled.inputs import Generative
from unrolled.inputs.base import Steps
from unrolled.log import Log
from unrolled.models import Model
from unrolled.settings import Decoding
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.answering import LearntInput, restored_baseline
from unrolled.tasks.fitted import Fitted, shown_loss
from unrolled.tasks.recipe import Prepared, Source, Tensors

if TYPE_CHECKING:
    from unrolled.training import Problem
    from unrolled.training.streamed import Streamed

__all__ = ["Continuation", "drawn"]

FEW = 300  # steps, before which a rate is not to blame

MIXTURE = "mixture.json"


@dataclass(frozen=True)
class Continuation:
    """A task that learns from a corpus what comes next.

    ``input`` is not fitted yet; the functions take the fitted one. ``vectors`` makes word vectors to start from. Where
    answers are ``mixed``, they are those of the network and of the baseline together, by ``weights`` of this type.
    """

    input: Generative
    build: Callable[[Any], Model]
    baseline: BaselineKind
    outcomes: Callable[[Any], Answers]
    measures: Callable[[Predictions, Any], dict[str, float]]
    weights: type[Weights]
    vectors: Callable[[Any, np.random.Generator], NDArray[Any]] | None = None
    mixed: bool = False

    @property
    def continues(self) -> bool:
        """Yes."""
        return True

    @property
    def unit(self) -> str:
        """Tokens, or frames."""
        return self.input.unit

    def prepare(self, source: Source, log: Log) -> Prepared[LearntInput]:
        """See `Recipe`."""
        log.stage("learning the vocabulary")
        input = self.input
        raw = input.read(source.data, "train", source.encoding)
        input.learn(raw)
        rng = np.random.default_rng(source.training.seed)
        initial = self.build(input).initial(rng)
        if self.vectors is not None:
            log.stage("reading the word vectors")
            initial.words["vectors"] = self.vectors(input, rng)
        train, valid, fingerprints = self._parts(input, raw, source, log)
        input.count(train)
        input.start(train, initial.output["b"])
        baseline = self.baseline.fit(train, valid, Sizes(input.outcomes))
        learnt = LearntInput(input, fitted_baseline=baseline)
        return self._prepared(learnt, initial, train, valid, fingerprints, source)

    def prepare_tuning(self, source: Source, learnt: LearntInput, weights: Tree, log: Log) -> Prepared[LearntInput]:
        """See `Recipe`. The baseline is the model's own, or one of the new data where that is better."""
        input = copy(cast(Generative, learnt.input))
        input.reads_like(self.input)
        raw = input.read(source.data, "train", source.encoding)
        train, valid, fingerprints = self._parts(input, raw, source, log)
        input.count(train)
        other = self.baseline.fit(train, valid, Sizes(input.outcomes))
        baseline = min(learnt.baseline, other, key=lambda candidate: candidate.loss(valid))
        tuned = LearntInput(input, fitted_baseline=baseline)
        return self._prepared(tuned, weights, train, valid, fingerprints, source)

    def _parts(self, input: Generative, raw: Any, source: Source, log: Log) -> tuple[Corpus, Corpus, dict[str, str]]:
        """The corpus to learn from, the one for validation, and the checksums of what was read."""
        log.stage("reading the data")
        corpus = input.corpus(raw, source.folder / "train.bin")
        fingerprints = {"train": corpus.fingerprint()}
        named = input.own_validation(source.data) if source.valid is None else source.valid
        if named is None:
            train, valid = corpus.split()
        else:
            other = input.read(named, "valid", source.encoding)
            train, valid = corpus, input.corpus(other, source.folder / "valid.bin")
            fingerprints["valid"] = valid.fingerprint()
        log.stage("fitting the baseline")
        return train, valid, fingerprints

    def _prepared(
        self,
        learnt: LearntInput,
        initial: Tree,
        train: Corpus,
        valid: Corpus,
        fingerprints: dict[str, str],
        source: Source,
    ) -> Prepared[LearntInput]:
        from unrolled.training import Streamed

        how = source.batch, source.training.window, source.training.seed
        problem = Streamed(self.model(learnt), initial, train.windows(*how), valid.windows(*how), valid)
        return Prepared(problem, learnt, fingerprints, len(train), learnt.baseline.loss(valid))

    def model(self, learnt: LearntInput) -> Model:
        """See `Recipe`."""
        return self.build(learnt.input)

    def summary(self, learnt: LearntInput, fitted: Fitted) -> str:
        """See `Recipe`."""
        nats, guess = cast(Generative, learnt.input).blind_guess
        remedy = "it has hardly begun, give it more minutes" if fitted.steps < FEW else "try a lower learning rate"
        hint = f"\nthat is worse than {guess}: {remedy}" if fitted.loss >= nats else ""
        mixed = f"; both mixed: {shown_loss(self.input.headline, learnt.mixture.loss)}" if learnt.mixture else ""
        return fitted.summary(self.input.headline) + mixed + hint

    def finish(self, problem: "Problem", learnt: LearntInput, weights: Tree) -> LearntInput:
        """Choose the weights of the mixture on the validation part."""
        held_out = cast("Streamed", problem).held_out
        if not self.mixed or held_out is None:
            return learnt
        return self.weighed(learnt, Frozen(self.model(learnt), weights), held_out)

    def weighed(self, learnt: LearntInput, frozen: Frozen, part: Corpus) -> LearntInput:
        """``learnt`` with the weights of the mixture that are best for a part that was not learnt from."""
        first = part.first(self.weights.most)
        weights = self.weights.chosen(self.predictions(learnt, frozen, first), learnt.baseline, first)
        return dataclasses.replace(learnt, mixture=weights, mixed_loss=weights.loss)

    def mixture(self, learnt: LearntInput) -> StepMixture | None:
        """What mixes the answers of both. A model of an earlier version has no weights: the network answers alone."""
        if not self.mixed or learnt.mixture is None:
            return None
        return learnt.mixture.mixture(partial(_baseline_of, learnt))

    def answers(self, learnt: LearntInput) -> Answers:
        """See `Recipe`."""
        return self.outcomes(learnt.input)

    def best(self, learnt: LearntInput, frozen: Frozen, inputs: Sequence[Any], n: int) -> Sequence[Sequence[Answer]]:
        """See `Recipe`."""
        answers = self.answers(learnt)
        streams = [Stream(frozen, learnt.input, answers, self.mixture(learnt)) for _ in inputs]
        feed_together(streams, [learnt.input.bounded(learnt.input.encode(raw), end=True) for raw in inputs])
        return [stream.top(n) for stream in streams]

    def part(self, learnt: LearntInput, data: Any, encoding: str, folder: Path) -> Corpus:
        """See `Recipe`."""
        input = cast(Generative, learnt.input)
        return input.corpus(input.read(data, "test", encoding), folder / "tokens.bin")

    def predictions(self, learnt: LearntInput, frozen: Frozen, part: Corpus) -> Predictions:
        """What the network alone predicts."""
        model, params, state = frozen.model, frozen.params, None
        for inputs, targets, first in part.blocks(frozen.outcomes):
            features, state = model.forward(NUMPY, params, inputs[None], None if first else state)
            scores = checked_finite(model.output.scores(params, features[0]))
            yield model.output.predicted(NUMPY, scores), targets

    def columns(self, learnt: LearntInput, frozen: Frozen, part: Corpus) -> dict[str, Predictions]:
        """See `Recipe`."""
        network, mixture = self.predictions(learnt, frozen, part), self.mixture(learnt)
        if mixture is None:
            return {"network": network}
        return {"mixture": self._mixed(mixture, learnt, frozen, part), "network": network}

    def _mixed(self, mixture: StepMixture, learnt: LearntInput, frozen: Frozen, part: Corpus) -> Predictions:
        read = learnt.input.beginning[:0]
        network = self.predictions(learnt, frozen, part)
        for (inputs, targets, first), (rows, _) in zip(part.blocks(frozen.outcomes), network, strict=True):
            read = inputs if first else np.concatenate([read[-mixture.context :], inputs])
            yield mixture.mixed_along(rows, read), targets

    def measure(self, learnt: LearntInput, predictions: Predictions, part: Corpus) -> dict[str, float]:
        """See `Recipe`."""
        scores = self.measures(predictions, learnt.input)
        return scores | cast(Generative, learnt.input).measures(scores, part)

    def described(self, learnt: LearntInput, part: Corpus, scores: dict[str, float]) -> str:
        """See `Recipe`."""
        return cast(Generative, learnt.input).described(part, scores)

    def saved(self, learnt: LearntInput) -> tuple[Tensors, dict[str, str]]:
        """See `Recipe`."""
        arrays, texts = learnt.input.saved()
        if learnt.mixture is not None:
            texts = {**texts, MIXTURE: learnt.mixture.to_json()}
        return ({"encoder": arrays} if arrays else {}) | {"baseline": learnt.baseline.arrays()}, texts

    def restore(self, folder: ModelFolder) -> LearntInput:
        """See `Recipe`."""
        self.input.restore(folder)
        baseline = restored_baseline(folder, self.baseline, Sizes(self.input.outcomes))
        weights = None
        if MIXTURE in folder.files:
            weights = self.weights.from_json(folder.text(MIXTURE), str(folder.folder / MIXTURE))
        return LearntInput(self.input, mixture=weights, read_baseline=baseline)


def _baseline_of(learnt: LearntInput) -> Baseline:
    return learnt.baseline


def drawn(stream: Stream, input: Generative, decoding: Decoding) -> Iterator[Steps]:
    """Draw steps from a stream one after another, without end; each is fed to it before the next."""
    rng = np.random.default_rng(decoding.seed)
    while True:
        steps = input.choose(stream.scores(), decoding, rng)
        yield steps
        stream.feed_steps(steps)
