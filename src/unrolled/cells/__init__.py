"""Recurrent cells: one file per recurrence, one line here each."""

from unrolled.cells.base import Cell, run, unroll, zero_state
from unrolled.cells.cifg import CIFG
from unrolled.cells.gru import GRU
from unrolled.cells.lru import LRU
from unrolled.cells.lstm import LSTM
from unrolled.cells.mingru import MINGRU
from unrolled.cells.minlstm import MINLSTM
from unrolled.cells.mlstm import MLSTM
from unrolled.cells.peephole import PEEPHOLE
from unrolled.cells.rnn import RNN, RNN_RELU
from unrolled.cells.slstm import SLSTM
from unrolled.cells.ssru import SSRU

__all__ = [
    "CELLS",
    "CIFG",
    "GRU",
    "LRU",
    "LSTM",
    "MINGRU",
    "MINLSTM",
    "MLSTM",
    "PEEPHOLE",
    "RNN",
    "RNN_RELU",
    "SLSTM",
    "SSRU",
    "Cell",
    "run",
    "unroll",
    "zero_state",
]

_ALL = (RNN, RNN_RELU, LSTM, GRU, CIFG, PEEPHOLE, MINGRU, MINLSTM, LRU, SSRU, SLSTM, MLSTM)
CELLS: dict[str, Cell] = {cell.name: cell for cell in _ALL}
