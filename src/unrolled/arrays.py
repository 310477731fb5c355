"""The array namespace: one name each over numpy and torch, so that a cell, a layer and a model are written once.

Shapes use the letters B batch, T time, D features, H hidden, V vocabulary, N rows. Functions work on the last axis.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.errors import InputError
from unrolled.kernels import Layout, extension

__all__ = [
    "NUMPY",
    "Array",
    "Layout",
    "Namespace",
    "Noise",
    "Sequencer",
    "State",
    "Tree",
    "checked_state",
    "flatten",
    "map_state",
    "map_tree",
    "recurrent_weights",
    "unflatten",
]

Array: TypeAlias = Any
State: TypeAlias = tuple[Array, ...]
"""A cell's state: its entries, (B, H) each where the cell does not say otherwise."""

Sequencer: TypeAlias = Callable[["Tree", Array, State, Layout, Sequence[Array] | None], tuple[Array, State]]
"""(parameters, x (B, T, D), state, layout, keep) → (y (B, T, H), state): see `unrolled.cells.run`."""


class Noise(Protocol):
    """A source of dropout masks: given only while training; without one every function is deterministic."""

    def mask(self, shape: tuple[int, ...], rate: float, like: Array) -> Array:
        """Zero with probability ``rate``, else 1 / (1 - rate)."""


class Namespace(Protocol):
    """What the functional core asks of an array library."""

    def chunk(self, x: Array, parts: int) -> Sequence[Array]:
        """Equal parts of the last axis."""

    def concat(self, arrays: Sequence[Array]) -> Array:
        """Join along the last axis."""

    def join_time(self, arrays: Sequence[Array]) -> Array:
        """Join (B, T_i, ...) arrays along time."""

    def stack_time(self, steps: Sequence[Array]) -> Array:
        """T arrays (B, D) → (B, T, D)."""

    def sigmoid(self, x: Array) -> Array:
        """1 / (1 + exp(-x))."""

    def log_sigmoid(self, x: Array) -> Array:
        """The logarithm of the sigmoid, finite for any finite x."""

    def tanh(self, x: Array) -> Array:
        """The hyperbolic tangent."""

    def relu(self, x: Array) -> Array:
        """The larger of x and 0."""

    def softmax(self, x: Array) -> Array:
        """exp(x) / Σ exp(x) along the last axis."""

    def log_softmax(self, x: Array) -> Array:
        """The logarithm of the softmax along the last axis."""

    def where(self, condition: Array, x: Array, y: Array) -> Array:
        """Elements of x where the condition holds, else of y."""

    def take(self, table: Array, ids: Array) -> Array:
        """Rows (…, D) of ``table`` (V, D) for whole numbers ``ids`` (…)."""

    def reverse_time(self, x: Array) -> Array:
        """x (B, T, D), its steps in reverse order."""

    def gather_time(self, x: Array, index: Array) -> Array:
        """x (B, T, D), index (B, S) → (B, S, D): row b, time index[b, s]."""

    def max_time(self, x: Array) -> Array:
        """x (B, T, D), T at least 1 → its largest step (B, D), feature by feature."""

    def zeros(self, shape: tuple[int, ...], like: Array) -> Array:
        """Zeros of ``like``'s dtype and device."""

    def full_ids(self, shape: tuple[int, ...], value: int) -> Array:
        """A constant array of ids."""

    def arange(self, size: int) -> Array:
        """0, 1, ... size - 1."""

    def cross_entropy(self, x: Array, weights: Array, bias: Array, targets: Array) -> Array:
        """Sum over rows of -log softmax(x Wᵀ + b)[target]: the (N, V) logits are never kept."""

    def recurrent(self, kernel: str | None, x: Array) -> Sequencer | None:
        """The whole-sequence form of a cell's kernel for an array like x, or None where there is none."""

    def scan(self, a: Array, b: Array, state: State, layout: Layout) -> tuple[Array, State] | None:
        """The fold of h′ = a ⊙ h + b by a kernel, or None where there is none: see `unrolled.cells.linear`."""


class Tree(dict[str, Any]):
    """Named arrays and named subtrees; ``tree.U`` is ``tree["U"]``."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def _walk(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _walk(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def flatten(tree: Mapping[str, Any]) -> dict[str, Any]:
    """{"layers": {"0": {"U": u}}} → {"layers.0.U": u}."""
    return dict(_walk(tree, ""))


def unflatten(flat: Mapping[str, Any]) -> Tree:
    """The inverse of `flatten`."""
    tree = Tree()
    for path, value in flat.items():
        *parents, leaf = path.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, Tree())
        node[leaf] = value
    return tree


def map_tree(function: Callable[[Any], Any], tree: Mapping[str, Any]) -> Tree:
    """The same tree with ``function`` applied to each leaf."""
    return Tree({name: map_tree(function, v) if isinstance(v, Mapping) else function(v) for name, v in tree.items()})


def map_state(function: Callable[[Any], Any], state: Any) -> Any:
    """The same state (arrays in nested tuples and NamedTuples) with ``function`` applied to each array."""
    if not isinstance(state, tuple):
        return function(state)
    entries = [map_state(function, entry) for entry in state]
    return type(state)(*entries) if hasattr(state, "_fields") else tuple(entries)


def _outline(state: Any) -> Any:
    """What two states must share to stand for each other: kinds of tuples, shapes and dtypes of arrays."""
    if isinstance(state, tuple):
        return (type(state), *map(_outline, state))
    return getattr(state, "shape", None), getattr(state, "dtype", type(state))


def _in_words(state: Any) -> str:
    """(State(h, c),) → "(lstm.State(h (2, 4) float32, c (2, 4) float32))"."""
    if not isinstance(state, tuple):
        shape, dtype = _outline(state)
        return f"{'' if shape is None else tuple(shape)} {dtype}".strip()
    kind, names = type(state), getattr(state, "_fields", ("",) * len(state))
    entries = ", ".join(f"{name} {_in_words(entry)}".strip() for name, entry in zip(names, state, strict=True))
    return f"{'' if kind is tuple else kind.__module__.split('.')[-1] + '.' + kind.__name__}({entries})"


def checked_state(state: Any, zero: Any) -> Any:
    """``state``, or ``zero`` where it is None; InputError unless it has zero's layers, entries, shapes and dtypes."""
    if state is None:
        return zero
    if _outline(state) != _outline(zero):
        raise InputError(
            f"the state is {_in_words(state)}; expected {_in_words(zero)}: "
            "pass what the same model returned for the same batch, or None to start again"
        )
    return state


class _Numpy:
    """`Namespace` over numpy; its float32 activations run in the native kernels."""

    def chunk(self, x: Array, parts: int) -> Sequence[Array]:
        width = x.shape[-1] // parts
        return [x[..., i * width : (i + 1) * width] for i in range(parts)]

    def concat(self, arrays: Sequence[Array]) -> Array:
        return np.concatenate(arrays, axis=-1)

    def join_time(self, arrays: Sequence[Array]) -> Array:
        return np.concatenate(arrays, axis=1)

    def stack_time(self, steps: Sequence[Array]) -> Array:
        return np.stack(steps, axis=1)

    def sigmoid(self, x: Array) -> Array:
        return kernels.sigmoid(x)

    def log_sigmoid(self, x: Array) -> Array:
        return -np.logaddexp(0, -x)

    def tanh(self, x: Array) -> Array:
        return kernels.tanh(x)

    def relu(self, x: Array) -> Array:
        return np.maximum(x, 0)

    def softmax(self, x: Array) -> Array:
        return kernels.softmax(x)

    def log_softmax(self, x: Array) -> Array:
        return x - kernels.log_sum_exp(x)[..., None]

    def where(self, condition: Array, x: Array, y: Array) -> Array:
        return np.where(condition, x, y)

    def take(self, table: Array, ids: Array) -> Array:
        return table[ids]

    def reverse_time(self, x: Array) -> Array:
        return x[:, ::-1]

    def gather_time(self, x: Array, index: Array) -> Array:
        return np.take_along_axis(x, index[:, :, None], axis=1)

    def max_time(self, x: Array) -> Array:
        return x.max(axis=1)

    def zeros(self, shape: tuple[int, ...], like: Array) -> Array:
        return np.zeros(shape, dtype=like.dtype)

    def full_ids(self, shape: tuple[int, ...], value: int) -> NDArray[np.int64]:
        return np.full(shape, value, dtype=np.int64)

    def arange(self, size: int) -> NDArray[np.int64]:
        return np.arange(size)

    def cross_entropy(self, x: Array, weights: Array, bias: Array, targets: Array) -> Array:
        return kernels.cross_entropy(x, weights, bias, targets)

    def recurrent(self, kernel: str | None, x: Array) -> Sequencer | None:
        if kernel is None or kernel not in kernels.RECURRENT or x.dtype != np.float32:
            return None
        return partial(_by_kernel, kernel)

    def scan(self, a: Array, b: Array, state: State, layout: Layout) -> tuple[Array, State] | None:
        if not extension.NATIVE or any(x.dtype != np.float32 for x in (a, b, *state)):
            return None
        return kernels.scan(a, b, state, layout)


def _by_kernel(
    kernel: str, params: Tree, x: Array, state: State, layout: Layout, keep: Sequence[Array] | None
) -> tuple[Array, State]:
    return kernels.recurrent(kernel, x, recurrent_weights(params), state, layout, None if keep is None else tuple(keep))


def recurrent_weights(params: Tree) -> tuple[Array | None, ...]:
    """A layer's parameters as its kernel takes them: U, W, the biases of both, the peepholes."""
    b_h = params.get("b_n")  # the GRU's second bias stands for its n gate alone
    if b_h is not None:
        b_h = np.concatenate([np.zeros(2 * len(b_h), b_h.dtype), b_h])
    return params.U, params.W, params.b, b_h, params.get("p")


NUMPY: Namespace = _Numpy()
