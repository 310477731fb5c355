"""The part of an exported model that reads pictures: see `unrolled.models.picture_encoder`."""

import numpy as np

from unrolled.arrays import Tree
from unrolled.errors import InputError
from unrolled.export.graph import Graph
from unrolled.export.picture_network import network_nodes
from unrolled.models.encoder_decoder import Encoder
from unrolled.models.picture_encoder import EPSILON, MIDDLE, SPAN, GridEncoder, PictureEncoder

__all__ = ["pictures_read"]


def pictures_read(g: Graph, encoder: Encoder, params: Tree) -> str:
    """The memory (B, S, E) of ``features`` (B, S, F) or of ``pictures`` (B, H, W, C)."""
    if isinstance(encoder, GridEncoder):
        return _memory(g, params, g.input("features", ["B", "S", encoder.grid.inputs]))
    if not isinstance(encoder, PictureEncoder):
        raise InputError(f"there is no graph of a {type(encoder).__name__}; expected one of texts or pictures")
    pictures = g.input("pictures", ["B", "H", "W", encoder.network.inputs])
    scaled = g.add("Mul", [pictures, g.constant("scale", np.array(1 / SPAN, np.float32))], "scaled")
    centred = g.add("Sub", [scaled, g.constant("middle", np.array(MIDDLE / SPAN, np.float32))], "centred")
    grid = network_nodes(g, encoder.network, params.network, centred)
    x = g.add("Reshape", [grid, g.numbers(0, -1, encoder.network.outputs)], "found")
    squares = g.add("ReduceSum", [g.add("Mul", [x, x], "squares"), g.numbers(2)], "square_sum")
    shares = g.constant("share", np.array(1 / encoder.network.outputs, np.float32))
    mean = g.add("Mul", [squares, shares], "mean_square")
    above = g.add("Add", [mean, g.constant("epsilon", np.array(EPSILON, np.float32))], "above_0")
    root = g.add("Sqrt", [above], "root")
    return _memory(g, params, g.add("Div", [x, root], "in_units"))


def _memory(g: Graph, params: Tree, x: str) -> str:
    """tanh(W x + b)."""
    product = g.add("MatMul", [x, g.constant("grid_W", params.grid.W.T)], "grid_product")
    return g.add("Tanh", [g.add("Add", [product, g.constant("grid_b", params.grid.b)], "grid_sum")], "read")
