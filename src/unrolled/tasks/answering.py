"""Recipes of tasks that answer single raw inputs: the roles of such a task, and how they work together.

    input      raw examples → arrays and back
    model      a body and a head, sized by the fitted input
    baseline   what a good engineer would try first
    answers    what the model's scores stand for
    measure    how well both do

There are two: `Continuation` predicts what comes next in a corpus, `Labelling` the label of an example.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from unrolled.baselines import Baseline, BaselineKind, Predictions, Sizes
from unrolled.baselines.mixture import StepMixture, Weights, WholeMixture
from unrolled.data.labels import Labels
from unrolled.errors import InputError
from unrolled.inference.answers import Answer, Answers
from unrolled.inference.frozen import Frozen
from unrolled.inputs import Input
from unrolled.models import Model
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.recipe import Recipe

__all__ = ["Answering", "LearntInput", "restored_baseline"]


@dataclass
class LearntInput:
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


class Answering(Recipe[LearntInput], Protocol):
    """What `unrolled.tasks.predictor.Predictor` asks of a recipe."""

    @property
    def continues(self) -> bool:
        """Whether the model goes on with its input, so that text or music can be drawn from it."""

    def model(self, learnt: LearntInput) -> Model:
        """The model that the settings and the fitted input describe."""

    def answers(self, learnt: LearntInput) -> Answers:
        """What the model's scores stand for."""

    def mixture(self, learnt: LearntInput) -> StepMixture | WholeMixture | None:
        """What mixes the network's answers with those of the baseline; None where the network answers alone."""

    def best(self, learnt: LearntInput, frozen: Frozen, inputs: Sequence[Any], n: int) -> Sequence[Sequence[Answer]]:
        """The ``n`` most probable answers to each raw input."""

    def part(self, learnt: LearntInput, data: Any, encoding: str, folder: Path) -> Any:
        """Data to measure on, encoded; its `len` counts items."""

    def columns(self, learnt: LearntInput, frozen: Frozen, part: Any) -> dict[str, Predictions]:
        """What is predicted for a part, by the name of what predicts: first what the model answers with."""

    def measure(self, learnt: LearntInput, predictions: Predictions, part: Any) -> dict[str, float]:
        """The task's measures of predictions."""

    def described(self, learnt: LearntInput, part: Any, scores: dict[str, float]) -> str:
        """One line on a part that was measured."""


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
