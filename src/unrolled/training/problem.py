"""What the loop needs of a problem to train it; and the one of language models."""

from typing import Any, Protocol

import torch
from torch import Tensor, nn

from unrolled.arrays import Noise, Tree
from unrolled.data.windows import Windows
from unrolled.models import LanguageModel
from unrolled.nn import TORCH, TreeModule

__all__ = ["LanguageModelling", "Problem"]


class Problem(Protocol):
    """A module, the batches of an epoch, and how to measure it. A batch's loss is a sum, so that it can be shared."""

    module: nn.Module

    def __len__(self) -> int:
        """Batches per epoch."""

    def first_state(self) -> Any:
        """The state that the first batch of an epoch starts from."""

    def loss(self, step: int, state: Any, noise: Noise) -> tuple[Tensor, int, Any]:
        """The batch of a step of the run, counted from 0 over all epochs → summed loss in nats, items, state.

        ``items`` is how many the loss sums, the state what the next batch starts from.
        """

    def validate(self) -> float:
        """Mean loss over the validation part, in nats per item."""

    def last_loss(self, model: Any) -> tuple[Tensor, Tensor]:
        """A batch of the validation part, read by ``model`` in place of the problem's own.

        Gives the losses at the end of each row, summed, and how many steps (B,) each has. Only models with layers are
        asked for it.
        """


class LanguageModelling:
    """A language model over contiguous windows of text, the state carried from one to the next."""

    def __init__(self, model: LanguageModel, initial: Tree, train: Windows, valid: Windows) -> None:
        self.model, self.train, self.valid = model, train, valid
        self.module: TreeModule = TreeModule(self._summed_loss, initial)

    def _summed_loss(
        self, params: Tree, ids: Tensor, targets: Tensor, state: Any, noise: Noise | None
    ) -> tuple[Tensor, Any]:
        features, state = self.model.forward(TORCH, params, ids, state, noise)
        weights, bias = self.model.output(params)
        return TORCH.cross_entropy(features.flatten(0, 1), weights, bias, targets.flatten()), state

    def __len__(self) -> int:
        return len(self.train)

    def first_state(self) -> Any:
        return self.model.zero_state(TORCH, self.train.batch, next(self.module.parameters()))

    def loss(self, step: int, state: Any, noise: Noise) -> tuple[Tensor, int, Any]:
        ids, targets = map(torch.from_numpy, self.train[step % len(self.train)])
        total, state = self.module(ids, targets, state, noise)
        return total, targets.numel(), state

    @torch.no_grad()
    def validate(self) -> float:
        total, count, state = 0.0, 0, None
        for index in range(len(self.valid)):
            ids, targets = map(torch.from_numpy, self.valid[index])
            loss, state = self.module(ids, targets, state, None)
            total, count = total + float(loss), count + targets.numel()
        return total / count

    def last_loss(self, model: Any) -> tuple[Tensor, Tensor]:
        ids, targets = map(torch.from_numpy, self.valid[0])
        params = self.module.tree()
        features, _ = model.forward(TORCH, params, ids)
        weights, bias = model.output(params)
        loss: Tensor = TORCH.cross_entropy(features[:, -1], weights, bias, targets[:, -1])
        return loss, torch.full((len(ids),), ids.shape[1])
