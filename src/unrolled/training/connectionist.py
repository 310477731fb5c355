"""The training problem of sequences with shorter, unaligned targets: connectionist temporal classification."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import ctc_loss

from unrolled.arrays import Namespace, Noise, State, Tree
from unrolled.nn import TORCH, TreeModule
from unrolled.training.problem import Uncarried

__all__ = ["Connectionist", "Unaligned"]


class Unaligned(NamedTuple):
    """A batch: what the model reads, arrays (B, ...), of ``lengths`` (B,) frames, and the labels of each, from 1 on."""

    inputs: tuple[NDArray[np.float32], ...]
    lengths: NDArray[np.int64]
    labels: Sequence[NDArray[np.int64]]


class Connectionist(Uncarried):
    """-log p(labels), summed over all alignments (Graves et al. 2006), in nats per label.

    ``model(xp, params, *inputs, lengths, noise)`` gives log probabilities (B, T, 1 + K), those of no label first.
    ``at`` makes the batch of a step, always the same one, ``batches`` are an epoch, and ``valid`` is what is validated.
    """

    def __init__(
        self,
        model: Callable[..., Any],
        initial: Tree,
        at: Callable[[int], Unaligned],
        batches: int,
        valid: Sequence[Unaligned],
    ) -> None:
        super().__init__(batches, len(valid))
        self.model, self.at, self.valid = model, at, valid
        self.module: TreeModule = TreeModule(self._summed_loss, initial)

    def _summed_loss(self, params: Tree, batch: Unaligned, noise: Noise | None) -> Tensor:
        xp: Namespace = TORCH
        lengths, counts = torch.from_numpy(batch.lengths), torch.tensor([len(labels) for labels in batch.labels])
        log_p = self.model(xp, params, *map(torch.from_numpy, batch.inputs), lengths, noise)
        labels = torch.from_numpy(np.concatenate(batch.labels))
        loss: Tensor = ctc_loss(log_p.transpose(0, 1), labels, lengths, counts, reduction="sum")
        return loss

    def loss(self, step: int, state: State, noise: Noise) -> tuple[Tensor, int, State]:
        """See `Problem`."""
        batch = self.at(step)
        return self.module(batch, noise), _count(batch), state

    @torch.no_grad()
    def validate(self) -> float:
        """See `Problem`."""
        return sum(float(self.module(batch, None)) for batch in self.valid) / sum(map(_count, self.valid))


def _count(batch: Unaligned) -> int:
    return sum(map(len, batch.labels))
