"""torch: the functional core as nn.Modules, and the twins of torch.nn's recurrent layers."""

from unrolled.errors import MissingExtra

try:
    import torch as _torch  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise MissingExtra("PyTorch", "train", "unrolled.nn") from error

from unrolled.nn.accelerate import accelerate, restore
from unrolled.nn.module import Parameters, TreeModule
from unrolled.nn.namespace import TORCH
from unrolled.nn.noise import TorchNoise
from unrolled.nn.twins import GRU, LSTM, RNN, GRUCell, LSTMCell, Path, RNNCell, last_path

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "TORCH",
    "GRUCell",
    "LSTMCell",
    "Parameters",
    "Path",
    "RNNCell",
    "TorchNoise",
    "TreeModule",
    "accelerate",
    "last_path",
    "restore",
]
