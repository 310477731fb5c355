"""A recurrent layer in ONNX Runtime: a graph of one node, state in and out."""

from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from unrolled.export import GATES, OPSET

__all__ = ["OneNode"]

Floats = NDArray[np.float32]


class OneNode:
    """The layer of ``cell`` with torch's weights U (G·H, I), W (G·H, H), b_x (G·H), b_h (G·H), on ``threads`` threads.

    Idle threads do not spin. Measured, that costs ONNX Runtime nothing; spinning would take the cores from the other
    contenders and double torch's time.
    """

    def __init__(self, cell: str, weights: tuple[Floats, ...], threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = _model(cell, weights).SerializeToString()
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.inputs = [entry.name for entry in self.session.get_inputs()]
        self.outputs = [entry.name for entry in self.session.get_outputs()]

    def __call__(self, x: Floats, *state: Floats) -> list[Floats]:
        """x (T, B, I), the state's entries (1, B, H) → [y (T, 1, B, H), the entries after], numpy arrays."""
        outputs: list[Floats] = self.session.run(None, dict(zip(self.inputs, (x, *state), strict=True)))
        return outputs

    def bound(self, x: Floats, *state: Floats) -> Callable[[Floats], Floats]:
        """A call x → y for a stream of steps that starts from ``state``; y is valid until the next call.

        All arrays stay in ONNX Runtime's memory. Two bindings alternate: each reads the state that the other wrote.
        """

        def value(array: Floats) -> onnxruntime.OrtValue:  # of a copy: on the CPU the array itself would be written to
            return onnxruntime.OrtValue.ortvalue_from_numpy(array.copy())

        inputs, outputs = value(x), value(np.zeros((x.shape[0], 1, *state[0].shape[1:]), np.float32))
        places = [[value(s) for s in state] for _ in "ab"]
        bindings = []
        for before, after in (places, places[::-1]):
            binding = self.session.io_binding()
            for name, held in zip(self.inputs, (inputs, *before), strict=True):
                binding.bind_ortvalue_input(name, held)
            for name, held in zip(self.outputs, (outputs, *after), strict=True):
                binding.bind_ortvalue_output(name, held)
            bindings.append(binding)

        def run(now: Floats) -> Floats:
            inputs.update_inplace(now)
            self.session.run_with_iobinding(bindings[0])
            bindings.reverse()
            y: Floats = outputs.numpy()
            return y

        return run


def _model(cell: str, weights: tuple[Floats, ...]) -> onnx.ModelProto:
    gates, hidden, inputs = len(GATES[cell]), weights[1].shape[1], weights[0].shape[1]
    u, w, b_x, b_h = (np.concatenate([np.split(a, gates)[i] for i in GATES[cell]]) for a in weights)
    constants = {"U": u[None], "W": w[None], "b": np.concatenate([b_x, b_h])[None]}
    states = ["h", "c"] if cell == "lstm" else ["h"]
    after = [f"{name}_after" for name in states]
    node = helper.make_node(cell.upper(), ["x", *constants, "", *states], ["y", *after], hidden_size=hidden)
    if cell == "gru":  # torch's: the reset gate acts after the product
        node.attribute.append(helper.make_attribute("linear_before_reset", 1))
    values = [_info("x", "T", "B", inputs), *(_info(name, 1, "B", hidden) for name in states)]
    results = [_info("y", "T", 1, "B", hidden), *(_info(name, 1, "B", hidden) for name in after)]
    initial = [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph([node], cell, values, results, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def _info(name: str, *shape: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
