"""Recipes: the roles of a task, and how they work together from raw data to answers.

    input      raw examples → arrays and back
    model      a body and a head, sized by the fitted input
    baseline   what a good engineer would try first
    answers    what the model's scores stand for
    measure    how well both do

There are two: `Continuation` predicts what comes next in a corpus, `Labelling` the label of an example.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from numpy.typing import NDArray

from unrolled.arrays import Tree
from unrolled.baselines import Baseline, BaselineKind, Predictions, Sizes
from unrolled.baselines.mixture import StepMixture, Weights, WholeMixture
from unrolled.data.labels import Labels
from unrolled.errors import InputError
from unrolled.inference.answers import Answer, Answers
from unrolled.inference.frozen import Frozen
from unrolled.inputs import Input
from unrolled.log import Log
from unrolled.models import Model
from unrolled.settings import Training
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.fitted import Fitted

if TYPE_CHECKING:
    from unrolled.training import Problem

__all__ = ["Learnt", "Prepared", "Recipe", "Source", "restored_baseline"]

Tensors = dict[str, Mapping[str, NDArray[Any]]]


class Source(NamedTuple):
    """What a fit reads: its data, the data for validation or None, their encoding, a folder for files, how to train."""

    data: Any
    valid: Any
    encoding: str
    folder: Path
    training: Training


@dataclass
class Learnt:
    """All that a fit learns beside the weights. The baseline of a loaded model is read when it is first asked for."""

    input: Input
    labels: Labels | None = None
    read_baseline: Callable[[], Baseline] | None = None
    fitted_baseline: Baseline | None = None
    mixture: Weights | None = None
    remark: str = ""
    """What stands in the way of better answers, after a fit."""
    mixed_loss: float | None = None
    """The loss on the validation part of answers that are mixed, after a fit."""

    @property
    def baseline(self) -> Baseline:
        """The baseline that the network is compared with."""
        if self.fitted_baseline is None:
            assert self.read_baseline is not None
            self.fitted_baseline, self.read_baseline = self.read_baseline(), None
        return self.fitted_baseline


class Prepared(NamedTuple):
    """The problem to train, what was learnt before, checksums of the data, its number of items, and the baseline's
    loss on the validation part."""

    problem: "Problem"
    learnt: Learnt
    fingerprints: dict[str, str]
    items: int
    baseline_loss: float


class Recipe(Protocol):
    """What `Task` asks of a recipe."""

    @property
    def unit(self) -> str:
        """What data is counted in: a loss is a mean over these."""

    @property
    def continues(self) -> bool:
        """Whether the model goes on with its input, so that text or music can be drawn from it."""

    def prepare(self, source: Source, log: Log) -> Prepared:
        """Read the data, learn what is not trained, and make the problem to train."""

    def prepare_tuning(self, source: Source, learnt: Learnt, weights: Tree, log: Log) -> Prepared:
        """`prepare` for a fitted model that starts from its weights; ``learnt`` itself is not changed."""

    def model(self, learnt: Learnt) -> Model:
        """The model that the settings and the fitted input describe."""

    def summary(self, learnt: Learnt, fitted: Fitted) -> str:
        """How well a fit went, in a line or two."""

    def finish(self, problem: "Problem", learnt: Learnt, frozen: Frozen) -> Learnt:
        """Learn what needs the final weights."""

    def answers(self, learnt: Learnt) -> Answers:
        """What the model's scores stand for."""

    def mixture(self, learnt: Learnt) -> StepMixture | WholeMixture | None:
        """What mixes the network's answers with those of the baseline; None where the network answers alone."""

    def best(self, learnt: Learnt, frozen: Frozen, inputs: Sequence[Any], n: int) -> Sequence[Sequence[Answer]]:
        """The ``n`` most probable answers to each raw input."""

    def part(self, learnt: Learnt, data: Any, encoding: str, folder: Path) -> Any:
        """Data to measure on, encoded; its `len` counts items."""

    def columns(self, learnt: Learnt, frozen: Frozen, part: Any) -> dict[str, Predictions]:
        """What is predicted for a part, by the name of what predicts: first what the model answers with."""

    def measure(self, learnt: Learnt, predictions: Predictions, part: Any) -> dict[str, float]:
        """The task's measures of predictions."""

    def described(self, learnt: Learnt, part: Any, scores: dict[str, float]) -> str:
        """One line on a part that was measured."""

    def saved(self, learnt: Learnt) -> tuple[Tensors, dict[str, str]]:
        """What to save beside the weights: tensors by file and texts by file name."""

    def restore(self, folder: ModelFolder) -> Learnt:
        """The inverse of `saved`, from a model folder."""


def restored_baseline(folder: ModelFolder, kind: BaselineKind, sizes: Sizes) -> Callable[[], Baseline]:
    """A function that reads the baseline of a model folder; InputError, naming the file, where it is damaged.

    It holds the bytes of the file, as the folder may have gone when they are asked for. Like the loaded model that
    holds it, it can be pickled.
    """
    return partial(_read_baseline, folder.holding("baseline.safetensors"), kind, sizes)


def _read_baseline(folder: ModelFolder, kind: BaselineKind, sizes: Sizes) -> Baseline:
    arrays = folder.tensors("baseline")
    try:
        return kind.restore(arrays, sizes)
    except InputError as error:
        raise InputError(f"{folder.folder / 'baseline.safetensors'}: {error}") from error
