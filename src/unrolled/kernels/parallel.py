"""How many threads the kernels use when numpy calls them; from torch they use torch's own number."""

import numpy as np

from unrolled.errors import InputError

__all__ = ["set_threads", "threads"]

MOST = 1 << 16
_threads = 1


def set_threads(threads: int) -> None:
    """Let a kernel called from numpy use this many threads: at first 1. InputError unless it is 1 to `MOST`."""
    global _threads  # noqa: PLW0603  one setting for the process, like numpy's and torch's
    if not isinstance(threads, int | np.integer) or not 1 <= threads <= MOST:
        raise InputError(f"{threads!r} threads; expected a whole number, 1 to {MOST:,}")
    _threads = int(threads)


def threads() -> int:
    """The number of threads that `set_threads` set."""
    return _threads
