"""Dropout masks from a generator of one's own, so that a run can be resumed bit for bit."""

import torch
from torch import Tensor

__all__ = ["TorchNoise"]


class TorchNoise:
    """`unrolled.arrays.Noise` over a torch generator."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def mask(self, shape: tuple[int, ...], rate: float, like: Tensor) -> Tensor:
        """Zero with probability ``rate``, else 1 / (1 - rate); all zeros at rate 1."""
        kept = torch.empty(shape, dtype=like.dtype).bernoulli_(1 - rate, generator=self.generator)
        return kept.div_(1 - rate) if rate < 1 else kept
