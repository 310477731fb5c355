"""Vectorizers × models × cells on one split with one budget, beside what a user would do without a network."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.baselines.linear import LogisticRegression
from unrolled.comparison.combinations import Combination, Comparison, combinations
from unrolled.comparison.measured import Measured, measure
from unrolled.errors import InputError, MissingExtra, TrainingError
from unrolled.inputs import make_encoder
from unrolled.metrics import PairedBootstrap, paired_bootstrap
from unrolled.sources.labelled import Examples
from unrolled.tasks.classify import BASELINES, TOGETHER, Classifier

__all__ = ["Contest", "Row"]

TEST_SHARE = 0.1  # of each label, where no test file is named
MEMORY = 2**31  # bytes that weights with their optimiser and the largest batch may take


@dataclass(frozen=True)
class Row:
    """A combination with what was measured, or the ``reason`` why it was not."""

    combination: Combination
    measured: Measured | None = None
    difference: PairedBootstrap | None = None
    reason: str = ""


class Contest:
    """A training part, a test part that no fit sees, the baselines, and a row for every combination in ``plan``.

    Raises InputError for data from which nothing can be learnt or on which nothing can be measured.
    """

    def __init__(self, settings: Comparison, train: Examples, test: Examples | None = None) -> None:
        self.settings, self.kind = settings, train.kind
        self.plan = combinations(train.kind, settings.vectorizers, settings.models, settings.cells)
        train.classes()
        self.named = test is not None
        self.train, self.test = train.split(TEST_SHARE, settings.seed) if test is None else (train, test)
        if not len(self.test):
            raise InputError(f"{len(train)} examples: a tenth of each label is not one; name a test file with --test")
        if self.test.kind != self.kind:
            raise InputError(f"{self.test.where[0]}: {self.test.kind}; expected {self.kind}, as the training part")
        self.labels = sorted(set(self.train.labels))
        self.targets = self.test.targets(self.labels, "in the training part")
        self.majority = self._majority()
        self.baseline, self._words, self._longest = self._linear()
        self.rows: list[Row] = []

    @property
    def baseline_name(self) -> str:
        return f"{BASELINES[self.kind]} + logistic regression"

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which answers of the baseline are right, (N,)."""
        return np.asarray(self.baseline.answers == self.targets)

    @cached_property
    def repeated(self) -> int:
        """How many inputs of the test part stand in the training part, too."""
        if self.kind not in ("text", "dna"):
            return 0
        seen = set(self.train.inputs)
        return sum(given in seen for given in self.test.inputs)

    @property
    def ranked(self) -> list[Row]:
        """The rows that were measured, the best first."""
        done = [row for row in self.rows if row.measured is not None]
        return sorted(done, key=lambda row: -row.measured.accuracy if row.measured else 0.0)

    @property
    def left_out(self) -> list[Row]:
        return [row for row in self.rows if row.measured is None]

    def best(self, model: str) -> Row | None:
        """The best row of a model."""
        return next((row for row in self.ranked if row.combination.model == model), None)

    def run(self, combination: Combination) -> None:
        """Add the row of a combination. What fails is a row with a reason; Ctrl-C raises KeyboardInterrupt."""
        reason = combination.refusal or self._too_large(combination)
        if not reason:
            try:
                self.rows.append(self._fit(combination))
                return
            except (InputError, MissingExtra, TrainingError) as error:
                reason = f"failed: {error}"
        self.rows.append(Row(combination, reason=reason))

    def stop(self) -> None:
        """Add what has not been run as rows with that reason."""
        done = {row.combination for row in self.rows}
        missing = [one for one in self.plan if one not in done]
        self.rows += [Row(one, reason=one.refusal or "not run: stopped by Ctrl-C") for one in missing]

    def _fit(self, combination: Combination) -> Row:
        task = _task(self.settings, combination).fit(self.train, show=False)
        if task.fitted_.interrupted:  # less than the same budget: no fair row
            raise KeyboardInterrupt
        encoded = [task.encoder_.encode(given) for given in self.test.inputs]
        measured = measure(
            task.probabilities(encoded),
            self.targets,
            task.parameters,
            task.fitted_.seconds,
            lambda given: task.predict(given, 1),
            self.test.inputs,
            (task.fitted_.steps * task.training.batch / task.fitted_.items, task.accuracy_),
        )
        return Row(combination, measured, paired_bootstrap(measured.answers == self.targets, self.right))

    def _majority(self) -> Measured:
        """Always the most frequent label."""
        share = np.bincount(self.train.targets(self.labels), minlength=len(self.labels)) / len(self.train)
        return measure(np.tile(share, (len(self.test), 1)), self.targets)

    def _linear(self) -> tuple[Measured, int, int]:
        """Logistic regression over the whole training part; the words there are, and those of the longest input."""
        encoder = make_encoder(self.train, None, "word", self.settings.vocabulary)
        train, test = (examples.encoded(encoder.encode) for examples in (self.train, self.test))
        targets, classes = self.train.targets(self.labels), len(self.labels)
        with suppress(ModuleNotFoundError):  # whose loading is no part of the fit; `fit` says so where it is missing
            import_module("sklearn.linear_model")
        began = perf_counter()
        linear = LogisticRegression.fit([encoder.document(x) for x in train], targets, encoder.features, classes)
        seconds = perf_counter() - began

        def answer(encoded: Sequence[Any]) -> NDArray[np.floating]:
            shares: NDArray[np.floating] = kernels.softmax(linear.scores([encoder.document(x) for x in encoded]))
            return shares

        measured = measure(
            answer(test),
            self.targets,
            linear.weights.size + classes,
            seconds,
            lambda given: answer([encoder.encode(given)]),
            self.test.inputs,
        )
        return measured, encoder.width, max(map(len, [*train, *test]))

    def _too_large(self, combination: Combination) -> str:
        """Of one-hot vectors, why this machine should not be asked to; empty for all else."""
        if combination.vectorizer != "one-hot":
            return ""
        task = _task(self.settings, combination)
        inputs = {"bag": 1, "dense": task.context, "recurrent": 8}[combination.model]  # 8: the gates of two directions
        units = len(self.labels) if combination.model == "bag" else task.width
        needed = 16 * inputs * self._words * units + 4 * TOGETHER * self._longest * self._words
        if needed <= MEMORY:
            return ""
        size = f"{needed / 2**30:.1f} GiB for weights and a batch, more than {MEMORY / 2**30:.0f}"
        return f"one-hot vectors of {self._words:,} words would take {size}; take a smaller --vocabulary"


def _task(settings: Comparison, combination: Combination) -> Classifier:
    """The task that fits a combination; all other settings are the task's own."""
    return Classifier(
        columns=settings.columns,
        vectorizer=combination.vectorizer,
        vocabulary=settings.vocabulary,
        model=combination.model,
        cell=combination.cell or "gru",
        width=settings.width,
        embedding=settings.width,
        training=settings.training,
    )
