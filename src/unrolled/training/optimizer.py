"""AdamW and SGD. The classes of torch.optim load torch's compiler when they are made: 1.4 s before the first step."""

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor
from torch.optim.adamw import adamw

__all__ = ["AdamW", "Optimizer", "SGD"]

Memory = dict[str, dict[str, Tensor]]
"""What an optimiser remembers, by the name of the weight and its own name for it."""


class Optimizer(Protocol):
    """Changes weights by their gradients; a weight without one stays as it is."""

    memory: Memory

    def step(self, rate: float) -> None:
        """One update at the learning rate ``rate``."""


class AdamW:
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019): the numbers of torch.optim.AdamW(fused=True)."""

    def __init__(self, weights: Mapping[str, Tensor], weight_decay: float) -> None:
        self.weights, self.weight_decay = weights, weight_decay
        self.memory: Memory = {
            name: {"step": torch.zeros(()), "exp_avg": torch.zeros_like(w), "exp_avg_sq": torch.zeros_like(w)}
            for name, w in weights.items()
        }

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One update at the learning rate ``rate``."""
        known = [(w, w.grad, self.memory[name]) for name, w in self.weights.items() if w.grad is not None]
        adamw(
            [weight for weight, _, _ in known],
            [gradient for _, gradient, _ in known],
            [memory["exp_avg"] for _, _, memory in known],
            [memory["exp_avg_sq"] for _, _, memory in known],
            [],  # for a variant that is not used
            [memory["step"] for _, _, memory in known],
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.99,
            lr=rate,
            weight_decay=self.weight_decay,
            eps=1e-8,
            maximize=False,
        )


class SGD:
    """Steps against the gradient, without momentum; remembers nothing."""

    def __init__(self, weights: Mapping[str, Tensor], weight_decay: float) -> None:
        self.weights, self.weight_decay = weights, weight_decay
        self.memory: Memory = {name: {} for name in weights}

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One update at the learning rate ``rate``."""
        for weight in self.weights.values():
            if weight.grad is not None:
                weight.add_(weight.grad.add(weight, alpha=self.weight_decay), alpha=-rate)
