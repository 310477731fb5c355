"""A recurrent layer by ONNX Runtime: a graph of one node, state in and out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

__all__ = ["one_node"]

ORDER = {"rnn": (0,), "gru": (1, 0, 2), "lstm": (0, 3, 1, 2)}
"""ONNX's order of the gates, in torch's: z r n of r z n; i o f g of i f g o."""


def one_node(cell: str, weights: tuple[Any, ...], threads: int) -> Callable[..., list[Any]]:
    """x (T, B, I), the state's entries (1, B, H) → [y (T, 1, B, H), the entries after the last step], numpy arrays.

    ``weights`` are torch's: U (G·H, I), W (G·H, H), b_x (G·H), b_h (G·H).
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    model = _model(cell, weights).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]

    def run(*arrays: Any) -> list[Any]:
        return session.run(None, dict(zip(names, arrays, strict=True)))

    return run


def _model(cell: str, weights: tuple[Any, ...]) -> Any:
    gates, hidden = len(ORDER[cell]), weights[1].shape[1]
    inputs = weights[0].shape[1]
    u, w, b_x, b_h = (np.concatenate([np.split(a, gates)[i] for i in ORDER[cell]]) for a in weights)
    constants = {"U": u[None], "W": w[None], "b": np.concatenate([b_x, b_h])[None]}
    states = ["h", "c"] if cell == "lstm" else ["h"]
    after = [f"{name}_after" for name in states]
    options = {"linear_before_reset": 1} if cell == "gru" else {}
    node = helper.make_node(
        cell.upper(), ["x", "U", "W", "b", "", *states], ["y", *after], hidden_size=hidden, **options
    )
    state_shape = [1, "B", hidden]
    graph = helper.make_graph(
        [node],
        cell,
        [_info("x", ["T", "B", inputs]), *(_info(name, state_shape) for name in states)],
        [_info("y", ["T", 1, "B", hidden]), *(_info(name, state_shape) for name in after)],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def _info(name: str, shape: list[Any]) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
