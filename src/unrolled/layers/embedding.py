"""Word vectors: one learned row per entry of the vocabulary."""

from dataclasses import dataclass

import numpy as np

from unrolled.arrays import Array, Namespace, Tree

__all__ = ["Embedding"]


@dataclass(frozen=True)
class Embedding:
    """ids (…) → vectors (…, width): the product of a one-hot vector with a (vocabulary, width) matrix."""

    vocabulary: int
    width: int

    def shapes(self) -> Tree:
        """The vectors (vocabulary, width)."""
        return Tree(vectors=(self.vocabulary, self.width))

    def initial(self, rng: np.random.Generator) -> Tree:
        """Vectors uniform in ±0.1."""
        return Tree(vectors=rng.uniform(-0.1, 0.1, (self.vocabulary, self.width)))

    def forward(self, xp: Namespace, params: Tree, ids: Array) -> Array:
        """Ids (…) → their vectors (…, width)."""
        return xp.take(params.vectors, ids)
