"""A panel: many series on one grid of time, with what is known beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unrolled.data.frequency import Frequency
from unrolled.errors import InputError

__all__ = ["Panel"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Panel:
    """N series; the values of all stand one after another, one for each period from the first to the last of a series.

    ``first`` (N,): the period of each series' first value. ``offsets`` (N + 1,): where each begins in ``y``; a series
    may be empty. ``y``: values, NaN where there is none. ``cut``: whether a value was cut by what was available
    (sales while stock ran out), so that demand was at least that. ``past`` (len(y), P): covariates known of the past
    alone. ``future_offsets`` (N + 1,), ``future`` (., F): covariates that are known beyond the last value; those of a
    series start at the same period as its values and go on as far as they are known. ``static`` (N, S): one row a
    series. Categories stand as columns of 0 and 1; NaN where a covariate is missing.
    """

    ids: Sequence[str]
    frequency: Frequency
    first: Whole
    offsets: Whole
    y: Floats
    cut: NDArray[np.bool_]
    past: Floats
    future_offsets: Whole
    future: Floats
    static: Floats
    past_names: Sequence[str] = ()
    future_names: Sequence[str] = ()
    static_names: Sequence[str] = ()

    def __len__(self) -> int:
        """N, the number of series."""
        return len(self.ids)

    @property
    def lengths(self) -> Whole:
        """The number of periods of each series (N,)."""
        return np.diff(self.offsets)

    @property
    def last(self) -> Whole:
        """The period of each series' last value (N,); one before ``first`` where it is empty."""
        return self.first + self.lengths - 1

    def only(self, ids: Sequence[str]) -> "Panel":
        """Some of the series, in this order; InputError for one that is not there."""
        rows = {id: row for row, id in enumerate(self.ids)}
        if unknown := [id for id in ids if id not in rows]:
            some = ", ".join(map(repr, self.ids[:5])) + (", …" if len(rows) > 5 else "")
            raise InputError(f"there is no series {unknown[0]!r}; there is {some}")
        return self.rows(np.array([rows[id] for id in ids], np.int64))

    def rows(self, index: Whole) -> "Panel":
        """The series at these places, in this order."""
        at, offsets = _parts(self.offsets, index)
        ahead, future_offsets = _parts(self.future_offsets, index)
        return replace(
            self,
            ids=[self.ids[row] for row in index.tolist()],
            first=self.first[index],
            offsets=offsets,
            y=self.y[at],
            cut=self.cut[at],
            past=self.past[at],
            future_offsets=future_offsets,
            future=self.future[ahead],
            static=self.static[index],
        )

    def beginning(self, lengths: Whole) -> "Panel":
        """The first ``lengths`` (N,) values of each series; covariates that are known ahead stay."""
        within = np.arange(len(self.y)) - np.repeat(self.offsets[:-1], self.lengths)
        kept = within < np.repeat(lengths, self.lengths)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return replace(self, offsets=offsets, y=self.y[kept], cut=self.cut[kept], past=self.past[kept])


def _parts(offsets: Whole, index: Whole) -> tuple[Whole, Whole]:
    """The places of what some series hold, one series after another, and where each begins among them."""
    lengths = np.diff(offsets)[index]
    begins = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return np.repeat(offsets[index] - begins[:-1], lengths) + np.arange(begins[-1]), begins
