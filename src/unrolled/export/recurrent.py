"""Recurrent layers as ONNX's nodes RNN, GRU and LSTM: which cells they can be, and weights in ONNX's order."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Tree
from unrolled.cells import Cell
from unrolled.errors import InputError
from unrolled.export.graph import Graph

__all__ = ["GATES", "NODES", "check_cell", "entries", "recurrent_node"]

GATES = {"rnn": (0,), "rnn-relu": (0,), "gru": (1, 0, 2), "lstm": (0, 3, 1, 2), "peephole": (0, 3, 1, 2)}
"""ONNX's order of the gates, in ours: z r n of r z n; i o f g of i f g o."""
NODES = {"rnn": "RNN", "rnn-relu": "RNN", "gru": "GRU", "lstm": "LSTM", "peephole": "LSTM", "cifg": "LSTM"}


def check_cell(cell: Cell, more: Sequence[str] = ()) -> None:
    """Raise InputError for a cell that ONNX has no node for, unless it is one of ``more``."""
    if cell.name not in NODES and cell.name not in more:
        expected = ", ".join([*NODES, *more])
        raise InputError(f"ONNX has no node for the cell {cell.name!r}; expected one of {expected}")


def entries(cell: Cell) -> tuple[str, ...]:
    """The names of the entries of a cell's state."""
    names: tuple[str, ...] = cell.state._fields  # type: ignore[attr-defined]
    return names


def recurrent_node(
    g: Graph, cell: Cell, params: Sequence[Tree], x: str, name: str, states: Sequence[str] = (), lengths: str = ""
) -> str:
    """Add the node of a layer of one or two directions: x (T, B, D) → (T, directions, B, H), the name of it.

    ``states`` are the names of its entries (directions, B, H); the last ones are called by ``name`` and the entry.
    """
    parts = [dict(_weights(cell.name, p)) for p in params]
    names = [g.constant(f"{name}{part}", np.concatenate([weights[part] for weights in parts])) for part in parts[0]]
    peepholes = [names.pop()] if cell.name == "peephole" else []
    places = [*states, *([""] * (len(entries(cell)) - len(states)))]
    inputs = [x, *names, lengths, *places, *peepholes]
    while inputs[-1] == "":
        inputs.pop()
    outputs = " ".join([f"{name}y", *(f"{name}{entry}_last" for entry in entries(cell))])
    hidden = params[0].W.shape[1]
    return g.add(NODES[cell.name], inputs, outputs, hidden_size=hidden, **_attributes(cell.name, len(params)))


def _attributes(cell: str, directions: int) -> dict[str, Any]:
    named: dict[str, dict[str, Any]] = {
        "rnn-relu": {"activations": ["Relu"] * directions},
        "gru": {"linear_before_reset": 1},
        "cifg": {"input_forget": 1},
    }
    return named.get(cell, {}) | ({"direction": "bidirectional"} if directions > 1 else {})


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
