"""EfficientNet-lite 0 to 2 (Tan & Le 2019; Liu 2020): inverted bottlenecks (Sandler et al. 2018) of three sizes.

Without squeeze-and-excitation, with relu6; the first and the last stage are the same in each size. The weights are
those that were published for TensorFlow, as packages carry them for torch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from math import ceil

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Tree, map_tree
from unrolled.errors import InputError
from unrolled.layers import Convolution2d
from unrolled.models.picture_network import Block, PictureNetwork

__all__ = ["EFFICIENTNET_LITE", "EfficientNetLite", "folded"]

_STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
           (1, 3, 1, 6, 320))  # fmt: skip
"""Of each stage: blocks, window, stride of the first block, growth inside a block, outputs."""
_EPSILON = 1e-3  # of batch normalisation


@dataclass(frozen=True)
class EfficientNetLite:
    """One size: how many times wider and deeper than the smallest, and the pixels on a side that it was trained on."""

    width: float
    depth: float
    size: int

    def network(self) -> PictureNetwork:
        """The table, up to the last block: its outputs are the features."""
        stem = Convolution2d(3, 32, 3, 2, activation="relu6")
        return PictureNetwork((Block((stem,)), *self._blocks()))

    def _blocks(self) -> Iterator[Block]:
        before = 32
        for number, (repeats, window, stride, growth, plain) in enumerate(_STAGES):
            outputs, inner = _rounded(plain * self.width), 0 < number < len(_STAGES) - 1
            for repeat in range(ceil(repeats * self.depth) if inner else repeats):
                yield _bottleneck(before, outputs, window, stride if repeat == 0 else 1, growth)
                before = outputs


def _rounded(channels: float) -> int:
    """To a multiple of 8, no less than nine tenths."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def _bottleneck(inputs: int, outputs: int, window: int, stride: int, growth: int) -> Block:
    wide = inputs * growth
    expand = (Convolution2d(inputs, wide, 1, activation="relu6"),) if growth > 1 else ()
    depthwise = Convolution2d(wide, wide, window, stride, wide, "relu6")
    return Block((*expand, depthwise, Convolution2d(wide, outputs, 1)), stride == 1 and inputs == outputs)


EFFICIENTNET_LITE = {
    "efficientnet-lite0": EfficientNetLite(1.0, 1.0, 224),
    "efficientnet-lite1": EfficientNetLite(1.0, 1.1, 240),
    "efficientnet-lite2": EfficientNetLite(1.1, 1.2, 260),
}


def folded(network: PictureNetwork, state: Mapping[str, NDArray[np.floating]], where: str) -> Tree:
    """The network's parameters of a published state: batch normalisation, a fixed scale and shift, joins its layer.

    y = γ (W x - μ) / √(σ² + ε) + β. InputError, beginning with ``where``, unless the state has the network's arrays.
    """
    names = chain([("_conv_stem", "_bn0")], *(_published(i, block) for i, block in enumerate(network.blocks[1:])))
    arrays: dict[str, Tree] = {}
    try:
        for layer, normalisation in names:
            weights = state[f"{layer}.weight"].transpose(0, 2, 3, 1)
            scale, shift, mean, variance = (
                state[f"{normalisation}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
            )
            scale = scale / np.sqrt(variance + _EPSILON)
            arrays[layer] = Tree(W=weights * scale[:, None, None, None], b=shift - mean * scale)
    except KeyError as error:
        raise InputError(f"{where}: holds no {error.args[0]}; expected the weights of an EfficientNet-lite") from error
    ordered = iter(arrays.values())
    params = Tree()
    for i, block in enumerate(network.blocks):
        params[str(i)] = Tree({str(j): next(ordered) for j in range(len(block.layers))})
    if map_tree(np.shape, params) != network.shapes():
        raise InputError(f"{where}: its arrays have other shapes than those of the network")
    return map_tree(lambda array: np.ascontiguousarray(array, np.float32), params)


def _published(number: int, block: Block) -> Iterator[tuple[str, str]]:
    """The published names of a block's layers, and of the normalisation after each."""
    kinds = (("expand", 0), ("depthwise", 1), ("project", 2))[-len(block.layers) :]
    return ((f"_blocks.{number}._{kind}_conv", f"_blocks.{number}._bn{at}") for kind, at in kinds)
