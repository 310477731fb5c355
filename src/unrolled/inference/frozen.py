"""A model whose parameters no longer change, prepared to read step by step."""

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.arrays import NUMPY, State, Tree, flatten, map_state, recurrent_weights
from unrolled.errors import InputError
from unrolled.kernels import steps as native_steps
from unrolled.layers import Pooling
from unrolled.models import Model, RecurrentBody, rows_at_once

__all__ = ["Frozen", "checked_finite"]

AnyArray: TypeAlias = NDArray[Any]
Numbers = TypeVar("Numbers", bound=NDArray[np.floating])

_BLOCK = 256  # steps taken at a time, so that memory does not grow with the text
_HASHED = 1 << 16  # bytes of each parameter that the fingerprint sees
_TOGETHER = 32  # beginnings of an input that are read side by side, at most
_INT64 = np.dtype(np.int64)


class Frozen:
    """A model and its parameters, ready to read steps from a state.

    A state (S,) is all that the model remembers: float32 for a recurrent model, ids for a window. The states of B
    streams are (B, S). The results of a stream are the same bits in any batch and, for cells with a kernel, however
    its steps are cut into calls. A model that does not stream has no state: it reads all steps again (see `summaries`).
    """

    def __init__(self, model: Model, params: Tree) -> None:
        self.model, self.params = model, params
        self.weights, self.bias = model.output.matrix(params)
        self.outcomes = len(self.bias)
        self.streams = model.streams
        words = params.get("words")
        self.vocabulary = 0 if words is None else len(words.vectors)
        self._zero = model.zero_state(NUMPY, 1, self.weights)
        self._pool = model.pool if isinstance(model.pool, Pooling) and self.streams else None
        memory = () if self._pool is None else tuple(entry[None] for entry in self._pool.begin())
        self._zero_pooled = (self._zero, memory)
        self.zero = _flat(self._zero_pooled) if self.streams else np.zeros(0, np.float32)
        self._stack = _stack(model, params)

    @property
    def joins(self) -> bool:
        """Whether a batch of streams takes less time than each by itself, and features are the last layer's outputs."""
        return self._stack is not None

    def __reduce__(self) -> tuple[type["Frozen"], tuple[Model, Tree]]:
        return Frozen, (self.model, self.params)

    @cached_property
    def fingerprint(self) -> bytes:
        """16 bytes that tell this model from others: a hash of its settings and of the beginning of each parameter."""
        digest = blake2b(repr(self.model).encode(), digest_size=16)
        for name, array in sorted(flatten(self.params).items()):
            digest.update(f"{name} {array.shape} {array.dtype}".encode())
            digest.update(np.ascontiguousarray(array.reshape(-1)[: _HASHED // array.itemsize]).data)
        return digest.digest()

    def read(self, steps: Sequence[AnyArray], states: AnyArray) -> tuple[AnyArray, AnyArray]:
        """Read steps[b] (T_b, ...), each T_b at least 1, from states (B, S) → features (B, E) after them, states."""
        if self._stack is None:
            ends = [self._read_one(row, state) for row, state in zip(steps, states, strict=True)]
            return np.stack([features for features, _ in ends]), np.stack([state for _, state in ends])
        if len(steps) == 1:
            return self._stack.read(steps[0][None], None, states)
        lengths = np.array([len(row) for row in steps])
        together = np.zeros((len(steps), lengths.max()), np.int64)
        for row, ids in zip(together, steps, strict=True):
            row[: len(ids)] = ids
        return self._stack.read(together, lengths if lengths.min() < lengths.max() else None, states)

    def _read_one(self, steps: AnyArray, flat: AnyArray) -> tuple[AnyArray, AnyArray]:
        features: AnyArray = np.zeros(0)
        for start in range(0, len(steps), _BLOCK):
            _, pooled, flat = self.trace(steps[start : start + _BLOCK], flat)
            features = pooled[-1]
        return features, flat

    def trace(self, steps: AnyArray, flat: AnyArray) -> tuple[AnyArray, AnyArray, AnyArray]:
        """Read steps (T, ...), T at least 1, from a state (S,).

        Gives the outputs of the last layer (T, H) and the features that the head reads (T, E) after each step, and the
        state (S,) after all of them.
        """
        state, memory = self._unpacked(flat)
        y, state = self.model.forward(NUMPY, self.params, steps[None], state)
        features = y[0]
        if self._pool is not None:
            own = tuple(entry[0] for entry in memory)
            features, own = self._pool.advance(self.params.get("pool", Tree()), features, own)
            memory = tuple(entry[None] for entry in own)
        return y[0], features, _flat((state, memory))

    def _unpacked(self, flat: AnyArray) -> Any:
        """The state (S,) as the model's own, of one row."""
        at = 0

        def take(leaf: AnyArray) -> AnyArray:
            nonlocal at
            at += leaf.size
            return flat[None, at - leaf.size : at].reshape(leaf.shape)

        return map_state(take, self._zero_pooled)

    # Of a model that does not stream ----------------------------------------------------------------------------------

    def summaries(self, inputs: AnyArray, lengths: NDArray[np.int64]) -> AnyArray:
        """Inputs (B, T, ...), of which ``lengths`` (B,) steps count → the features (B, E) of each whole input."""
        x = self.model.body.embed(NUMPY, self.params, inputs)
        features: AnyArray = self.model.summary(NUMPY, self.params, x, lengths)
        return features

    def rows_at_once(self, longest: int) -> int:
        """How many inputs of ``longest`` steps to give to `summaries` in one call."""
        return rows_at_once(self.model, longest, _TOGETHER)

    def outputs(self, inputs: AnyArray) -> NDArray[np.float32]:
        """The outputs (T, H) of the last layer at each step of one input (1, T, ...)."""
        y: NDArray[np.float32] = self.model.forward(NUMPY, self.params, inputs)[0][0]
        return y

    # What the head makes of features ----------------------------------------------------------------------------------

    def scores(self, features: AnyArray) -> AnyArray:
        """Features (B, E) → scores (B, K); InputError where they are not finite."""
        return checked_finite(native_steps.scores(features, self.weights, self.bias))

    def next_probabilities(self, ids: NDArray[np.int64], states: AnyArray) -> tuple[NDArray[np.float32], AnyArray]:
        """Ids (B, T), states (B, S) → probabilities (B, V) of the next id, states: a step of a search."""
        features, states = self.read(list(ids), states)
        return kernels.softmax(self.scores(features)), states

    def checked(self, steps: Any) -> AnyArray:
        """Steps as the model reads them: ids (T,) as int64, or vectors (T, D); InputError for anything else."""
        array = np.asarray(steps)
        if not self.vocabulary:
            return self._checked_vectors(array)
        if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
            raise InputError(f"ids are {array.dtype} of shape {array.shape}; expected whole numbers (T,)")
        if len(array) == 1:  # as at each word while one types, where numpy's minimum alone would take microseconds
            least = most = array.item()
        else:
            least, most = array.min(initial=0), array.max(initial=0)
        if not 0 <= least <= most < self.vocabulary:
            raise InputError(f"ids go from {least} to {most}; expected 0 to {self.vocabulary - 1}")
        return array if array.dtype == _INT64 else array.astype(_INT64)

    def _checked_vectors(self, array: AnyArray) -> AnyArray:
        width = self.model.body.inputs
        if array.ndim != 2 or array.shape[1] != width or array.dtype.kind not in "fiub":
            raise InputError(f"steps are {array.dtype} of shape {array.shape}; expected numbers (T, {width})")
        return np.ascontiguousarray(array, np.float32)


def checked_finite(answers: Numbers) -> Numbers:
    """Scores or probabilities; InputError where they are not finite, as those of weights near the largest float are."""
    if not np.isfinite(answers).all():
        raise InputError(
            "the model's answer is not finite: its weights, or the numbers that it reads, are too large; expected a "
            "model as it was when it was trained"
        )
    return answers


def _flat(state: State) -> AnyArray:
    """A state of one row as an array (S,)."""
    leaves: list[AnyArray] = []
    map_state(leaves.append, state)
    return np.concatenate(
        [np.zeros(0, leaves[0].dtype if leaves else np.float32), *(leaf[0].reshape(-1) for leaf in leaves)]
    )


def _stack(model: Model, params: Tree) -> native_steps.Stack | None:
    """The model's word vectors and layers for the native step, where its cell has one."""
    body = model.body
    if not isinstance(body, RecurrentBody) or body.words is None or model.pool is not None:
        return None
    if body.layers.bidirectional or body.layers.cell.kernel not in kernels.RECURRENT:
        return None
    if any(array.dtype != np.float32 for array in flatten(params).values()):
        return None
    layers = [recurrent_weights(params.layers[str(i)]) for i in range(len(body.layers.widths))]
    return native_steps.Stack(body.layers.cell.kernel, params.words.vectors, layers)
