"""The problem of a classifier: whole sequences, one label each."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unrolled.arrays import Noise, Tree
from unrolled.data.batches import Batch, Batches
from unrolled.models import Classifier, vectors
from unrolled.nn import TORCH, TreeModule

__all__ = ["Classification"]


class Classification:
    """Cross-entropy, each example counted with the weight (C,) of its class; validated without those weights."""

    def __init__(
        self, model: Classifier, initial: Tree, train: Batches, valid: Batches, weights: NDArray[np.floating]
    ) -> None:
        self.model, self.train, self.valid = model, train, valid
        self.weights = torch.tensor(weights, dtype=torch.float32)
        self.module: TreeModule = TreeModule(self._scores, initial)

    def _scores(self, params: Tree, inputs: Tensor, lengths: Tensor, noise: Noise | None) -> Tensor:
        scores: Tensor = self.model.scores(TORCH, params, vectors(TORCH, self.model, params, inputs), lengths, noise)
        return scores

    def __len__(self) -> int:
        return len(self.train)

    def first_state(self) -> Any:
        return ()

    def loss(self, step: int, state: Any, noise: Noise) -> tuple[Tensor, int, Any]:
        scores, targets = self._scored(self.train.at(step), noise)
        each = torch.nn.functional.cross_entropy(scores, targets, reduction="none")
        return (each * self.weights[targets]).sum(), len(targets), state

    def _scored(self, batch: Batch, noise: Noise | None) -> tuple[Tensor, Tensor]:
        inputs, lengths, targets = map(torch.from_numpy, batch)
        return self.module(inputs, lengths, noise), targets

    def last_loss(self, model: Any) -> tuple[Tensor, Tensor]:
        *_, (_, longest) = self.valid.all()
        inputs, lengths, targets = map(torch.from_numpy, longest)
        params = self.module.tree()
        scores = model.scores(TORCH, params, vectors(TORCH, model, params, inputs), lengths)
        return torch.nn.functional.cross_entropy(scores, targets, reduction="sum"), lengths

    @torch.no_grad()
    def validate(self) -> float:
        total = 0.0
        for _, batch in self.valid.all():
            scores, targets = self._scored(batch, None)
            total += float(torch.nn.functional.cross_entropy(scores, targets, reduction="sum"))
        return total / len(self.valid.encoded)
