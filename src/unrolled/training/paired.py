"""The training problem of pairs: what an encoder–decoder writes, token by token, when it reads a source."""

import dataclasses

import torch
from torch import Tensor

from unrolled.arrays import Noise, State, Tree
from unrolled.data.pair_batches import PairBatch, PairBatches
from unrolled.layers.attention import General, GeneralByQuery
from unrolled.models.encoder_decoder import EncoderDecoder
from unrolled.models.penalties import Penalties
from unrolled.nn import TORCH, TreeModule
from unrolled.training.problem import Uncarried

__all__ = ["Paired"]


class Paired(Uncarried):
    """-log p of each token of a target, END included, with the tokens before it given: nats per token."""

    def __init__(
        self,
        model: EncoderDecoder,
        initial: Tree,
        train: PairBatches,
        valid: PairBatches,
        penalties: Penalties = Penalties(),  # noqa: B008  an immutable tuple
    ) -> None:
        super().__init__(len(train), len(valid))
        attention = model.attention
        if type(attention) is General and train.source_steps > train.items:
            model = dataclasses.replace(model, attention=GeneralByQuery(attention.queries, attention.memory))
        self.model, self.train, self.valid, self.penalties = model, train, valid, penalties
        self.module = TreeModule(self._summed_loss, initial)

    def _summed_loss(
        self,
        params: Tree,
        sources: Tensor,
        source_lengths: Tensor,
        inputs: Tensor,
        targets: Tensor,
        lengths: Tensor,
        noise: Noise | None,
    ) -> Tensor:
        memory = self.model.read(TORCH, params, sources, source_lengths, noise)
        state = self.model.start(TORCH, params, memory)
        features, attention, _ = self.model.forward(TORCH, params, memory, inputs, state, lengths, noise)
        real = torch.arange(inputs.shape[1]) < lengths[:, None]
        rows, wanted, output = features[real], targets[real], self.model.output
        looked = 0.0 if noise is None else self._looked(attention, real, lengths)
        if self.model.pointer is None:
            loss: Tensor = output.loss(TORCH, params, rows, wanted) + self._smoothed(params, rows, wanted)
            return loss + looked
        source = sources[:, None].expand(*inputs.shape, -1)[real]
        copied: Tensor = self.model.pointer.loss(TORCH, params, output, rows, attention[real], source, wanted)
        return copied + looked

    def _looked(self, attention: Tensor, real: Tensor, lengths: Tensor) -> Tensor | float:
        """The penalties of attention (B, T, S), of the steps that are ``real`` (B, T), summed over these."""
        penalty: Tensor | float = 0.0
        if self.penalties.coverage:
            before = attention.cumsum(1) - attention
            penalty = self.penalties.coverage * torch.minimum(attention, before).sum(2)[real].sum()
        if self.penalties.evenness:
            total = (attention * real[:, :, None]).sum(1)  # (B, S), T together
            apart = (1 - total * attention.shape[2] / lengths[:, None]) ** 2
            penalty = penalty + self.penalties.evenness * (apart.mean(1) * lengths).sum()
        return penalty

    def _smoothed(self, params: Tree, features: Tensor, targets: Tensor) -> Tensor | float:
        """What label smoothing adds: ε (score of the target - mean score), as log p = score - log Σ exp(scores).

        So the scores of all tokens are not needed, beside those within the cross-entropy.
        """
        if self.penalties.smoothing == 0:
            return 0.0
        weights, bias = self.model.output.matrix(params)
        apart = weights[targets] - weights.mean(0)
        extra: Tensor = (features * apart).sum() + (bias[targets] - bias.mean()).sum()
        return self.penalties.smoothing * extra

    def loss(self, step: int, state: State, noise: Noise) -> tuple[Tensor, int, State]:
        """See `Problem`."""
        batch = self.train.at(step)
        return self._loss(batch, noise), batch.items, state

    def _loss(self, batch: PairBatch, noise: Noise | None) -> Tensor:
        loss: Tensor = self.module(*map(torch.from_numpy, batch), noise)
        return loss

    @torch.no_grad()
    def validate(self) -> float:
        """Mean loss over all pairs, smoothed as in training, in nats per token."""
        total, count = 0.0, 0
        for batch in self.valid.all():
            total, count = total + float(self._loss(batch, None)), count + batch.items
        return total / count
