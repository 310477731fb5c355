"""The operators that compiled and exported programs of PyTorch hold: their names and arguments, told to torch early.

A saved program names them, and is loaded by torch before anything here is asked for. So torch hears of them when it is
imported itself (by the entry point ``torch.backends``), or when this package is; what they do is loaded with the first
call. Their names and arguments stay as they are: a new one comes last, with a default.
"""

import logging
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

__all__ = ["autoload", "register"]

SCHEMAS = {
    "recurrence": "(str cell, bool reverse, bool packed, Tensor[] given, Tensor[] inputs, bool save=True)"
    " -> (Tensor, Tensor, Tensor, Tensor, Tensor)",
    "recurrence_backward": "(str cell, bool[] flags, Tensor[] given, Tensor[] inputs, Tensor[] saved) -> Tensor[]",
    "scan": "(SymInt parts, bool reverse, Tensor? lengths, Tensor a, Tensor b, Tensor h0) -> (Tensor, Tensor)",
    "scan_backward": "(SymInt parts, bool reverse, Tensor? lengths, Tensor[] inputs, Tensor?[] grads) -> Tensor[]",
}


@cache
def register() -> None:
    """Define the operators in torch, which is imported; once in a process."""
    torch = sys.modules["torch"]
    library = torch.library
    for name, schema in SCHEMAS.items():
        operator = f"unrolled::{name}"
        library.define(operator, schema, tags=torch.Tag.pt2_compliant_tag)
        library.impl(operator, "default", _later(f"{name}_kernel"))
        library.register_fake(operator, _later(f"{name}_fake"))
        library.register_autograd(operator, _later(f"{name}_autograd"), setup_context=_later(f"{name}_context"))


def autoload() -> None:
    """What torch calls while it is imported, which must not fail for anything here."""
    try:
        register()
    except Exception as error:
        logging.getLogger("unrolled").warning("exported programs with unrolled's layers will not load: %s", error)


def _later(name: str) -> Callable[..., Any]:
    """A function of `unrolled.nn.compiled`, loaded with its first call."""

    def call(*arguments: Any, **named: Any) -> Any:
        return getattr(import_module("unrolled.nn.compiled"), name)(*arguments, **named)

    return call
