"""A convolution over pictures: what a square window around each pixel, or each second one, looks like."""

from dataclasses import dataclass

import numpy as np

from unrolled.arrays import Array, Namespace, Tree

__all__ = ["Convolution2d"]


@dataclass(frozen=True)
class Convolution2d:
    """y_(i, j) = activation(W x_(window around (i, j)) + b), with zeros around the picture (LeCun et al. 1989).

    With ``groups`` each share of the outputs sees the same share of the inputs alone: with as many groups as inputs it
    is a depthwise convolution. ``activation`` is "none", "relu" or "relu6": no less than 0 and no more than 6.
    """

    inputs: int
    outputs: int
    window: int
    stride: int = 1
    groups: int = 1
    activation: str = "none"

    def shapes(self) -> Tree:
        """W (outputs, window, window, inputs / groups) and b (outputs,)."""
        return Tree(W=(self.outputs, self.window, self.window, self.inputs // self.groups), b=(self.outputs,))

    def initial(self, rng: np.random.Generator) -> Tree:
        """W uniform in ±√(6 / numbers that an output sees) (He et al. 2015), b zero."""
        shape = self.shapes().W
        bound = (6 / np.prod(shape[1:])) ** 0.5
        return Tree(W=rng.uniform(-bound, bound, shape), b=np.zeros(self.outputs))

    def forward(self, xp: Namespace, params: Tree, x: Array) -> Array:
        """Pictures x (B, H, W, inputs) → y (B, ⌈H / stride⌉, ⌈W / stride⌉, outputs)."""
        return xp.convolve(x, params.W, params.b, self.stride, self.groups, self.activation)
