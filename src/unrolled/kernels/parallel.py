"""How many threads the kernels use when numpy calls them; from torch they use torch's own number."""

from unrolled.errors import InputError

__all__ = ["set_threads", "threads"]

_threads = 1


def set_threads(threads: int) -> None:
    """Let a kernel called from numpy use this many threads: at first 1. InputError unless it is 1 or more."""
    global _threads  # noqa: PLW0603  one setting for the process, like numpy's and torch's
    if threads < 1:
        raise InputError(f"{threads} threads; expected 1 or more")
    _threads = threads


def threads() -> int:
    """The number of threads that `set_threads` set."""
    return _threads
