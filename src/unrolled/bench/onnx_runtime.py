"""A recurrent layer by ONNX Runtime: a graph of one node, state in and out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from unrolled.export import GATES, OPSET

__all__ = ["OneNode"]


class OneNode:
    """The layer of ``cell`` with torch's weights U (G·H, I), W (G·H, H), b_x (G·H), b_h (G·H), on ``threads`` threads.

    Idle threads do not spin: measured, that costs ONNX Runtime nothing, while their spinning takes the cores from the
    contenders whose turn it is and doubles torch's time.
    """

    def __init__(self, cell: str, weights: tuple[Any, ...], threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = _model(cell, weights).SerializeToString()
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.inputs = [entry.name for entry in self.session.get_inputs()]
        self.outputs = [entry.name for entry in self.session.get_outputs()]

    def __call__(self, x: Any, *state: Any) -> Any:
        """x (T, B, I), the state's entries (1, B, H) → [y (T, 1, B, H), the entries after], numpy arrays."""
        return self.session.run(None, dict(zip(self.inputs, (x, *state), strict=True)))

    def bound(self, x: Any, *state: Any) -> Callable[[Any], Any]:
        """A call x → y for a stream of steps: every array stays where ONNX Runtime has it; y until the next call.

        It starts from ``state``; two bindings are used by turns, each reading the state the other wrote.
        """

        def value(array: Any) -> Any:  # of a copy: on the CPU the array itself would be written to
            return onnxruntime.OrtValue.ortvalue_from_numpy(array.copy())

        given, outputs = value(x), value(np.zeros((x.shape[0], 1, *state[0].shape[1:]), np.float32))
        places = [[value(s) for s in state] for _ in "ab"]
        bindings = []
        for before, after in (places, places[::-1]):
            binding = self.session.io_binding()
            for name, held in zip(self.inputs, (given, *before), strict=True):
                binding.bind_ortvalue_input(name, held)
            for name, held in zip(self.outputs, (outputs, *after), strict=True):
                binding.bind_ortvalue_output(name, held)
            bindings.append(binding)

        def run(now: Any) -> Any:
            given.update_inplace(now)
            self.session.run_with_iobinding(bindings[0])
            bindings.reverse()
            return outputs.numpy()

        return run


def _model(cell: str, weights: tuple[Any, ...]) -> Any:
    gates, hidden, inputs = len(GATES[cell]), weights[1].shape[1], weights[0].shape[1]
    u, w, b_x, b_h = (np.concatenate([np.split(a, gates)[i] for i in GATES[cell]]) for a in weights)
    constants = {"U": u[None], "W": w[None], "b": np.concatenate([b_x, b_h])[None]}
    states = ["h", "c"] if cell == "lstm" else ["h"]
    after = [f"{name}_after" for name in states]
    node = helper.make_node(cell.upper(), ["x", *constants, "", *states], ["y", *after], hidden_size=hidden)
    if cell == "gru":  # torch's: the reset gate acts after the product
        node.attribute.append(helper.make_attribute("linear_before_reset", 1))
    given = [_info("x", "T", "B", inputs), *(_info(name, 1, "B", hidden) for name in states)]
    result = [_info("y", "T", 1, "B", hidden), *(_info(name, 1, "B", hidden) for name in after)]
    held = [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph([node], cell, given, result, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def _info(name: str, *shape: int | str) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
