"""Batches of pairs of token sequences: pairs of similar lengths together, so that little is padding."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.data.batches import pad
from unrolled.errors import InputError
from unrolled.models.pointer import known

__all__ = ["PairBatch", "PairBatches", "collated"]

Ids = NDArray[np.int64]
Pair = tuple[NDArray[Any], Ids]

_SORTED = 200  # batches among which pairs are sorted by length: padding stays under 5 %, and order random

UNSEEN = 0.1  # share of the tokens that those never seen are thought to have together


class PairBatch(NamedTuple):
    """B sources and targets; a target's input begins with ``end``, the target itself ends with it."""

    sources: NDArray[Any]  # (B, S) ids; (B, S, F) or (B, H, W, C) float32
    source_lengths: Ids  # (B,)
    inputs: Ids  # (B, T)
    targets: Ids  # (B, T)
    lengths: Ids  # (B,)

    @property
    def items(self) -> int:
        """Target tokens, ends included."""
        return int(self.lengths.sum())

    @property
    def padding(self) -> float:
        """The share of places that hold nothing."""
        held = self.source_lengths.sum() + self.lengths.sum()
        return float(1 - held / (self.sources.size + self.targets.size))


def collated(sources: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], Ids]:
    """Sources (S_b, …) side by side (B, S, …), with zeros behind, and their lengths; what are no ids as float32."""
    padded, lengths = pad(sources)
    return padded if padded.dtype == np.int64 else padded.astype(np.float32, copy=False), lengths


class PairBatches:
    """Cuts pairs into batches of about ``batch`` pairs.

    ``vary(row, rng)`` gives a pair as it is learnt from this time; None leaves them as they are. The order of an epoch
    follows from ``seed`` and its number alone, so that a run can be resumed.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        end: int,
        batch: int,
        seed: int = 0,
        vary: Callable[[int, np.random.Generator], Pair] | None = None,
    ) -> None:
        if not len(pairs):
            raise InputError("no pairs; expected at least 1")
        self.pairs, self.end, self.batch, self.seed, self.vary = pairs, end, batch, seed, vary
        self._sources = np.array([len(source) for source, _ in pairs])
        self._targets = np.array([len(target) for _, target in pairs])
        self._epoch: tuple[int, list[Ids]] = (-1, [])

    def __len__(self) -> int:
        return (len(self.pairs) + self.batch - 1) // self.batch

    @property
    def items(self) -> int:
        """Target tokens of all pairs, ends included."""
        return int(self._targets.sum()) + len(self.pairs)

    @property
    def source_steps(self) -> int:
        """Steps of the sources of all pairs."""
        return int(self._sources.sum())

    def log_shares(self, outcomes: int) -> NDArray[np.float64]:
        """The logarithm of how frequent each of the target's tokens (V,) is: what training starts from.

        Else it would first push all tokens that never come away from everything, and saturate what the head reads.
        """
        counts = np.full(outcomes, UNSEEN * self.items / outcomes)
        for _, target in self.pairs:
            np.add.at(counts, known(target, outcomes), 1.0)
        counts[self.end] += len(self.pairs)
        shares: NDArray[np.float64] = np.log(counts / counts.sum())
        return shares

    def at(self, step: int) -> PairBatch:
        """The batch at a step of a run, counted from 0 over all epochs."""
        epoch, index = divmod(step, len(self))
        if self._epoch[0] != epoch:
            self._epoch = epoch, self._order(epoch)
        rows = self._epoch[1][index].tolist()
        if self.vary is None:
            return self._collated([self.pairs[row] for row in rows])
        rng = np.random.default_rng((self.seed, step, 1))
        return self._collated([self.vary(row, rng) for row in rows])

    def all(self) -> Iterator[PairBatch]:
        """Every pair once, unchanged, the short ones first."""
        order = np.lexsort((self._sources, self._targets))
        for start in range(0, len(order), self.batch):
            yield self._collated([self.pairs[row] for row in order[start : start + self.batch].tolist()])

    def _collated(self, pairs: Sequence[Pair]) -> PairBatch:
        sources, source_lengths = collated([source for source, _ in pairs])
        end = np.array([self.end])
        inputs, lengths = pad([np.concatenate([end, target]) for _, target in pairs])
        targets, _ = pad([np.concatenate([target, end]) for _, target in pairs])
        return PairBatch(sources, source_lengths, inputs, targets, lengths)

    def _order(self, epoch: int) -> list[Ids]:
        rng = np.random.default_rng((self.seed, epoch))
        order, block = rng.permutation(len(self.pairs)), _SORTED * self.batch
        for start in range(0, len(order), block):
            part = order[start : start + block]
            order[start : start + block] = part[np.lexsort((self._sources[part], self._targets[part]))]
        batches = [order[start : start + self.batch] for start in range(0, len(order), self.batch)]
        return [batches[i] for i in rng.permutation(len(batches))]
