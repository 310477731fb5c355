"""The dense (fully connected) layer."""

from dataclasses import dataclass

import numpy as np

from unrolled.arrays import Array, Tree

__all__ = ["Dense"]


@dataclass(frozen=True)
class Dense:
    """x (…, inputs) → x Wᵀ + b (…, outputs)."""

    inputs: int
    outputs: int

    def shapes(self) -> Tree:
        """W (outputs, inputs) and b (outputs,)."""
        return Tree(W=(self.outputs, self.inputs), b=(self.outputs,))

    def initial(self, rng: np.random.Generator) -> Tree:
        """W uniform in ±1/√inputs, b zero."""
        bound = self.inputs**-0.5
        return Tree(W=rng.uniform(-bound, bound, (self.outputs, self.inputs)), b=np.zeros(self.outputs))

    def forward(self, params: Tree, x: Array) -> Array:
        """X (…, inputs) → x Wᵀ + b (…, outputs)."""
        return x @ params.W.T + params.b
