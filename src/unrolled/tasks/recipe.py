"""What a task asks of its recipe: the work between raw data and a fitted model, with the task's settings.

A recipe says how data is read and what is learnt of it beside the weights, which model that makes, and what is saved.
`unrolled.tasks.answering` says what it does besides where a task answers single raw inputs.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from numpy.typing import NDArray

from unrolled.arrays import Tree
from unrolled.log import Log
from unrolled.models.base import Layer
from unrolled.settings import Training
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.fitted import Fitted

if TYPE_CHECKING:
    from unrolled.training import Problem

__all__ = ["L", "Learnt", "Prepared", "Recipe", "Source", "Tensors"]

Tensors = dict[str, Mapping[str, NDArray[Any]]]


class Source(NamedTuple):
    """What a fit reads: its data, the data for validation or None, their encoding, a folder for files, how to train,
    and with how many sequences in a step."""

    data: Any
    valid: Any
    encoding: str
    folder: Path
    training: Training
    batch: int


class Learnt(Protocol):
    """All that a fit learns beside the weights; what it is made of is the recipe's own business."""

    @property
    def remark(self) -> str:
        """What stands in the way of better answers, after a fit."""

    @property
    def mixed_loss(self) -> float | None:
        """The loss on the validation part of answers that are mixed, after a fit."""


L = TypeVar("L", bound=Learnt)


class Prepared(NamedTuple, Generic[L]):
    """The problem to train, what was learnt before, checksums of the data, its number of items, and the baseline's
    loss on the validation part."""

    problem: "Problem"
    learnt: L
    fingerprints: dict[str, str]
    items: int
    baseline_loss: float | None


class Recipe(Protocol[L]):
    """What `unrolled.tasks.base.Task` asks of a recipe."""

    @property
    def unit(self) -> str:
        """What data is counted in: a loss is a mean over these."""

    def prepare(self, source: Source, log: Log) -> Prepared[L]:
        """Read the data, learn what is not trained, and make the problem to train."""

    def prepare_tuning(self, source: Source, learnt: L, weights: Tree, log: Log) -> Prepared[L]:
        """`prepare` for a fitted model that starts from its weights; ``learnt`` itself is not changed."""

    def model(self, learnt: L) -> Layer:
        """The model that the settings and what was learnt describe."""

    def summary(self, learnt: L, fitted: Fitted) -> str:
        """How well a fit went, in a line or two."""

    def finish(self, problem: "Problem", learnt: L, weights: Tree) -> L:
        """Learn what needs the final weights, numpy arrays."""

    def saved(self, learnt: L) -> tuple[Tensors, dict[str, str]]:
        """What to save beside the weights: tensors by file and texts by file name."""

    def restore(self, folder: ModelFolder) -> L:
        """The inverse of `saved`, from a model folder."""
