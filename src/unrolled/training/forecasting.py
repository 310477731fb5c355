"""The training problem of forecasts: pieces of series are read, and at anchors in them the horizon is forecast."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unrolled.arrays import Noise, State, Tree
from unrolled.data.anchors import Chunks, Pieces
from unrolled.inputs.history import History
from unrolled.models.forecaster import DirectForecaster, Ensemble
from unrolled.models.likelihoods import Likelihood
from unrolled.nn import TORCH, TreeModule

__all__ = ["Forecasting"]

TARGETS = 256  # of the anchors of a piece together, about,
ANCHORS = (4, 32)  # but so many anchors at least and at most
SINGLE = (1e-20, 1e20)  # scales with which numbers of single precision are safe to reckon
TOGETHER = 64  # anchors that are validated side by side


class Forecasting:
    """The mean loss of an ensemble's members; the members draw pieces of their own.

    ``sections`` are what is learnt from: a history whose smoothing was fitted on what came before, and the pieces to
    draw from it. ``valid`` are anchors (A,) of ``history`` to be measured on. ``smoothed``: see
    `Moments.centre`; ``nonnegative`` (N,): the series that are never below 0.
    """

    def __init__(
        self,
        model: Ensemble,
        likelihood: Likelihood,
        sections: Sequence[tuple[History, Chunks]],
        history: History,
        valid: NDArray[np.int64],
        smoothed: bool,
        nonnegative: NDArray[np.bool_],
        batch_and_seed: tuple[int, int],
    ) -> None:
        self.model, self.likelihood, self.sections, self.history, self.valid = (
            model,
            likelihood,
            sections,
            history,
            valid,
        )
        counts = np.array([chunks.anchors for _, chunks in sections], float)
        self.count, self.shares = int(counts.sum()), counts / counts.sum()
        self.smoothed, self.nonnegative = smoothed, nonnegative
        self.batch, self.seed = batch_and_seed
        self.anchors = min(max(TARGETS // history.outline.horizon, ANCHORS[0]), ANCHORS[1])
        initial = model.initial(np.random.default_rng(self.seed))
        self.module = TreeModule(self._losses, initial)

    def start_from(self, weights: Tree) -> None:
        """Let the members begin with known weights."""
        self.module = TreeModule(self._losses, weights)

    def baseline(self) -> float:
        """The mean loss on the anchors held out of an untrained network: that of the smoothing."""
        total, count = 0.0, 0
        start = torch.tensor(self.model.member.start, dtype=torch.float32)
        for pieces in self._valid_pieces():
            *_, centre, scale, y, cut, nonnegative = self._batch(self.history, pieces, None)
            known = ~torch.isnan(y)
            raw = start.expand(*y.shape, len(start))
            loss = self.likelihood.loss(TORCH, raw, centre, scale, torch.where(known, y, centre), cut, nonnegative)
            total, count = total + float(loss[known].sum()), count + int(known.sum())
        return total / max(1, count)

    def _losses(self, params: Tree, batches: list[list[Tensor]], noise: Noise | None) -> tuple[Tensor, Tensor]:
        """The summed loss of each member's batch, and how many targets there were in all."""
        losses, counts = [], []
        for member, batch in enumerate(batches):
            loss, count = self._loss(params[str(member)], batch, noise)
            losses.append(loss)
            counts.append(count)
        return torch.stack(losses).sum(), torch.stack(counts).sum()

    def _loss(self, params: Tree, batch: list[Tensor], noise: Noise | None) -> tuple[Tensor, Tensor]:
        x, lengths, places, window, targets, centre, scale, y, cut, nonnegative = batch
        member: DirectForecaster = self.model.member
        memory, _ = member.read(TORCH, params, x, None, lengths, noise)
        memory = TORCH.gather_time(memory, places).flatten(0, 1)
        raw = member.raw(TORCH, params, memory, window, targets, noise)
        known = ~torch.isnan(y)
        outcome = torch.where(known, y, centre)
        loss = self.likelihood.loss(TORCH, raw, centre, scale, outcome, cut, nonnegative)
        return torch.where(known, loss, torch.zeros_like(loss)).sum(), known.sum()

    def _batch(self, history: History, pieces: Pieces, ends: NDArray[np.int64] | None) -> list[Tensor]:
        outline = history.outline
        anchors = pieces.anchors.reshape(-1)
        longest = int(pieces.length.max())
        places = pieces.start[:, None] + np.arange(longest)
        inside = np.arange(longest) < pieces.length[:, None]
        rows = history.rows(pieces.start)[:, None]
        x = np.where(inside[..., None], history.inputs(rows, np.where(inside, places, pieces.start[:, None])), 0)
        moments = history.moments(anchors)
        window, targets = moments.features(outline)
        y, cut = history.outcomes(anchors, ends)
        scale = moments.spread
        row = history.rows(anchors)
        unit = np.where((scale > SINGLE[0]) & (scale < SINGLE[1]), 1.0, scale)
        numbers = (moments.centre(self.smoothed) / unit, scale / unit, y / unit)
        arrays = [x, pieces.length, pieces.anchors - pieces.start[:, None], window, targets]
        arrays += [number.astype(np.float32) for number in numbers]
        arrays += [cut, self.nonnegative[row][:, None]]
        return [torch.from_numpy(np.ascontiguousarray(array)) for array in arrays]

    @property
    def validation_batches(self) -> int:
        """See `Problem`."""
        return max(1, len(self.valid) // TOGETHER)

    def __len__(self) -> int:
        return max(1, self.count // (self.batch * self.anchors))

    def first_state(self) -> State:
        """Nothing is carried from one batch to the next."""
        return ()

    def loss(self, step: int, state: State, noise: Noise) -> tuple[Tensor, int, State]:
        """See `Problem`."""
        rng = np.random.default_rng((self.seed, step))
        batches = []
        for _ in range(self.model.count):
            history, chunks = self.sections[rng.choice(len(self.sections), p=self.shares)]
            batches.append(self._batch(history, chunks.draw(rng, self.batch, self.anchors), chunks.ends))
        loss, count = self.module(batches, noise)
        return loss, max(1, int(count)), state

    def _valid_pieces(self) -> Iterator[Pieces]:
        offsets, longest = self.history.panel.offsets, 2 * self.sections[0][1].longest
        for anchors in np.array_split(self.valid, self.validation_batches):
            begin = offsets[np.searchsorted(offsets, anchors, side="right") - 1]
            start = np.maximum(begin, anchors - longest + 1)
            yield Pieces(start, anchors - start + 1, anchors[:, None])

    @torch.no_grad()
    def validate(self) -> float:
        """The mean loss of the members on the anchors held out."""
        total, count = 0.0, 0
        for pieces in self._valid_pieces():
            loss, targets = self.module([self._batch(self.history, pieces, None)] * self.model.count, None)
            total, count = total + float(loss), count + int(targets)
        return total / max(1, count)
