"""A graph of ONNX as it grows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["OPSET", "Graph"]

OPSET, IR = 17, 8


@dataclass
class Graph:
    """Nodes, constants, inputs and outputs; results are known by their names."""

    name: str
    nodes: list[Any] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)
    results: list[Any] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)

    def constant(self, name: str, values: Any) -> str:
        """Enter an array; its name."""
        self.constants[name] = np.ascontiguousarray(values)
        return name

    def numbers(self, *values: int) -> str:
        """The name of a vector of whole numbers."""
        return self.constant("numbers_" + "_".join(map(str, values)), np.array(values, np.int64))

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add a node whose results get the names in ``output``; the first of them."""
        from onnx import helper

        outputs = output.split()
        self.nodes.append(helper.make_node(kind, list(inputs), outputs, name=f"{kind}_{outputs[-1]}", **attributes))
        return outputs[0]

    def input(self, name: str, shape: Sequence[int | str], ids: bool = False) -> str:
        """Declare an input, of whole numbers or of others; its name."""
        self.given.append(_value(name, shape, ids))
        return name

    def output(self, name: str, shape: Sequence[int | str], ids: bool = False) -> None:
        """Declare that a result is an output."""
        self.results.append(_value(name, shape, ids))

    def model(self, about: dict[str, str]) -> Any:
        """The whole, with metadata."""
        from onnx import helper, numpy_helper

        held = [numpy_helper.from_array(values, name) for name, values in self.constants.items()]
        graph = helper.make_graph(self.nodes, self.name, self.given, self.results, held)
        graph_model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR, producer_name="unrolled"
        )
        helper.set_model_props(graph_model, about)
        return graph_model


def _value(name: str, shape: Sequence[int | str], ids: bool) -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.INT64 if ids else TensorProto.FLOAT, shape)
