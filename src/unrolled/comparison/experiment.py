"""Vectorizers × models × cells on one split with one budget, beside what a user would do without a network."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines import Sizes
from unrolled.comparison.combinations import Combination, Comparison
from unrolled.comparison.measured import Measured, microseconds_of
from unrolled.data.examples import Examples
from unrolled.data.labelled import Labelled
from unrolled.data.labels import Labels
from unrolled.errors import InputError, MissingExtra, TrainingError
from unrolled.inference.whole import TOGETHER
from unrolled.inputs import Input, input_class
from unrolled.metrics import PairedBootstrap, paired_bootstrap
from unrolled.tasks.answering import LearntInput

__all__ = ["Experiment", "LeftOut", "Row"]

TEST_SHARE = 0.1  # of each label, where no test file is named
MEMORY = 2**31  # bytes that weights with their optimiser and the largest batch may take


class Row(NamedTuple):
    """A combination, what was measured, and its difference to the baseline."""

    combination: Combination
    measured: Measured
    difference: PairedBootstrap


class LeftOut(NamedTuple):
    """A combination that was not measured, and why."""

    combination: Combination
    reason: str


class Experiment:
    """A training part, a test part that no fit sees, the baselines, and a row for every combination in ``plan``.

    Raises InputError for data from which nothing can be learnt or on which nothing can be measured.
    """

    def __init__(self, settings: Comparison, train: Examples, test: Examples | None = None) -> None:
        self.settings, self.kind = settings, train.kind
        self.plan = settings.plan(train.kind)
        self._labels = Labels.of(train)
        self.named = test is not None
        self.train, self.test = train.split(TEST_SHARE, settings.seed) if test is None else (train, test)
        if not len(self.test) or (test is None and len(train) * TEST_SHARE < 1):
            received = f"{len(train)} examples" + ("" if train.groups is None else f" of {len({*train.groups})} groups")
            raise InputError(f"{received}: too few to hold a tenth out; name a test file with --test")
        self.test.check_kind(self.kind, "as the training part")
        self.targets = self._labels.encode(self.test, "in the training part")
        self.majority = self._majority()
        self.baseline, self.baseline_name = self._baseline()
        self.rows: list[Row] = []
        self.left_out: list[LeftOut] = []

    @property
    def labels(self) -> list[str]:
        """The labels in the order of the probabilities."""
        return self._labels.labels

    @cached_property
    def repeated(self) -> int:
        """How many texts or sequences of letters of the test part stand in the training part, too."""
        seen = set(_texts(self.train))
        return sum(text in seen for text in _texts(self.test))

    @property
    def ranked(self) -> list[Row]:
        """What was measured, the best first."""
        return sorted(self.rows, key=lambda row: -row.measured.accuracy)

    @property
    def remaining(self) -> list[Combination]:
        """What has not been run yet."""
        done = {row.combination for row in self.rows} | {left.combination for left in self.left_out}
        return [combination for combination in self.plan if combination not in done]

    def best(self, model: str) -> Row | None:
        """The best row of a model."""
        return next((row for row in self.ranked if row.combination.model == model), None)

    def run(self, combination: Combination) -> None:
        """Fit and measure a combination. What fails is left out with a reason; Ctrl-C raises KeyboardInterrupt."""
        reason = combination.refusal or self._too_large(combination)
        if not reason:
            try:
                self.rows.append(self._fit(combination))
                return
            except (InputError, MissingExtra, TrainingError) as error:
                reason = f"failed: {error}"
        self.left_out.append(LeftOut(combination, reason))

    def stop(self) -> None:
        """Leave out what has not been run, with that reason."""
        reason = "not run: stopped by Ctrl-C"
        self.left_out += [LeftOut(combination, combination.refusal or reason) for combination in self.remaining]

    def _fit(self, combination: Combination) -> Row:
        vectors = self._word_vectors if combination.vectorizer == "word2vec" else None
        task = self.settings.task(combination, vectors).fit(self.train, show=False)
        fitted = task.fitted_
        if fitted.interrupted:  # less than the same budget: no fair row
            raise KeyboardInterrupt
        measured = Measured(
            task.probabilities([task.input_.example(raw) for raw in self.test.inputs]),
            self.targets,
            task.parameters,
            fitted.seconds,
            microseconds_of(lambda raw: task.predict(raw, 1), self.test.inputs),
            fitted.steps * (task.how.batch or 1) / fitted.items,
            task.accuracy_,
            fitted.out_of_time,
        )
        return Row(combination, measured, paired_bootstrap(measured.right, self.baseline.right))

    @cached_property
    def _word_vectors(self) -> str:
        """A file of the vectors that Word2Vec learns from the training part, once for all networks."""
        from unrolled.text.word_vectors import WordVectors

        folder = tempfile.mkdtemp(prefix="unrolled-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        settings, path = self.settings, Path(folder) / "vectors.bin"
        words = [self._learnt_input.names(text) for text in self.train.inputs]
        WordVectors.train(words, settings.width, seed=settings.seed).write(path)
        return str(path)

    def _majority(self) -> Measured:
        """Always the most frequent label."""
        share = np.bincount(self._labels.encode(self.train), minlength=len(self.labels)) / len(self.train)
        return Measured(np.tile(share, (len(self.test), 1)), self.targets)

    def _baseline(self) -> tuple[Measured, str]:
        """The task's baseline over the whole training part, and its name."""
        task = self.settings.task()
        recipe, input = task.recipe(), self._learnt_input
        learnt = LearntInput(input, self._labels)
        train, test = (recipe.part(learnt, examples, "utf-8", Path()) for examples in (self.train, self.test))
        self._longest = max(map(len, [*train.encoded, *test.encoded]))
        with suppress(ModuleNotFoundError):  # whose loading is no part of the fit; `fit` says so where it is missing
            import_module("sklearn.linear_model")
        began = perf_counter()
        baseline = recipe.baseline.fit(train, train, Sizes(len(self.labels), input.features, input.nearest))
        seconds = perf_counter() - began

        def probabilities(part: Labelled) -> NDArray[np.floating]:
            return np.concatenate([block for block, _ in baseline.predictions(part)])

        def answer(raw: object) -> NDArray[np.floating]:
            return probabilities(Labelled([input.example(raw)], np.zeros(1, np.int64)))

        measured = Measured(
            probabilities(test),
            self.targets,
            sum(array.size for array in baseline.arrays().values() if array.dtype.kind == "f"),
            seconds,
            microseconds_of(answer, self.test.inputs),
        )
        return measured, baseline.name

    @cached_property
    def _learnt_input(self) -> Input:
        """The input as the training part has it, with the task's own vectorizer."""
        input = input_class(self.kind).of_examples(self.settings.task())
        input.learn(self.train.inputs)
        return input

    def _too_large(self, combination: Combination) -> str:
        """Of one-hot vectors, why this machine should not be asked to; empty for all else."""
        if combination.vectorizer != "one-hot":
            return ""
        task, words = self.settings.task(combination), self._learnt_input.width
        inputs = {"bag": 1, "dense": task.context, "recurrent": 8}[combination.model]  # 8: the gates of two directions
        units = len(self.labels) if combination.model == "bag" else task.width
        needed = 16 * inputs * words * units + 4 * TOGETHER * self._longest * words
        if needed <= MEMORY:
            return ""
        size = f"{needed / 2**30:.1f} GiB for weights and a batch, more than {MEMORY / 2**30:.0f}"
        return f"one-hot vectors of {words:,} words would take {size}; take a smaller --vocabulary"


def _texts(examples: Examples) -> Iterator[str]:
    return (raw for raw in examples.inputs if isinstance(raw, str))
