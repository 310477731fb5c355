"""The array namespace over torch; whole sequences of RNN, GRU and LSTM run in torch's own layers."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from unrolled.arrays import Array, Namespace, Sequencer
from unrolled.nn.output import cross_entropy

__all__ = ["TORCH"]


def _no_recurrent_bias(params: Any) -> Tensor:
    """Torch keeps two biases where they act alike; ours is one, so the second is zero."""
    return torch.zeros_like(params.b)


def _rnn(params: Any, x: Tensor, state: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
    weights = [params.U, params.W, params.b, _no_recurrent_bias(params)]
    y, h = torch.rnn_tanh(x, state[0][None], weights, True, 1, 0.0, False, False, True)
    return y, (h[0],)


def _rnn_relu(params: Any, x: Tensor, state: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
    weights = [params.U, params.W, params.b, _no_recurrent_bias(params)]
    y, h = torch.rnn_relu(x, state[0][None], weights, True, 1, 0.0, False, False, True)
    return y, (h[0],)


def _lstm(params: Any, x: Tensor, state: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
    weights = [params.U, params.W, params.b, _no_recurrent_bias(params)]
    y, h, c = torch.lstm(x, [state[0][None], state[1][None]], weights, True, 1, 0.0, False, False, True)
    return y, (h[0], c[0])


def _gru(params: Any, x: Tensor, state: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
    b_h = torch.cat([params.b_n.new_zeros(2 * len(params.b_n)), params.b_n])
    y, h = torch.gru(x, state[0][None], [params.U, params.W, params.b, b_h], True, 1, 0.0, False, False, True)
    return y, (h[0],)


SEQUENCERS: dict[str, Sequencer] = {"rnn": _rnn, "rnn-relu": _rnn_relu, "lstm": _lstm, "gru": _gru}


class _Torch:
    """`Namespace` over torch."""

    def chunk(self, x: Array, parts: int) -> Sequence[Array]:
        return torch.chunk(x, parts, dim=-1)

    def concat(self, arrays: Sequence[Array]) -> Array:
        return torch.cat(list(arrays), dim=-1)

    def join_time(self, arrays: Sequence[Array]) -> Array:
        return torch.cat(list(arrays), dim=1)

    def stack_time(self, steps: Sequence[Array]) -> Array:
        return torch.stack(list(steps), dim=1)

    def sigmoid(self, x: Array) -> Array:
        return torch.sigmoid(x)

    def tanh(self, x: Array) -> Array:
        return torch.tanh(x)

    def relu(self, x: Array) -> Array:
        return torch.relu(x)

    def softmax(self, x: Array) -> Array:
        return torch.softmax(x, dim=-1)

    def where(self, condition: Array, x: Array, y: Array) -> Array:
        return torch.where(condition, x, y)

    def take(self, table: Array, ids: Array) -> Array:
        return torch.nn.functional.embedding(ids, table)

    def reverse_time(self, x: Array) -> Array:
        return torch.flip(x, (1,))

    def gather_time(self, x: Array, index: Array) -> Array:
        return torch.gather(x, 1, index[:, :, None].expand(-1, -1, x.shape[-1]))

    def zeros(self, shape: tuple[int, ...], like: Array) -> Array:
        return torch.zeros(shape, dtype=like.dtype, device=like.device)

    def full_ids(self, shape: tuple[int, ...], value: int) -> Array:
        return torch.full(shape, value, dtype=torch.int64)

    def arange(self, size: int) -> Array:
        return torch.arange(size)

    def cross_entropy(self, x: Array, weights: Array, bias: Array, targets: Array) -> Array:
        return cross_entropy(x, weights, bias, targets)

    def recurrent(self, kernel: str | None) -> Sequencer | None:
        return SEQUENCERS.get(kernel) if kernel is not None else None


TORCH: Namespace = _Torch()
