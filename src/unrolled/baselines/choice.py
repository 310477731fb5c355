"""The best of several baselines of labelled examples, each with its best setting, chosen on the validation part.

Where that part is small, it and the training part are cut into folds, each of which is held out in turn: a hundred
examples would not tell the settings apart. All of a group are in one fold. What is chosen is then fitted to the
training part alone, as the network is.
Of very much data a sample is read, drawn by a fixed seed, and the baseline's name says so.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Arrays, Baseline, BaselineKind, LabelledPart, Predictions, Sizes
from unrolled.data.labelled import Labelled
from unrolled.errors import InputError
from unrolled.metrics.classification import classification_scores

__all__ = ["Candidate", "Folds", "Part", "Tried", "best_of"]

FOLDS = 5
FEW = 500  # validation examples; below it, folds
CHOICE = 8_000, 500_000  # examples and steps that a choice reads, at most
FIT = 50_000, 2_000_000  # and the fit of what was chosen
SEED = 0
NATS = 0.3  # of loss are worth as much as all answers right: accuracy alone of few examples is mostly chance

Folds = Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]
"""Rows to fit on, and rows that are held out meanwhile."""
Tried = tuple[float, NDArray[np.floating]]
"""A setting, and the probabilities (n, K) with it of all that the folds hold out, one fold after another."""


class Candidate(Protocol):
    """A baseline that may be chosen."""

    @property
    def name(self) -> str:
        """Its name, for people, by which it is stored, too."""

    @property
    def usual(self) -> float:
        """Its setting where there is too little data to choose."""

    def tried(self, pool: LabelledPart, folds: Folds) -> Iterator[Tried]:
        """What it reaches with each of its settings; nothing where it is not for such data."""

    def fit(self, part: LabelledPart, setting: float) -> Baseline:
        """Fit it with a setting."""

    def restore(self, arrays: Arrays) -> Baseline:
        """The inverse of `Baseline.arrays`; InputError where they are damaged."""


Candidates = Callable[[Sizes], Sequence[Candidate]]
"""Those there are for an input. The first is that of folders whose arrays name none: version 0.1.0 had no other."""


class Part(Labelled):
    """Labelled examples of which a choice may read a sample."""

    @classmethod
    def sample(cls, part: LabelledPart, examples: int, steps: float = math.inf) -> "Part":
        """All of a part, or so many examples of it that have no more steps together."""
        lengths = np.fromiter(map(len, part.encoded), np.int64, len(part.encoded))
        rows = np.arange(len(lengths))
        if len(rows) > examples or lengths.sum() > steps:
            drawn = np.random.default_rng(SEED).permutation(len(rows))[:examples]
            rows = np.sort(drawn[: max(1, np.searchsorted(np.cumsum(lengths[drawn]), steps, "right"))])
        groups = None if part.groups is None else [part.groups[row] for row in rows.tolist()]
        return cls([part.encoded[row] for row in rows.tolist()], np.asarray(part.targets)[rows], groups)

    def and_all(self, other: "Part") -> "Part":
        """The examples of both."""
        groups = None if self.groups is None or other.groups is None else [*self.groups, *other.groups]
        return Part([*self.encoded, *other.encoded], np.concatenate([self.targets, other.targets]), groups)


@dataclass(frozen=True)
class Chosen:
    """The baseline ``fitted``, of the ``kind`` that was chosen; to so many ``examples``, 0 for all there were."""

    kind: str
    fitted: Baseline
    examples: int

    @property
    def name(self) -> str:
        """Its name, for people."""
        return self.fitted.name + (f" (of {self.examples:,} examples)" if self.examples else "")

    def loss(self, part: LabelledPart) -> float:
        """Mean nats per example."""
        return self.fitted.loss(part)

    def predictions(self, part: LabelledPart) -> Predictions:
        """Its predictions for a part."""
        return self.fitted.predictions(part)

    def arrays(self) -> Arrays:
        """The arrays of the baseline, its kind, and the number of examples."""
        kind = np.frombuffer(self.kind.encode(), np.uint8)
        return {**self.fitted.arrays(), "kind": kind, "examples": np.array([self.examples])}


def best_of(candidates: Candidates) -> BaselineKind:
    """The best of the candidates, as the baseline of labelled examples."""
    return BaselineKind(partial(_fit, candidates), partial(_restore, candidates))


def _fit(candidates: Candidates, train: LabelledPart, valid: LabelledPart, sizes: Sizes) -> Chosen:
    offered = candidates(sizes)
    pool, folds = _folds(train, valid)
    best, setting, reached = offered[0], offered[0].usual, -math.inf
    held = np.concatenate([np.zeros(0, np.int64), *(held for _, held in folds)])
    for candidate in offered if len(held) else ():
        for tried, probabilities in candidate.tried(pool, folds):
            scores = classification_scores(probabilities, pool.targets[held])
            worth = scores["accuracy"] - NATS * scores["loss"]
            if worth > reached:
                best, setting, reached = candidate, tried, worth
    part = Part.sample(train, *FIT)
    examples = len(part.encoded) if len(part.encoded) < len(train.encoded) else 0
    return Chosen(best.name, best.fit(part, setting), examples)


def _restore(candidates: Candidates, arrays: Arrays, sizes: Sizes) -> Baseline:
    offered = candidates(sizes)
    if "kind" not in arrays:
        return offered[0].restore(arrays)
    kind, examples = arrays["kind"], arrays.get("examples")
    if kind.dtype != np.uint8 or kind.ndim != 1:
        raise InputError(f"the baseline's kind is {kind.dtype} {kind.shape}; expected uint8 (n,)")
    if examples is None or examples.shape != (1,) or examples.dtype != np.int64 or examples[0] < 0:
        raise InputError("the baseline's number of examples is damaged; expected int64 (1,), at least 0")
    name = kind.tobytes().decode(errors="replace")
    for candidate in offered:
        if candidate.name == name:
            return Chosen(name, candidate.restore(arrays), int(examples[0]))
    raise InputError(f"the baseline is {name!r:.80}; expected one of {', '.join(one.name for one in offered)}")


def _folds(train: LabelledPart, valid: LabelledPart) -> tuple[Part, Folds]:
    """The examples that a choice reads, and which of them are held out when."""
    part, other = Part.sample(train, *CHOICE), Part.sample(valid, *CHOICE)
    few = len(other.encoded) < FEW
    if _same(part, other):
        pool = part
    else:
        pool = part.and_all(other)
        if not few:
            return pool, [(np.arange(len(part.encoded)), np.arange(len(part.encoded), len(pool.encoded)))]
    number = _by_label(pool.targets) if pool.groups is None else _by_group(pool.groups)
    held = [np.flatnonzero(number == fold) for fold in range(number.max() + 1)]
    return pool, [(np.flatnonzero(number != fold), rows) for fold, rows in enumerate(held)] if len(held) > 1 else []


def _by_label(targets: NDArray[np.integer]) -> NDArray[np.int64]:
    """The fold of each example, as many of every label in each as possible."""
    number = np.empty(len(targets), np.int64)
    order = np.random.default_rng(SEED).permutation(len(number))
    number[order[np.argsort(targets[order], kind="stable")]] = np.arange(len(number)) % FOLDS
    return number


def _by_group(groups: Sequence[str]) -> NDArray[np.int64]:
    """The fold of each example, that of its group: the largest groups first, each into the fold that has the fewest."""
    names, of, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    folds, held = np.empty(len(names), np.int64), np.zeros(min(FOLDS, len(names)), np.int64)
    order = np.random.default_rng(SEED).permutation(len(names))
    for group in order[np.argsort(-sizes[order], kind="stable")]:
        folds[group] = held.argmin()
        held[folds[group]] += sizes[group]
    number: NDArray[np.int64] = folds[of]
    return number


def _same(one: Part, other: Part) -> bool:
    """Whether both are the same examples: a small set is learnt from and validated on as a whole."""
    return len(one.encoded) == len(other.encoded) and all(map(np.array_equal, one.encoded, other.encoded))
