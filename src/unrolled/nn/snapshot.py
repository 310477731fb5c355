"""The state of a model and its batch, to be set back: so that each of several runs begins from the same."""

import random
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.parameter import is_lazy
from torch.utils.data import DataLoader, Dataset

from unrolled.nn.eligibility import plain

__all__ = ["Snapshot"]

# what a call does not change: code, and data that may be large
_LEFT = (FunctionType, ModuleType, type, Dataset, DataLoader, str, bytes)
_MISSING = object()


class Snapshot:
    """Tensors, arrays and generators in modules, containers and objects from ``roots`` on, and the global generators.

    Each object stays the same one; what it held is put back: the numbers of a tensor or array, the items of a
    container, the attributes of an object. What a model keeps elsewhere (class attributes, globals, closures, files)
    is not seen. Nothing is written where nothing has changed.
    """

    def __init__(self, *roots: object) -> None:
        numpy, python = np.random.get_state(), random.getstate()  # noqa: NPY002  what users' own models draw from
        self.undo: list[Callable[[], object]] = [
            partial(torch.set_rng_state, torch.get_rng_state()),
            partial(np.random.set_state, numpy),
            partial(random.setstate, python),
        ]
        seen: dict[int, object] = {}
        left = list(roots)
        while left:
            value = left.pop()
            if id(value) not in seen and not isinstance(value, _LEFT):
                seen[id(value)] = value
                left.extend(self._keep(value))

    def restore(self) -> None:
        """Put everything back."""
        with torch.no_grad():
            for undo in self.undo:
                undo()

    def _keep(self, value: Any) -> Iterable[object]:
        """Keep what can change in one object; returns what it holds."""
        if isinstance(value, Tensor):
            if plain(value) and not is_lazy(value) and not value.is_meta and value.layout is torch.strided:
                self.undo.append(partial(_put_tensor, value, value.detach(), value.detach().clone(), _grad(value)))
        elif isinstance(value, np.ndarray):
            self.undo.append(partial(_put_array, value, value.copy()))
        elif isinstance(value, torch.Generator):
            self.undo.append(partial(value.set_state, value.get_state()))
        elif isinstance(value, random.Random):
            self.undo.append(partial(value.setstate, value.getstate()))
        elif isinstance(value, np.random.Generator):
            self.undo.append(partial(setattr, value.bit_generator, "state", value.bit_generator.state))
        elif isinstance(value, MethodType):
            return [value.__self__]
        else:
            return self._keep_items(value)
        return []

    def _keep_items(self, value: Any) -> list[object]:
        held = list(value) if isinstance(value, tuple | frozenset) else []
        if isinstance(value, dict):
            self.undo.append(partial(_put_items, value, value.copy()))
            held += value.values()
        elif isinstance(value, list | deque | set):
            self.undo.append(partial(_put_elements, value, list(value)))
            held += value
        if isinstance(own := getattr(value, "__dict__", None), dict):
            self.undo.append(partial(_put_items, own, own.copy()))
            held += own.values()
        for name in _slots(value):
            self.undo.append(partial(object.__setattr__, value, name, getattr(value, name)))
            held.append(getattr(value, name))
        return held


def _grad(value: Tensor) -> Tensor | None:
    return value.grad if value.is_leaf else None


def _slots(value: object) -> list[str]:
    """Attributes that have no dictionary, of classes of Python's own making."""
    names = (getattr(kind, "__slots__", ()) for kind in type(value).__mro__)
    each = [name for names in names for name in ([names] if isinstance(names, str) else names)]
    return [name for name in each if not name.startswith("__") and hasattr(value, name)]


def _put_tensor(value: Tensor, same: Tensor, before: Tensor, grad: Tensor | None) -> None:
    if value.shape != same.shape or value.data_ptr() != same.data_ptr():
        value.data = same
    if not torch.equal(value, before):
        same.copy_(before)
    if value.is_leaf and value.grad is not grad:
        value.grad = grad


def _put_array(value: np.ndarray[Any, Any], before: np.ndarray[Any, Any]) -> None:
    if value.flags.writeable:
        value[...] = before


def _put_items(value: dict[Any, object], before: dict[Any, object]) -> None:
    for name in [name for name in value if name not in before]:
        del value[name]
    for name, one in before.items():
        if value.get(name, _MISSING) is not one:
            value[name] = one


def _put_elements(value: Any, before: list[object]) -> None:
    if len(value) != len(before) or any(a is not b for a, b in zip(value, before, strict=True)):
        value.clear()
        (value.update if isinstance(value, set) else value.extend)(before)
