"""What the loop needs of a problem to train it."""

from typing import Protocol, runtime_checkable

from torch import Tensor

from unrolled.arrays import Noise, State
from unrolled.models import Model
from unrolled.nn import TreeModule

__all__ = ["Problem", "Uncarried", "Watchable"]


class Problem(Protocol):
    """A module, the batches of an epoch, and a validation. The loss of a batch is a sum over its items."""

    module: TreeModule

    @property
    def validation_batches(self) -> int:
        """Batches that a validation reads."""

    def __len__(self) -> int:
        """Batches per epoch."""

    def first_state(self) -> State:
        """The state that the first batch of an epoch starts from."""

    def loss(self, step: int, state: State, noise: Noise) -> tuple[Tensor, int, State]:
        """The batch of a step of the run, counted from 0 over all epochs → summed loss in nats, items, state.

        ``items`` is how many the loss sums, the state what the next batch starts from.
        """

    def validate(self) -> float:
        """Mean loss over the validation part, in nats per item."""


@runtime_checkable
class Watchable(Problem, Protocol):
    """A problem whose gradients can be watched, where its model has recurrent layers."""

    model: Model

    def last_loss(self, model: Model) -> tuple[Tensor, Tensor]:
        """Let ``model``, in place of the problem's own, read a batch of the validation part.

        Gives the sum of the losses at the end of each row, and the number of steps (B,) of each. It is asked of models
        with recurrent layers alone.
        """


class Uncarried:
    """Base of problems of whole sequences: nothing is carried from one batch to the next."""

    def __init__(self, batches: int, validation_batches: int) -> None:
        self._batches, self._validation_batches = batches, validation_batches

    def __len__(self) -> int:
        return self._batches

    @property
    def validation_batches(self) -> int:
        """See `Problem`."""
        return self._validation_batches

    def first_state(self) -> State:
        """Nothing."""
        return ()
