"""Named arrays as a tree, and the states of cells: nested tuples of arrays."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from unrolled.errors import InputError

__all__ = ["Tree", "checked_state", "flatten", "map_state", "map_tree", "recurrent_weights", "unflatten"]


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


def recurrent_weights(params: Tree) -> tuple[Any | None, ...]:
    """A layer's parameters as its kernel takes them: U, W, the biases of both, the peepholes."""
    b_h = params.get("b_n")  # the GRU's second bias stands for its n gate alone
    if b_h is not None:
        b_h = np.concatenate([np.zeros(2 * len(b_h), b_h.dtype), b_h])
    return params.U, params.W, params.b, b_h, params.get("p")
