"""Encoders of pictures: the memory of an encoder–decoder is a grid of what each part of the picture looks like."""

from dataclasses import dataclass

import numpy as np

from unrolled.arrays import Array, Namespace, Noise, Tree
from unrolled.layers import Dense, dropout
from unrolled.models.base import Composite
from unrolled.models.picture_network import PictureNetwork

__all__ = ["EPSILON", "MIDDLE", "SPAN", "GridEncoder", "PictureEncoder", "centred"]

MIDDLE, SPAN = 127, 128
"""Brightness that a network reads as 0, and by how much it is divided."""
EPSILON = 1e-3
"""What keeps a cell in which nothing is found from a division by zero."""


def centred(xp: Namespace, pictures: Array, like: Array) -> Array:
    """Brightness 0 to 255, of any type → about -1 to 1 in the type of ``like``."""
    # Of one number each, not of none: so numpy and torch alike take the type of ``like`` for whole numbers.
    factor = xp.constant(np.array([1 / SPAN]), like)
    return pictures * factor - MIDDLE / SPAN


@dataclass(frozen=True)
class PictureEncoder(Composite):
    """A network that learns together with the decoder, from pictures (B, H, W, C) of brightness 0 to 255.

    x = network(picture)                 what is found in each cell of the grid, row by row
    m = tanh(W x / √(mean(x²) + ε) + b)  the memory, which no learning rate lets grow beyond all bounds
    """

    network: PictureNetwork
    grid: Dense

    @property
    def outputs(self) -> int:
        """Features of a cell, as the decoder sees them."""
        return self.grid.outputs

    def steps(self, lengths: Array | None) -> None:
        """All cells count."""

    def read(
        self, xp: Namespace, params: Tree, sources: Array, lengths: Array | None = None, noise: Noise | None = None
    ) -> Array:
        """Pictures (B, H, W, C) → the memory (B, h · w, E); each picture is whole, whatever ``lengths`` says."""
        found = self.network.forward(xp, params.network, centred(xp, sources, params.network["0"]["0"].W))
        x = found.reshape(found.shape[0], -1, self.network.outputs)
        size = ((x * x).mean(2) + EPSILON) ** 0.5
        return xp.tanh(self.grid.forward(params.grid, x / size[:, :, None]))


@dataclass(frozen=True)
class GridEncoder(Composite):
    """Features (B, S, F) that another network found before → tanh(W dropout(x) + b), the memory (B, S, E)."""

    grid: Dense
    dropout: float = 0.0

    @property
    def outputs(self) -> int:
        """Features of a cell, as the decoder sees them."""
        return self.grid.outputs

    def steps(self, lengths: Array | None) -> None:
        """All cells count."""

    def read(
        self, xp: Namespace, params: Tree, sources: Array, lengths: Array | None = None, noise: Noise | None = None
    ) -> Array:
        """Features of any type (B, S, F) → the memory (B, S, E)."""
        x = sources * xp.constant(np.ones(1), params.grid.b)  # in the parameters' type
        return xp.tanh(self.grid.forward(params.grid, dropout(x, self.dropout, noise)))
