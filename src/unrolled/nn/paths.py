"""Which way a twin's last call went, and why."""

import logging
from typing import NamedTuple

import torch
from torch import nn

__all__ = ["Path", "last_path", "took"]


class Path(NamedTuple):
    """How a twin computed: "kernel", "torch" (torch's own path) or "reference"; and why not by the kernel."""

    name: str
    reason: str | None = None


_IN_THE_KERNEL = Path("kernel")
_last: Path | None = None
_reported: set[str] = set()


def last_path() -> Path | None:
    """The path the last call of a twin in this process took; None where there was no call, or while compiling."""
    return _last


def took(module: nn.Module, name: str, reason: str | None = None) -> None:
    """Remember the path; the first time a reason keeps a call from the kernel, say so."""
    global _last  # noqa: PLW0603  what the last call did is one thing for the process
    if torch.compiler.is_compiling():
        return
    _last = _IN_THE_KERNEL if reason is None and name == "kernel" else Path(name, reason)
    if reason is not None and reason not in _reported:
        _reported.add(reason)
        where = "torch's own path" if name == "torch" else "the slow reference"
        logging.getLogger("unrolled").warning("%s runs on %s: %s", type(module).__name__, where, reason)
