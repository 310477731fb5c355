"""Encoder–decoders as ONNX: a graph that reads sources, and one for a step of the decoder.

What the first gives by a name the second takes by the same name; what the second gives back for its next step is called
NAME_after. A state has an entry (B, H) for each entry of each layer: decoder_0_h, upper_0_h …
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from unrolled.arrays import Tree
from unrolled.cells import Cell
from unrolled.errors import InputError
from unrolled.export.copying import known, with_copies
from unrolled.export.files import check_onnx, checked_files, write_graphs
from unrolled.export.graph import Graph
from unrolled.export.pictures import pictures_read
from unrolled.export.recurrent import check_cell, entries, recurrent_node
from unrolled.layers import Recurrent
from unrolled.layers.attention import Additive, Attention, Dot, General, Scaled
from unrolled.models.base import Layer
from unrolled.models.encoder_decoder import EncoderDecoder, TextEncoder
from unrolled.version import __version__

__all__ = ["export_pairs"]

_ATTENTIONS = (Additive, Dot, General, Scaled)
_NEVER = -1e9  # the score of padding
_INT32 = 6


class Exported(Protocol):
    """What the export asks of a task."""

    name: ClassVar[str]

    def network(self) -> tuple[Layer, Tree]:
        """The model and its parameters."""

    def describe(self) -> str:
        """One line on what the model is."""


def export_pairs(
    task: Exported, texts: Mapping[str, str], path: str | Path, overwrite: bool = False
) -> tuple[Path, Path]:
    """Write ``path``, the graph that reads sources, and `step_file`, a step of the decoder; both whole or not at all.

    The first takes ``ids``, int64 (B, S), that end with 1, and ``lengths``, int64 (B,); it gives ``memory`` (B, S, E),
    for some kinds of attention ``keys`` (B, S, A), and the decoder's first state. The second takes ``ids`` (B,), at
    first ones, ``lengths`` and all that the first gave; it gives ``log_probabilities`` (B, V), ``attention`` (B, S) and
    the state after. Where words are copied, ids of both are those of the source's extended vocabulary, which the second
    takes as ``sources`` (B, S), and V counts these, too. Of a model that looks, the first takes
    ``pictures`` (B, H, W, C) of brightness 0 to 255, or the ``features`` (B, S, F) that a network before it found, and
    ``lengths`` are S. ``texts`` by file name, such as tokenizers, go into the metadata. Raises InputError for cells
    that ONNX has no node for and for files that are there already unless ``overwrite``; MissingExtra without onnx.
    """
    check_onnx()
    model, params = task.network()
    if not isinstance(model, EncoderDecoder):
        raise InputError(f"a {task.name} model cannot be exported yet; expected one that writes texts")
    if type(model.attention) not in _ATTENTIONS:
        raise InputError(f"there is no graph of {model.attention.kind} attention; expected a model without coverage")
    _check_cells(model)
    files = checked_files(path, overwrite)
    about = {"unrolled.version": __version__, "unrolled.task": task.name, "unrolled.model": task.describe()}
    about |= {f"unrolled.{name}": text for name, text in texts.items()}
    write_graphs(files, about, partial(_reading, model, params), partial(_step, model, params))
    return files


def _check_cells(model: EncoderDecoder) -> None:
    if isinstance(model.encoder, TextEncoder):
        check_cell(model.encoder.encoder.cell)
    for layers in _decoders(model).values():
        check_cell(layers.cell, ("ssru",))


def _decoders(model: EncoderDecoder) -> dict[str, Recurrent]:
    """The layers of the decoder that have states, by the name that these have in front."""
    return {"decoder": model.decoder} | ({} if model.upper is None else {"upper": model.upper})


def _state_names(model: EncoderDecoder) -> dict[str, int]:
    """The entries of the decoder's state in their order, and the numbers in each."""
    return {
        f"{part}_{i}_{entry}": hidden
        for part, layers in _decoders(model).items()
        for i, hidden in enumerate(layers.widths)
        for entry in entries(layers.cell)
    }


# Reading --------------------------------------------------------------------------------------------------------------


def _reading(model: EncoderDecoder, params: Tree) -> Graph:
    g, encoder = Graph("encoder"), model.encoder
    read = _texts_read(g, model, params) if isinstance(encoder, TextEncoder) else pictures_read(g, encoder, params)
    lengths = g.input("lengths", ["B"], ids=True)
    inside = _inside(g, read, lengths)
    kept = g.add("Unsqueeze", [inside, g.numbers(2)], "inside_by_feature")
    memory = g.add("Where", [kept, read, g.constant("zero", np.zeros((), np.float32))], "memory")
    g.output(memory, ["B", "S", encoder.outputs])
    if keys := _keys(g, model.attention, params.get("attention", Tree()), memory):
        g.output(keys, ["B", "S", model.attention.queries])
    _first_state(g, model, params, memory, lengths)
    return g


def _texts_read(g: Graph, model: EncoderDecoder, params: Tree) -> str:
    """The memory (B, S, E) of token ids (B, S)."""
    encoder = model.encoder
    assert isinstance(encoder, TextEncoder)
    ids = g.input("ids", ["B", "S"], ids=True)
    ids = known(g, model, ids) if model.pointer else ids
    vectors = params.words.vectors if encoder.source is None else params.source.vectors
    x = g.add("Gather", [g.constant("source_words", vectors), ids], "vectors")
    return _over_time(g, encoder.encoder, params.encoder, x, "lengths")


def _over_time(g: Graph, layers: Recurrent, params: Tree, x: str, lengths: str) -> str:
    """x (B, S, D) → (B, S, outputs), by layers of one or two directions."""
    steps = g.add("Cast", [lengths], "steps", to=_INT32)
    x = g.add("Transpose", [x], "x", perm=[1, 0, 2])
    width = layers.inputs
    for i, hidden in enumerate(layers.widths):
        own = params[str(i)]
        directions = [own.ahead, own.back] if layers.bidirectional else [own]
        y = recurrent_node(g, layers.cell, directions, x, f"encoder_{i}_", lengths=steps)
        y = g.add("Transpose", [y], f"encoder_{i}_by_row", perm=[0, 2, 1, 3])  # (S, directions, B, H) → (S, B, …)
        y = g.add("Reshape", [y, g.numbers(0, 0, len(directions) * hidden)], f"encoder_{i}_output")
        if layers.residual and width == len(directions) * hidden:
            y = g.add("Add", [y, x], f"encoder_{i}_with_input")
        x, width = y, len(directions) * hidden
    return g.add("Transpose", [x], "read", perm=[1, 0, 2])


def _inside(g: Graph, sources: str, lengths: str) -> str:
    """Which steps (B, S) of sources (B, S, …) are no padding."""
    size = g.add("Squeeze", [g.add("Shape", [sources], "size", start=1, end=2)], "size_alone")
    zero, one = (g.constant(name, np.array(value, np.int64)) for name, value in (("nought", 0), ("one", 1)))
    places = g.add("Range", [zero, size, one], "places")
    return g.add("Less", [places, g.add("Unsqueeze", [lengths, g.numbers(1)], "lengths_by_step")], "inside")


def _keys(g: Graph, attention: Attention, params: Tree, memory: str) -> str:
    """The name of the keys (B, S, A) where they are not the memory itself, else nothing."""
    if isinstance(attention, General):
        return g.add("MatMul", [memory, g.constant("attention_W", params.W.T)], "keys")
    if isinstance(attention, Additive):
        product = g.add("MatMul", [memory, g.constant("attention_U", params.U.T)], "keys_without_b")
        return g.add("Add", [product, g.constant("attention_b", params.b)], "keys")
    assert isinstance(attention, Dot)
    return ""


def _first_state(g: Graph, model: EncoderDecoder, params: Tree, memory: str, lengths: str) -> None:
    """The entries of the state: a dense layer of the memory's mean."""
    count = g.add("Cast", [g.add("Unsqueeze", [lengths, g.numbers(1)], "count")], "count_as_number", to=1)
    total = g.add("ReduceSum", [memory, g.numbers(1)], "total", keepdims=0)
    mean = g.add("Div", [total, count], "mean")
    bridge = [g.constant("bridge_W", params.bridge.W), g.constant("bridge_b", params.bridge.b)]
    start = g.add("Tanh", [g.add("Gemm", [mean, *bridge], "bridge", transB=1)], "start")
    names = _state_names(model)
    sizes = g.constant("state_sizes", np.array([*names.values()], np.int64))
    g.add("Split", [start, sizes], " ".join(names), axis=1)
    for name, size in names.items():
        g.output(name, ["B", size])
    if model.feeding:
        width = model.readout.outputs
        rows = g.add("Shape", [lengths], "rows")
        g.add("Expand", [g.constant("zeros", np.zeros((1, width), np.float32)), _shape(g, rows, width)], "fed")
        g.output("fed", ["B", width])


def _shape(g: Graph, rows: str, width: int) -> str:
    return g.add("Concat", [rows, g.numbers(width)], "fed_shape", axis=0)


# A step ---------------------------------------------------------------------------------------------------------------


def _step(model: EncoderDecoder, params: Tree) -> Graph:
    g = Graph("step")
    g.output("log_probabilities", ["B", "V" if model.pointer else model.output.outcomes])
    g.output("attention", ["B", "S"])
    ids = g.input("ids", ["B"], ids=True)
    ids = known(g, model, ids) if model.pointer else ids
    y = g.add("Gather", [g.constant("words", params.words.vectors), ids], "vectors")
    x = y
    if model.feeding:
        x = g.add("Concat", [y, g.input("fed", ["B", model.readout.outputs])], "y_and_fed", axis=1)
    h = _one_step(g, model.decoder, params.decoder, x, "decoder")
    context = _attended(g, model, params.get("attention", Tree()), h)
    if model.upper is not None:
        above = g.add("Concat", [h, context], "h_and_context", axis=1)
        u = _one_step(g, model.upper, params.upper, above, "upper")
        h = g.add("Add", [u, h], "u_with_h") if model.upper.outputs == model.decoder.outputs else u
    read = g.add("Concat", [h, context, y], "h_context_and_y", axis=1)
    readout = [g.constant("readout_W", params.readout.W), g.constant("readout_b", params.readout.b)]
    features = g.add("Tanh", [g.add("Gemm", [read, *readout], "readout", transB=1)], "fed_after")
    if model.feeding:
        g.output(features, ["B", model.readout.outputs])
    weights = "words" if model.output.tied else g.constant("output_W", params.output.W)
    scores = g.add("Gemm", [features, weights, g.constant("output_b", params.output.b)], "scores", transB=1)
    if model.pointer is None:
        g.add("LogSoftmax", [scores], "log_probabilities", axis=-1)
    else:
        with_copies(g, model, params.pointer, features, scores)
    return g


def _one_step(g: Graph, layers: Recurrent, params: Tree, x: str, part: str) -> str:
    """x (B, D) → y (B, H), by layers whose state is an input and, after the step, an output."""
    width = layers.inputs
    for i, hidden in enumerate(layers.widths):
        name, own = f"{part}_{i}_", params[str(i)]
        names = [g.input(f"{name}{entry}", ["B", hidden]) for entry in entries(layers.cell)]
        step = _ssru_step if layers.cell.name == "ssru" else partial(_node_step, cell=layers.cell)
        y = step(g, params=own, x=x, name=name)
        for entry in names:
            g.output(f"{entry}_after", ["B", hidden])
        if layers.residual and width == hidden:
            y = g.add("Add", [y, x], f"{name}with_input")
        x, width = y, hidden
    return x


def _node_step(g: Graph, cell: Cell, params: Tree, x: str, name: str) -> str:
    zero = g.numbers(0)
    states = [g.add("Unsqueeze", [f"{name}{entry}", zero], f"{name}{entry}_before") for entry in entries(cell)]
    y = recurrent_node(g, cell, [params], g.add("Unsqueeze", [x, zero], f"{name}x"), name, states)
    for entry in entries(cell):
        g.add("Squeeze", [f"{name}{entry}_last", zero], f"{name}{entry}_after")
    return g.add("Squeeze", [y, g.numbers(0, 1)], f"{name}output")


def _ssru_step(g: Graph, params: Tree, x: str, name: str) -> str:
    """c′ = f ⊙ (c − candidate) + candidate, y = relu(c′)."""
    product = g.add("MatMul", [x, g.constant(f"{name}U", params.U.T)], f"{name}product")
    g.add("Split", [product], f"{name}forget {name}candidate", axis=1)
    forget = g.add("Add", [f"{name}forget", g.constant(f"{name}b", params.b)], f"{name}forget_with_b")
    keep = g.add("Sigmoid", [forget], f"{name}keep")
    change = g.add("Sub", [f"{name}c", f"{name}candidate"], f"{name}change")
    kept = g.add("Mul", [keep, change], f"{name}kept")
    return g.add("Relu", [g.add("Add", [kept, f"{name}candidate"], f"{name}c_after")], f"{name}output")


def _attended(g: Graph, model: EncoderDecoder, params: Tree, query: str) -> str:
    """query (B, Q) → the context (B, E); the weights (B, S) are called attention."""
    attention = model.attention
    memory = g.input("memory", ["B", "S", attention.memory])
    inside = _inside(g, memory, g.input("lengths", ["B"], ids=True))
    scores = _scores(g, attention, params, query, memory)
    scores = g.add("Where", [inside, scores, g.constant("never", np.array(_NEVER, np.float32))], "scores_inside")
    shares = g.add("Softmax", [scores], "shares", axis=-1)
    weights = g.add("Mul", [shares, g.add("Cast", [inside], "mask", to=1)], "attention")
    row = g.add("Unsqueeze", [weights, g.numbers(1)], "attention_row")
    return g.add("Squeeze", [g.add("MatMul", [row, memory], "context_row"), g.numbers(1)], "context")


def _scores(g: Graph, attention: Attention, params: Tree, query: str, memory: str) -> str:
    """query (B, Q) → scores (B, S)."""
    if isinstance(attention, Additive):
        keys = g.input("keys", ["B", "S", attention.queries])
        asked = g.add("MatMul", [query, g.constant("attention_W", params.W.T)], "asked")
        both = g.add("Add", [g.add("Unsqueeze", [asked, g.numbers(1)], "asked_row"), keys], "both")
        column = g.add(
            "MatMul", [g.add("Tanh", [both], "match"), g.constant("attention_v", params.v.T)], "match_column"
        )
    else:
        keys = g.input("keys", ["B", "S", attention.queries]) if isinstance(attention, General) else memory
        column = g.add("MatMul", [keys, g.add("Unsqueeze", [query, g.numbers(2)], "query_column")], "product_column")
    scores = g.add("Squeeze", [column, g.numbers(2)], "attention_scores")
    if isinstance(attention, Scaled):
        root = g.constant("root", np.array(attention.queries**-0.5, np.float32))
        scores = g.add("Mul", [scores, root], "attention_scores_scaled")
    return scores
