"""The training problem of whole sequences, each with a target."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unrolled.arrays import Noise, State, Tree
from unrolled.data.batches import Batches
from unrolled.models import Model
from unrolled.nn import TORCH, TreeModule
from unrolled.training.problem import Uncarried

__all__ = ["Batched"]


class Batched(Uncarried):
    """The head's loss of each sequence, times the weight (C,) of its class; validated without those weights.

    ``measure`` gives the validation loss, in nats per example, of scores (N, K) and targets (N,).
    """

    def __init__(
        self,
        model: Model,
        initial: Tree,
        train: Batches,
        valid: Batches,
        measure: Callable[[NDArray[Any], NDArray[Any]], float],
        weights: NDArray[Any] | None = None,
    ) -> None:
        super().__init__(len(train), len(valid))
        self.model, self.train, self.valid, self.measure = model, train, valid, measure
        self.weights = None if weights is None else torch.tensor(weights, dtype=torch.float32)
        self.module: TreeModule = TreeModule(self._summed_loss, initial)

    def _summed_loss(
        self, params: Tree, inputs: Tensor, lengths: Tensor, targets: Tensor, noise: Noise | None
    ) -> Tensor:
        x = self.model.body.embed(TORCH, params, inputs)
        features = self.model.summary(TORCH, params, x, lengths, noise)
        weights = None if noise is None or self.weights is None else self.weights[targets]
        loss: Tensor = self.model.output.loss(TORCH, params, features, targets, weights)
        return loss

    def loss(self, step: int, state: State, noise: Noise) -> tuple[Tensor, int, State]:
        """See `Problem`."""
        batch = self.train.at(step)
        loss: Tensor = self.module(*map(torch.from_numpy, batch), noise)
        return loss, len(batch[2]), state

    def last_loss(self, model: Model) -> tuple[Tensor, Tensor]:
        """See `Problem`."""
        *_, (_, longest) = self.valid.all()
        inputs, lengths, targets = map(torch.from_numpy, longest)
        params = self.module.tree()
        features = model.summary(TORCH, params, model.body.embed(TORCH, params, inputs), lengths)
        return model.output.loss(TORCH, params, features, targets), lengths

    @torch.no_grad()
    def validate(self) -> float:
        """The measure of all examples."""
        scores, targets, params = [], [], self.module.tree()
        for _, batch in self.valid.all():
            inputs, lengths, wanted = map(torch.from_numpy, batch)
            features = self.model.summary(TORCH, params, self.model.body.embed(TORCH, params, inputs), lengths)
            scores.append(self.model.output.scores(params, features).numpy())
            targets.append(wanted.numpy())
        return self.measure(np.concatenate(scores), np.concatenate(targets))
