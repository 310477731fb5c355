"""The training problem of what comes next: windows of a corpus, the state carried from one to the next."""

import torch
from torch import Tensor

from unrolled.arrays import Noise, State, Tree
from unrolled.data.corpus import Corpus
from unrolled.data.windows import Window, Windows
from unrolled.models import Model
from unrolled.nn import TORCH, TreeModule

__all__ = ["Streamed"]


class Streamed:
    """The head's loss at every step of every row, summed: nats per token, or per frame.

    ``held_out`` is the part that the windows ``valid`` are of, for what is learnt once training has ended.
    """

    def __init__(
        self, model: Model, initial: Tree, train: Windows, valid: Windows, held_out: Corpus | None = None
    ) -> None:
        self.model, self.train, self.valid, self.held_out = model, train, valid, held_out
        self.module: TreeModule = TreeModule(self._summed_loss, initial)

    def _summed_loss(
        self, params: Tree, inputs: Tensor, targets: Tensor, lengths: Tensor | None, state: State, noise: Noise | None
    ) -> tuple[Tensor, State]:
        features, state = self.model.forward(TORCH, params, inputs, state, lengths, noise)
        if lengths is None:
            rows, wanted = features.flatten(0, 1), targets.flatten(0, 1)
        else:
            real = torch.arange(inputs.shape[1]) < lengths[:, None]
            rows, wanted = features[real], targets[real]  # (N, E)
        return self.model.output.loss(TORCH, params, rows, wanted), state

    def __len__(self) -> int:
        return len(self.train)

    @property
    def validation_batches(self) -> int:
        """See `Problem`."""
        return len(self.valid)

    def first_state(self) -> State:
        """Zero state."""
        return self.model.zero_state(TORCH, self.train.batch, next(self.module.parameters()))

    def loss(self, step: int, state: State, noise: Noise) -> tuple[Tensor, int, State]:
        """See `Problem`."""
        return self._read(self.train.at(step), state, noise)

    def _read(self, window: Window, state: State | None, noise: Noise | None) -> tuple[Tensor, int, State]:
        inputs, targets, lengths = _tensors(window)
        total, state = self.module(inputs, targets, lengths, None if window.first else state, noise)
        return total, window.steps, state

    def last_loss(self, model: Model) -> tuple[Tensor, Tensor]:
        """See `Problem`."""
        window = self.valid.at(0)
        if window.lengths is not None:
            alive = window.lengths > 0
            window = Window(window.inputs[alive], window.targets[alive], window.lengths[alive], window.first)
        inputs, targets, lengths = _tensors(window)
        params = self.module.tree()
        steps = torch.full((len(inputs),), inputs.shape[1]) if lengths is None else lengths
        features = model.summary(TORCH, params, model.body.embed(TORCH, params, inputs), steps)
        last = targets[torch.arange(len(targets)), steps - 1]
        return model.output.loss(TORCH, params, features, last), steps

    @torch.no_grad()
    def validate(self) -> float:
        """Mean loss over all windows, in nats per item."""
        total, count = 0.0, 0
        state: State | None = None
        for step in range(len(self.valid)):
            loss, items, state = self._read(self.valid.at(step), state, None)
            total, count = total + float(loss), count + items
        return total / count


def _tensors(window: Window) -> tuple[Tensor, Tensor, Tensor | None]:
    lengths = None if window.lengths is None else torch.from_numpy(window.lengths)
    return torch.from_numpy(window.inputs), torch.from_numpy(window.targets), lengths
