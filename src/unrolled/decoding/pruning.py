"""The best continuations of hypotheses, without a sort of the whole vocabulary."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_of_rows", "places_in_groups"]

GROUP = 32  # columns whose largest value is taken first


def best_of_rows(
    values: NDArray[np.float32], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """(R, V) → rows and columns of at least the ``n`` largest of each row, equals included, never -inf; unsorted.

    Then (R,) what at least n of a row reach, the least number where fewer than n are finite. The columns are dealt into
    groups; n of these have a largest value that is at least the n-th largest of all, so that whatever is less than the
    n-th largest of those need not be looked at.
    """
    rows, columns = values.shape
    groups, lowest = columns // GROUP, np.finfo(np.float32).min
    if groups < n:
        least = np.partition(values, columns - n, axis=1)[:, columns - n] if n < columns else values.min(1)
        least = np.maximum(least, lowest)
        all_rows, all_columns = np.nonzero(values >= least[:, None])
        return all_rows, all_columns, least if n <= columns else np.full_like(least, lowest)
    dealt = values[:, : groups * GROUP].reshape(rows, GROUP, groups)  # a group lies in a column: one pass by SIMD
    largest = dealt.max(1)  # (R, groups)
    least = np.maximum(np.partition(largest, groups - n, axis=1)[:, groups - n], lowest)
    group_rows, group = np.nonzero(largest >= least[:, None])
    which, place = np.nonzero(dealt[group_rows, :, group] >= least[group_rows, None])
    rest_rows, rest = np.nonzero(values[:, groups * GROUP :] >= least[:, None])
    found_rows = np.concatenate((group_rows[which], rest_rows))
    return found_rows, np.concatenate((place * groups + group[which], rest + groups * GROUP)), least


def places_in_groups(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which place (M,) each has in its group, from 0 on; equal ``groups`` (M,) stand together."""
    places = np.arange(len(groups))
    first = np.ones(len(groups), bool)
    np.not_equal(groups[1:], groups[:-1], out=first[1:])
    return places - np.maximum.accumulate(places * first)
