"""Networks that read pictures: a table of convolutions, from pictures (B, H, W, C) to a grid of features (B, h, w, F).

x ← layer_n(… layer_1(x))        a block
x ← x + layer_n(… layer_1(x))    a residual block (He et al. 2016)
"""

from dataclasses import dataclass

import numpy as np

from unrolled.arrays import Array, Namespace, Tree
from unrolled.layers import Convolution2d

__all__ = ["Block", "PictureNetwork", "small_network"]


@dataclass(frozen=True)
class Block:
    """Convolutions one after the other; with ``residual`` what they were given is added to what they say."""

    layers: tuple[Convolution2d, ...]
    residual: bool = False

    def shapes(self) -> Tree:
        """Those of each layer, by its number."""
        return Tree({str(i): layer.shapes() for i, layer in enumerate(self.layers)})

    def initial(self, rng: np.random.Generator) -> Tree:
        """As each layer starts; the last of a residual block says nothing at first, so that no layer is too deep."""
        params = Tree({str(i): layer.initial(rng) for i, layer in enumerate(self.layers)})
        if self.residual:
            last = params[str(len(self.layers) - 1)]
            last["W"] = np.zeros_like(last.W)
        return params

    def forward(self, xp: Namespace, params: Tree, x: Array) -> Array:
        """Pictures (B, H, W, C) → pictures."""
        y = x
        for i, layer in enumerate(self.layers):
            y = layer.forward(xp, params[str(i)], y)
        return x + y if self.residual else y


@dataclass(frozen=True)
class PictureNetwork:
    """Blocks one after the other."""

    blocks: tuple[Block, ...]

    @property
    def inputs(self) -> int:
        """C, the channels of a picture."""
        return self.blocks[0].layers[0].inputs

    @property
    def outputs(self) -> int:
        """F, the features of a cell of the grid."""
        return self.blocks[-1].layers[-1].outputs

    def grid(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of cells in which a picture of this size is seen."""
        for block in self.blocks:
            for layer in block.layers:
                height, width = -(-height // layer.stride), -(-width // layer.stride)
        return height, width

    def shapes(self) -> Tree:
        """Those of each block, by its number."""
        return Tree({str(i): block.shapes() for i, block in enumerate(self.blocks)})

    def initial(self, rng: np.random.Generator) -> Tree:
        """Parameters to start training from, numpy arrays."""
        return Tree({str(i): block.initial(rng) for i, block in enumerate(self.blocks)})

    def forward(self, xp: Namespace, params: Tree, x: Array) -> Array:
        """Scaled pictures (B, H, W, C) → the grid (B, h, w, F)."""
        for i, block in enumerate(self.blocks):
            x = block.forward(xp, params[str(i)], x)
        return x


def small_network(channels: int, size: int, outputs: int = 128, cells: int = 4) -> PictureNetwork:
    """A network to train from scratch on small pictures: each stage halves them, until ``cells`` are left on a side.

    The last stage has ``outputs`` features, each before it half as many, at least 16. Where a picture has at most 16
    pixels on a side, a residual block of two layers follows.
    """
    stages = max(1, -(-size // cells) - 1).bit_length()
    widths = [max(16, outputs >> (stages - 1 - stage)) for stage in range(stages)]
    blocks, before = [], channels
    for width in widths:
        blocks.append(Block((Convolution2d(before, width, 3, 2, activation="relu"),)))
        size = -(-size // 2)
        if size <= 16:
            first, second = Convolution2d(width, width, 3, activation="relu"), Convolution2d(width, width, 3)
            blocks.append(Block((first, second), residual=True))
        before = width
    return PictureNetwork(tuple(blocks))
