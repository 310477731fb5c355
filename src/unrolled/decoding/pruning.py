"""The best continuations of hypotheses, without a sort of the whole vocabulary."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_of_rows", "places_in_groups"]

BLOCK = 64  # tokens whose largest log-probability is taken first


def best_of_rows(values: NDArray[np.float32], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(R, V) → rows and columns of at least the ``n`` largest of each row, equals included, never -inf; unsorted.

    The columns are dealt into groups; n of these have a largest value that is at least the n-th largest of all, so
    that whatever is less than the n-th largest of those need not be looked at.
    """
    rows, columns = values.shape
    groups = columns // BLOCK
    if groups < n:
        found_rows, found = np.nonzero(values > -np.inf)
        return found_rows, found
    dealt = values[:, : groups * BLOCK].reshape(rows, BLOCK, groups)  # a group lies in a column: one pass by SIMD
    least = np.partition(dealt.max(1), groups - n, axis=1)[:, groups - n, None]  # (R, 1)
    found_rows, found = np.divmod(np.flatnonzero(values >= least), columns)
    possible = values[found_rows, found] > -np.inf
    return found_rows[possible], found[possible]


def places_in_groups(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which place (M,) each has in its group, from 0 on; equal ``groups`` (M,) stand together."""
    starts = np.flatnonzero(np.diff(groups, prepend=groups[:1] - 1))
    return np.arange(len(groups)) - np.repeat(starts, np.diff(starts, append=len(groups)))
