"""What the loop needs of a problem to train it."""

from typing import Protocol

from torch import Tensor

from unrolled.arrays import Noise, State
from unrolled.models import Model
from unrolled.nn import TreeModule

__all__ = ["Problem"]


class Problem(Protocol):
    """A module, the batches of an epoch, and how to measure it. A batch's loss is a sum, so that it can be shared."""

    model: Model
    module: TreeModule

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

    def last_loss(self, model: Model) -> tuple[Tensor, Tensor]:
        """A batch of the validation part, read by ``model`` in place of the problem's own.

        Gives the losses at the end of each row, summed, and how many steps (B,) each has. Only models with recurrent
        layers are asked for it.
        """
