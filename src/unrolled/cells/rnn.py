"""The simple recurrent network (Elman 1990; Goodfellow et al. 2016, eq. 10.8), with tanh or with relu.

    h′ = tanh(U x + W h + b)      the whole memory is what it shows

U reads the input, W the memory: the same two matrices at every step, whatever the length of the sequence.
"""

from typing import NamedTuple

from unrolled.arrays import Array, Namespace, Tree
from unrolled.cells.base import Cell

__all__ = ["RNN", "RNN_RELU"]


class State(NamedTuple):
    """What stays from step to step."""

    h: Array  # (B, H) what the cell remembers and shows


def step(xp: Namespace, p: Tree, x: Array, s: State) -> tuple[Array, State]:
    """x (B, D), s → y (B, H), next state."""
    h = xp.tanh(x @ p.U.T + s.h @ p.W.T + p.b)
    return h, State(h)


def relu_step(xp: Namespace, p: Tree, x: Array, s: State) -> tuple[Array, State]:
    """The same with relu in tanh's place."""
    h = xp.relu(x @ p.U.T + s.h @ p.W.T + p.b)
    return h, State(h)


PARAMS = {"U": "H D", "W": "H H", "b": "H"}
RNN = Cell(name="rnn", params=PARAMS, state=State, step=step, kernel="rnn")
RNN_RELU = Cell(name="rnn-relu", params=PARAMS, state=State, step=relu_step, kernel="rnn-relu")
