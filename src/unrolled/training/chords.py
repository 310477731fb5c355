"""The problem of chords: frames of notes, several at once."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from unrolled.arrays import Noise, Tree
from unrolled.data.music_windows import PieceWindows
from unrolled.models import ChordModel
from unrolled.nn import TORCH, TreeModule

__all__ = ["ChordModelling"]


class ChordModelling:
    """Bernoulli negative log-likelihood, summed over the keys: nats per frame, every frame of every piece counted."""

    def __init__(self, model: ChordModel, initial: Tree, train: PieceWindows, valid: PieceWindows) -> None:
        self.model, self.train, self.valid = model, train, valid
        self.module: TreeModule = TreeModule(self._summed_loss, initial)

    def _summed_loss(
        self, params: Tree, frames: Tensor, targets: Tensor, lengths: Tensor, state: Any, noise: Noise | None
    ) -> tuple[Tensor, Any]:
        features, state = self.model.forward(TORCH, params, frames, state, lengths, noise)
        real = torch.arange(frames.shape[1]) < lengths[:, None]
        scores = self.model.log_odds(params, features[real])  # (N, K)
        return binary_cross_entropy_with_logits(scores, targets[real], reduction="sum"), state

    def __len__(self) -> int:
        return len(self.train)

    def first_state(self) -> Any:
        return self.model.zero_state(TORCH, self.train.batch, next(self.module.parameters()))

    def loss(self, step: int, state: Any, noise: Noise) -> tuple[Tensor, int, Any]:
        return self._read(self.train, step, state, noise)

    def _read(self, windows: PieceWindows, step: int, state: Any, noise: Noise | None) -> tuple[Tensor, int, Any]:
        inputs, targets, lengths, first = windows.at(step)
        arrays = map(torch.from_numpy, (inputs, targets, lengths))
        total, state = self.module(*arrays, None if first else state, noise)
        return total, int(lengths.sum()), state

    def last_loss(self, model: Any) -> tuple[Tensor, Tensor]:
        inputs, targets, lengths, _ = self.valid.at(0)
        rows = lengths > 0
        frames, notes, steps = (torch.from_numpy(array[rows]) for array in (inputs, targets, lengths))
        scores = model.scores(TORCH, self.module.tree(), frames, steps)
        last = notes[torch.arange(len(notes)), steps - 1]
        return binary_cross_entropy_with_logits(scores, last, reduction="sum"), steps

    @torch.no_grad()
    def validate(self) -> float:
        total, count, state = 0.0, 0, None
        for step in range(len(self.valid)):
            loss, frames, state = self._read(self.valid, step, state, None)
            total, count = total + float(loss), count + frames
        return total / count
