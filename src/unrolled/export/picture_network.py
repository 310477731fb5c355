"""A network that reads pictures as a graph of ONNX, which ONNX Runtime runs: it is built in memory, from the table."""

from typing import Any

from unrolled.arrays import Tree
from unrolled.export.graph import Graph
from unrolled.layers import Convolution2d
from unrolled.models.picture_network import PictureNetwork

__all__ = ["network_nodes", "picture_graph"]


def picture_graph(network: PictureNetwork, params: Tree) -> Any:
    """The model: scaled "pictures" (B, H, W, C) → "grid" (B, h, w, F), any B, H and W."""
    graph = Graph("pictures")
    pictures = graph.input("pictures", ("B", "H", "W", network.inputs))
    graph.output(network_nodes(graph, network, params, pictures), ("B", "h", "w", network.outputs))
    return graph.model({})


def network_nodes(graph: Graph, network: PictureNetwork, params: Tree, pictures: str) -> str:
    """The name of the grid (B, h, w, F) of pictures (B, H, W, C)."""
    x = graph.add("Transpose", [pictures], "channels_first", perm=(0, 3, 1, 2))
    for i, block in enumerate(network.blocks):
        y = x
        for j, layer in enumerate(block.layers):
            y = _convolution(graph, layer, params[str(i)][str(j)], y, f"{i}_{j}")
        x = graph.add("Add", [x, y], f"residual_{i}") if block.residual else y
    return graph.add("Transpose", [x], "grid", perm=(0, 2, 3, 1))


def _convolution(graph: Graph, layer: Convolution2d, params: Tree, x: str, name: str) -> str:
    weights = graph.constant(f"W_{name}", params.W.transpose(0, 3, 1, 2))
    bias = graph.constant(f"b_{name}", params.b)
    y = graph.add(
        "Conv",
        [x, weights, bias],
        f"y_{name}",
        auto_pad="SAME_UPPER",
        strides=[layer.stride] * 2,
        group=layer.groups,
        kernel_shape=[layer.window] * 2,
    )
    if layer.activation == "none":
        return y
    if layer.activation == "relu":
        return graph.add("Relu", [y], f"relu_{name}")
    bounds = [graph.constant(f"limit_{limit}", params.b.dtype.type(limit)) for limit in (0, 6)]
    return graph.add("Clip", [y, *bounds], f"relu6_{name}")
