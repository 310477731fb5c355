"""Language models as ONNX: recurrent layers as ONNX's own nodes, any batch and time, the state in and out by name.

Two graphs share their weights' names: one over sequences, ids (B, T) → probabilities (B, T, V), and one for a step, ids
(B) → probabilities (B, V). The state is what unrolled itself carries, (B, H) for each entry of each layer. The tokens
are in the model's metadata, so that a file needs nothing beside it.
"""

import json
from functools import partial
from pathlib import Path
from typing import ClassVar, Protocol

from unrolled.arrays import Tree
from unrolled.errors import InputError
from unrolled.export.files import check_onnx, checked_files, write_graphs
from unrolled.export.graph import Graph
from unrolled.export.recurrent import check_cell, entries, recurrent_node
from unrolled.inference.answers import Answers
from unrolled.layers import Recurrent
from unrolled.models import Model, Softmax, WindowBody
from unrolled.version import __version__

__all__ = ["export_onnx"]


class Exported(Protocol):
    """What the export asks of a task."""

    name: ClassVar[str]

    def network(self) -> tuple[Model, Tree]:
        """The model and its parameters."""

    def answers(self) -> Answers:
        """What the model's scores stand for."""

    def describe(self) -> str:
        """One line on what the model is."""


def export_onnx(task: Exported, path: str | Path, overwrite: bool = False) -> tuple[Path, Path]:
    """Write ``path``, the graph over sequences, and `step_file`, that of a step; both whole or not at all.

    Inputs: ``ids``, int64, and the state's entries by layer, ``0_h``, ``0_c``, ``1_h`` …, float32 (B, H), at first
    zeros; a text begins with id 1. Outputs: ``probabilities`` and ``0_h_after`` …. The dense network's state is
    ``window``, the last ids, at first ones. Raises InputError for cells that ONNX has no node for and for files that
    are there already unless ``overwrite``; MissingExtra without onnx.
    """
    check_onnx()
    model, params = task.network()
    if not isinstance(model.output, Softmax):
        raise InputError(f"a {task.name} model cannot be exported yet; expected a next-word model")
    if model.layers is not None:
        check_cell(model.layers.cell)
    files = checked_files(path, overwrite)
    about = {
        "unrolled.version": __version__,
        "unrolled.task": task.name,
        "unrolled.model": task.describe(),
        "unrolled.tokens": json.dumps(list(task.answers().names), ensure_ascii=False),
    }
    write_graphs(files, about, *(partial(_graph, model, params, step) for step in (False, True)))
    return files


def _graph(model: Model, params: Tree, step: bool) -> Graph:
    g = Graph("step" if step else "sequence")
    rows = ["B"] if step else ["B", "T"]
    g.output("probabilities", [*rows, model.output.outcomes])
    ids = g.input("ids", rows, ids=True)
    g.constant("words", params.words.vectors)
    if isinstance(model.body, WindowBody):
        features = _dense(g, model.body, params, ids, step)
    else:
        assert model.layers is not None
        features = _recurrent(g, model.layers, params, ids, step)
    width = model.output.matrix(params)[0].shape[1]
    tied = isinstance(model.output, Softmax) and model.output.tied
    weights = "words" if tied else g.constant("output_W", params.output.W)
    flat = features if step else g.add("Reshape", [features, g.numbers(-1, width)], "features_flat")
    scores = g.add("Gemm", [flat, weights, g.constant("output_b", params.output.b)], "scores", transB=1)
    if not step:
        shape = g.add(
            "Concat", [g.add("Shape", ["ids"], "ids_shape"), g.numbers(model.output.outcomes)], "shape", axis=0
        )
        scores = g.add("Reshape", [scores, shape], "scores_by_time", allowzero=1)
    g.add("Softmax", [scores], "probabilities", axis=-1)
    return g


def _recurrent(g: Graph, layers: Recurrent, params: Tree, ids: str, step: bool) -> str:
    """The features (B, T, H) of all steps, or (B, H) of one; ONNX wants time before batch, and a direction."""
    x = g.add("Gather", ["words", ids], "vectors")
    x = g.add("Unsqueeze", [x, g.numbers(0)], "x") if step else _never_empty(g, x)
    for i, hidden in enumerate(layers.widths):
        names = [f"{i}_{name}" for name in entries(layers.cell)]
        for name in names:
            g.input(name, ["B", hidden])
            g.add("Unsqueeze", [name, g.numbers(0)], f"{name}_before")
        before = [f"{name}_before" for name in names]
        y = recurrent_node(g, layers.cell, [params.layers[str(i)]], x, f"{i}_", before)
        x = g.add("Squeeze", [y, g.numbers(1)], f"{i}_output")  # (T, 1, B, H) → (T, B, H)
        for name in names:
            after = f"{name}_after" if step else f"{name}_moved"
            g.add("Squeeze", [f"{name}_last", g.numbers(0)], after)
            if not step:
                g.add("Where", ["is_empty", name, after], f"{name}_after")
            g.output(f"{name}_after", ["B", hidden])
    if step:
        return g.add("Squeeze", [x, g.numbers(0)], "y")
    y = g.add("Slice", [x, g.numbers(0), "time", g.numbers(0)], "y_by_time")
    return g.add("Transpose", [y], "y", perm=[1, 0, 2])


def _never_empty(g: Graph, vectors: str) -> str:
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


def _dense(g: Graph, model: WindowBody, params: Tree, ids: str, step: bool) -> str:
    """The features of the window of word vectors that ends at each step."""
    before = g.input("window", ["B", model.window - 1], ids=True)
    now = g.add("Unsqueeze", [ids, g.numbers(1)], "now") if step else ids
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
    return g.add("Squeeze", [y, g.numbers(1)], "y") if step else y
