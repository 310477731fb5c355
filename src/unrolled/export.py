"""Language models as ONNX: recurrent layers as ONNX's own nodes, any batch and time, the state in and out by name.

Two graphs share their weights' names: one over sequences, ids (B, T) → probabilities (B, T, V), and one for a step, ids
(B) → probabilities (B, V). The state is what unrolled itself carries, (B, H) for each entry of each layer. The tokens
are in the model's metadata, so that a file needs nothing beside it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Tree
from unrolled.errors import InputError, MissingExtra
from unrolled.inference.answers import Answers
from unrolled.layers import Recurrent
from unrolled.models import Model, Softmax, WindowBody
from unrolled.storage.files import check_new_file, replace_file
from unrolled.version import __version__

__all__ = ["GATES", "OPSET", "export_onnx", "step_file"]

OPSET, IR = 17, 8
GATES = {"rnn": (0,), "rnn-relu": (0,), "gru": (1, 0, 2), "lstm": (0, 3, 1, 2), "peephole": (0, 3, 1, 2)}
"""ONNX's order of the gates, in ours: z r n of r z n; i o f g of i f g o."""
NODES = {"rnn": "RNN", "rnn-relu": "RNN", "gru": "GRU", "lstm": "LSTM", "peephole": "LSTM", "cifg": "LSTM"}


class Exported(Protocol):
    """What the export asks of a task."""

    name: ClassVar[str]

    def network(self) -> tuple[Model, Tree]:
        """The model and its parameters."""

    def answers(self) -> Answers:
        """What the model's scores stand for."""

    def describe(self) -> str:
        """One line on what the model is."""


def step_file(path: str | Path) -> Path:
    """Where the graph of one step goes: keyboard.onnx → keyboard.step.onnx."""
    return Path(path).with_suffix(".step.onnx")


def export_onnx(task: Exported, path: str | Path, overwrite: bool = False) -> tuple[Path, Path]:
    """Write ``path``, the graph over sequences, and `step_file`, that of a step; both whole or not at all.

    Inputs: ``ids``, int64, and the state's entries by layer, ``0_h``, ``0_c``, ``1_h`` …, float32 (B, H), at first
    zeros; a text begins with id 1. Outputs: ``probabilities`` and ``0_h_after`` …. The dense network's state is
    ``window``, the last ids, at first ones. Raises InputError for cells that ONNX has no node for and for files that
    are there already unless ``overwrite``; MissingExtra without onnx.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise MissingExtra("onnx", "onnx", "export") from error
    model, params = task.network()
    if not isinstance(model.output, Softmax):
        raise InputError(f"a {task.name} model cannot be exported yet; expected a next-word model")
    if model.layers is not None and model.layers.cell.name not in NODES:
        raise InputError(
            f"ONNX has no node for the cell {model.layers.cell.name!r}; expected one of {', '.join(NODES)}"
        )
    files = Path(path), step_file(path)
    for file in files:
        if file.suffix != ".onnx":
            raise InputError(f"{file}: expected a name that ends in .onnx")
        check_new_file(file, overwrite)
    about = {
        "unrolled.version": __version__,
        "unrolled.task": task.name,
        "unrolled.model": task.describe(),
        "unrolled.tokens": json.dumps(list(task.answers().names), ensure_ascii=False),
    }
    for file, step in zip(files, (False, True), strict=True):
        graph = _Graph(step)
        _build(graph, model, params)
        exported = graph.model(about)
        onnx.checker.check_model(exported, full_check=True)
        content = exported.SerializeToString()
        replace_file(file, lambda stream, content=content: stream.write(content))  # type: ignore[misc]
    return files


@dataclass
class _Graph:
    """A graph as it grows; results are known by their names."""

    step: bool
    nodes: list[Any] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)
    results: list[Any] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)

    def constant(self, name: str, values: Any) -> str:
        self.constants[name] = np.ascontiguousarray(values)
        return name

    def numbers(self, *values: int) -> str:
        return self.constant("numbers_" + "_".join(map(str, values)), np.array(values, np.int64))

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        outputs = output.split()
        self.nodes.append(helper.make_node(kind, list(inputs), outputs, name=f"{kind}_{outputs[-1]}", **attributes))
        return outputs[0]

    def input(self, name: str, shape: Sequence[int | str], ids: bool = False) -> str:
        self.given.append(_value(name, shape, ids))
        return name

    def output(self, name: str, shape: Sequence[int | str], ids: bool = False) -> None:
        self.results.append(_value(name, shape, ids))

    def model(self, about: dict[str, str]) -> Any:
        from onnx import helper, numpy_helper

        held = [numpy_helper.from_array(values, name) for name, values in self.constants.items()]
        graph = helper.make_graph(self.nodes, "step" if self.step else "sequence", self.given, self.results, held)
        graph_model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR, producer_name="unrolled"
        )
        helper.set_model_props(graph_model, about)
        return graph_model


def _value(name: str, shape: Sequence[int | str], ids: bool) -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.INT64 if ids else TensorProto.FLOAT, shape)


def _build(g: _Graph, model: Model, params: Tree) -> None:
    rows = ["B"] if g.step else ["B", "T"]
    g.output("probabilities", [*rows, model.output.outcomes])
    ids = g.input("ids", rows, ids=True)
    g.constant("words", params.words.vectors)
    if isinstance(model.body, WindowBody):
        features = _dense(g, model.body, params, ids)
    else:
        assert model.layers is not None
        features = _recurrent(g, model.layers, params, ids)
    width = model.output.matrix(params)[0].shape[1]
    tied = isinstance(model.output, Softmax) and model.output.tied
    weights = "words" if tied else g.constant("output_W", params.output.W)
    flat = features if g.step else g.add("Reshape", [features, g.numbers(-1, width)], "features_flat")
    scores = g.add("Gemm", [flat, weights, g.constant("output_b", params.output.b)], "scores", transB=1)
    if not g.step:
        shape = g.add(
            "Concat", [g.add("Shape", ["ids"], "ids_shape"), g.numbers(model.output.outcomes)], "shape", axis=0
        )
        scores = g.add("Reshape", [scores, shape], "scores_by_time", allowzero=1)
    g.add("Softmax", [scores], "probabilities", axis=-1)


def _recurrent(g: _Graph, layers: Recurrent, params: Tree, ids: str) -> str:
    """The features (B, T, H) of all steps, or (B, H) of one; ONNX wants time before batch, and a direction."""
    x = g.add("Gather", ["words", ids], "vectors")
    x = g.add("Unsqueeze", [x, g.numbers(0)], "x") if g.step else _never_empty(g, x)
    cell = layers.cell.name
    for i, hidden in enumerate(layers.widths):
        names = [f"{i}_{name}" for name in layers.cell.state._fields]  # type: ignore[attr-defined]
        states = []
        for name in names:
            g.input(name, ["B", hidden])
            states.append(g.add("Unsqueeze", [name, g.numbers(0)], f"{name}_before"))
        weights = [g.constant(f"{i}_{name}", value) for name, value in _weights(cell, params.layers[str(i)])]
        peepholes = [weights.pop()] if cell == "peephole" else []
        inputs = [x, *weights, "", *states, *peepholes]
        outputs = " ".join([f"{i}_y", *(f"{name}_last" for name in names)])
        y = g.add(NODES[cell], inputs, outputs, hidden_size=hidden, **_attributes(cell))
        x = g.add("Squeeze", [y, g.numbers(1)], f"{i}_output")  # (T, 1, B, H) → (T, B, H)
        for name in names:
            after = f"{name}_after" if g.step else f"{name}_moved"
            g.add("Squeeze", [f"{name}_last", g.numbers(0)], after)
            if not g.step:
                g.add("Where", ["is_empty", name, after], f"{name}_after")
            g.output(f"{name}_after", ["B", hidden])
    if g.step:
        return g.add("Squeeze", [x, g.numbers(0)], "y")
    y = g.add("Slice", [x, g.numbers(0), "time", g.numbers(0)], "y_by_time")
    return g.add("Transpose", [y], "y", perm=[1, 0, 2])


def _never_empty(g: _Graph, vectors: str) -> str:
    """Vectors (B, T, D) → (T, B, D), with one step of zeros where T is 0, which some of ONNX Runtime's nodes abort at.

    What that step does is undone: see "is_empty" and "time".
    """
    time = g.add("Shape", [vectors], "time", start=1, end=2)
    g.add("Equal", [time, g.numbers(0)], "is_empty")
    missing = g.add("Cast", ["is_empty"], "missing", to=7)  # int64
    none = g.numbers(0, 0, 0)
    pads = g.add("Concat", [none, g.numbers(0), missing, g.numbers(0)], "pads", axis=0)
    padded = g.add("Pad", [vectors, pads], "vectors_padded")
    return g.add("Transpose", [padded], "x", perm=[1, 0, 2])


def _attributes(cell: str) -> dict[str, Any]:
    named: dict[str, dict[str, Any]] = {
        "rnn-relu": {"activations": ["Relu"]},
        "gru": {"linear_before_reset": 1},
        "cifg": {"input_forget": 1},
    }
    return named.get(cell, {})


def _weights(cell: str, p: Tree) -> Iterator[tuple[str, NDArray[Any]]]:
    """ONNX's W, R, B (and P) with its one direction in front."""
    if cell == "cifg":  # ONNX: f = 1 - i. Ours: i = 1 - σ(f) = σ(-f). Its own f is not looked at.
        U, W, b = (_in_order(a, ("-f", "o", "0", "g")) for a in (p.U, p.W, p.b))
    else:
        U, W, b = (np.concatenate([np.split(a, len(GATES[cell]))[k] for k in GATES[cell]]) for a in (p.U, p.W, p.b))
    b_h = np.zeros_like(b)
    if cell == "gru":
        b_h[-len(p.b_n) :] = p.b_n
    yield "U", U[None]
    yield "W", W[None]
    yield "b", np.concatenate([b, b_h])[None]
    if cell == "peephole":
        i, f, o = np.split(p.p, 3)
        yield "p", np.concatenate([i, o, f])[None]


def _in_order(a: NDArray[Any], order: Sequence[str]) -> NDArray[Any]:
    f, g, o = np.split(a, 3)
    parts = {"-f": -f, "o": o, "0": np.zeros_like(f), "g": g}
    return np.concatenate([parts[name] for name in order])


def _dense(g: _Graph, model: WindowBody, params: Tree, ids: str) -> str:
    """The features of the window of word vectors that ends at each step."""
    before = g.input("window", ["B", model.window - 1], ids=True)
    now = g.add("Unsqueeze", [ids, g.numbers(1)], "now") if g.step else ids
    seen = g.add("Concat", [before, now], "seen", axis=1)
    time = g.add("Shape", [now], "time", start=1, end=2)
    vectors = g.add("Gather", ["words", seen], "vectors")
    shifted = []
    for i in range(model.window):
        end = g.add("Add", [time, g.numbers(i)], f"end_{i}")
        shifted.append(g.add("Slice", [vectors, g.numbers(i), end, g.numbers(1)], f"window_{i}"))
    windows = g.add("Concat", shifted, "windows", axis=2)
    hidden = g.add("MatMul", [windows, g.constant("hidden_W", params.hidden.W.T)], "hidden")
    hidden = g.add("Add", [hidden, g.constant("hidden_b", params.hidden.b)], "hidden_with_b")
    y = g.add("Tanh", [hidden], "y_by_time")
    g.add("Slice", [seen, time, g.numbers(2**31), g.numbers(1)], "window_after")
    g.output("window_after", ["B", model.window - 1], ids=True)
    return g.add("Squeeze", [y, g.numbers(1)], "y") if g.step else y
