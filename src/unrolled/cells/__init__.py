"""Recurrent cells: one file per recurrence, one line here each."""

from unrolled.cells.base import Cell, run, unroll, zero_state
from unrolled.cells.cifg import CIFG
from unrolled.cells.gru import GRU
from unrolled.cells.lru import LRU
from unrolled.cells.lstm import LSTM
from unrolled.cells.mingru import MINGRU
from unrolled.cells.minlstm import MINLSTM
from unrolled.cells.peephole import PEEPHOLE
from unrolled.cells.rnn import RNN, RNN_RELU

__all__ = [
    "CELLS",
    "CIFG",
    "GRU",
    "LRU",
    "LSTM",
    "MINGRU",
    "MINLSTM",
    "PEEPHOLE",
    "RNN",
    "RNN_RELU",
    "Cell",
    "run",
    "unroll",
    "zero_state",
]

CELLS: dict[str, Cell] = {cell.name: cell for cell in (RNN, RNN_RELU, LSTM, GRU, CIFG, PEEPHOLE, MINGRU, MINLSTM, LRU)}
