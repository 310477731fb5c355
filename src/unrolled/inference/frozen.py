"""A language model whose parameters no longer change, prepared for reading step by step."""

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.arrays import NUMPY, flatten, map_state, recurrent_weights
from unrolled.cells import CELLS
from unrolled.errors import InputError
from unrolled.kernels import steps as stepping
from unrolled.models import LanguageModel, RecurrentLanguageModel

__all__ = ["Frozen"]

Numbers: TypeAlias = NDArray[Any]

_BLOCK = 256  # steps taken at a time, so that memory does not grow with the text
_HASHED = 1 << 16  # bytes of each parameter that the fingerprint sees


class Frozen:
    """Steps of one model over states that are rows of one array each.

    A state (S,) is everything the model remembers, float32 for a recurrent model and ids for a dense one; B streams
    are (B, S). One stream's results are the same bits in any batch and, for cells with a kernel, however its ids are
    cut into calls.
    """

    def __init__(self, model: LanguageModel, params: Any) -> None:
        self.model, self.params = model, params
        self.weights, self.bias = model.output(params)
        self.vocabulary = len(self.bias)
        self._zero = model.zero_state(NUMPY, 1, self.weights)
        leaves: list[Numbers] = []
        map_state(leaves.append, self._zero)
        self.zero = np.concatenate([leaf[0] for leaf in leaves])
        self._stack = _stack(model, params)

    def __reduce__(self) -> tuple[Any, ...]:
        return Frozen, (self.model, self.params)

    @cached_property
    def fingerprint(self) -> bytes:
        """16 bytes that tell this model from others: of its settings, and of the beginning of each parameter."""
        digest = blake2b(repr(self.model).encode(), digest_size=16)
        for name, array in sorted(flatten(self.params).items()):
            digest.update(f"{name} {array.shape} {array.dtype}".encode())
            digest.update(np.ascontiguousarray(array.reshape(-1)[: _HASHED // array.itemsize]).data)
        return digest.digest()

    def read(self, ids: Sequence[NDArray[np.int64]], states: Numbers) -> tuple[Numbers, Numbers]:
        """Read ids[b] (T_b,), each T_b at least 1, from states (B, S) → features (B, E) after them, states (B, S)."""
        if self._stack is None:
            found = [self._read_one(one, state) for one, state in zip(ids, states, strict=True)]
            return np.concatenate([features for features, _ in found]), np.stack([state for _, state in found])
        if len(ids) == 1:
            return self._stack.read(ids[0][None], None, states)
        lengths = np.array([len(one) for one in ids])
        together = np.zeros((len(ids), lengths.max()), np.int64)
        for row, one in zip(together, ids, strict=True):
            row[: len(one)] = one
        return self._stack.read(together, lengths if lengths.min() < lengths.max() else None, states)

    def _read_one(self, ids: NDArray[np.int64], flat: Numbers) -> tuple[Numbers, Numbers]:
        state = self._unpacked(flat)
        for start in range(0, len(ids), _BLOCK):
            features, state = self.model.forward(NUMPY, self.params, ids[None, start : start + _BLOCK], state)
        leaves: list[Numbers] = []
        map_state(leaves.append, state)
        return features[:, -1], np.concatenate([leaf[0] for leaf in leaves])

    def _unpacked(self, flat: Numbers) -> Any:
        """The state (S,) as the model's own, of one row."""
        at = 0

        def take(leaf: Numbers) -> Numbers:
            nonlocal at
            at += leaf.size
            return flat[None, at - leaf.size : at]

        return map_state(take, self._zero)

    def scores(self, features: Numbers) -> Numbers:
        """Features (B, E) → scores (B, V), whose softmax is the distribution of the next token."""
        return stepping.scores(features, self.weights, self.bias)

    def checked(self, ids: Any) -> NDArray[np.int64]:
        """``ids`` (T,) as int64; InputError unless they are whole numbers of the vocabulary in one row."""
        array = np.asarray(ids)
        if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
            raise InputError(f"ids are {array.dtype} of shape {array.shape}; expected whole numbers (T,)")
        # Of a single id, as at each word while one types, numpy's minimum alone would take microseconds.
        least, most = (array[0], array[0]) if len(array) == 1 else (array.min(initial=0), array.max(initial=0))
        if not 0 <= least <= most < self.vocabulary:
            raise InputError(f"ids go from {least} to {most}; expected 0 to {self.vocabulary - 1}")
        return np.ascontiguousarray(array, np.int64)


def _stack(model: LanguageModel, params: Any) -> stepping.Stack | None:
    """The model's word vectors and layers for the native step, where its cell has one."""
    if not isinstance(model, RecurrentLanguageModel) or CELLS[model.cell].kernel not in kernels.RECURRENT:
        return None
    if any(array.dtype != np.float32 for array in flatten(params).values()):
        return None
    layers = [recurrent_weights(params.layers[str(i)]) for i in range(len(model.widths))]
    return stepping.Stack(model.cell, params.words.vectors, layers)
