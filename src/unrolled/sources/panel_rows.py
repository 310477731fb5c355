"""Rows on a grid of time become a panel: sorted, with gaps, and what is known beyond the last value apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel
from unrolled.errors import InputError

__all__ = ["LongRows", "assembled", "in_order", "spans"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
_MOST = 2**30  # periods in all, which take 8 GB


@dataclass(frozen=True)
class LongRows:
    """The rows of N series: the series (n,) of each as a place among ``ids``, its period, value, whether it was cut,
    and its covariates, which stand by name in the columns of ``past``, ``future`` and ``static``."""

    ids: Sequence[str]
    series: NDArray[np.int32]
    periods: Whole
    y: Floats
    cut: NDArray[np.bool_]
    past: Mapping[str, Floats]
    future: Mapping[str, Floats]
    static: Mapping[str, Floats]


def in_order(series: NDArray[np.int32], periods: Whole) -> NDArray[np.int64] | None:
    """The order of rows by series and period; None where they stand so."""
    if not len(series):
        return None
    steps = np.diff(series)
    if ((steps > 0) | ((steps == 0) & (np.diff(periods) >= 0))).all():
        return None
    low = periods.min()
    span = int(periods.max() - low) + 1
    return np.argsort(series.astype(np.int64) * span + (periods - low), kind="stable")


@dataclass(frozen=True)
class Spans:
    """For each series of sorted rows: the period of its first value, how many periods there are to its last one, and
    how many to its last row."""

    first: Whole
    lengths: Whole
    known: Whole


def spans(rows: LongRows, fill_to_end: bool, further: bool = False) -> Spans:
    """Where values begin, with ``further`` the rows, and where values end; with ``fill_to_end`` all that have any end
    together."""
    count = len(rows.ids)
    bounds = np.searchsorted(rows.series, np.arange(count + 1))
    first_row, last_row = rows.periods[bounds[:-1]], rows.periods[bounds[1:] - 1]
    seen = np.flatnonzero(~np.isnan(rows.y))
    within = np.searchsorted(rows.series[seen], np.arange(count + 1))
    observed = np.diff(within) > 0
    first, last = first_row.copy(), first_row - 1
    if not further:
        first[observed] = rows.periods[seen[within[:-1][observed]]]
    last[observed] = rows.periods[seen[within[1:][observed] - 1]]
    if fill_to_end and observed.any():
        last[observed] = last.max(where=observed, initial=np.iinfo(np.int64).min)
    return Spans(first, last - first + 1, np.maximum(last_row, last) - first + 1)


def assembled(
    rows: LongRows, frequency: Frequency, zero: bool, ahead: bool, horizon: int = 0, further: bool = False
) -> Panel:
    """The panel of sorted rows. A period without a row has no value, or, ``zero``, 0 up to the last of the table.

    ``ahead``: whether there are covariates known of the future, for which there are places at least ``horizon``
    periods beyond the last value. ``further``: a series that has values begins with its first row.
    """
    span = spans(rows, zero, further)
    known = np.maximum(span.known, span.lengths + horizon) if ahead else span.known * 0
    total = int(span.lengths.sum() + known.sum())
    if total > _MOST:
        longest = int((span.lengths + known).argmax())
        raise InputError(
            f"unique_id {rows.ids[longest]!r} spans {int(span.lengths[longest]):,} periods of {frequency.name}, all "
            f"series {total:,}, for {len(rows.y):,} rows; bring them to a coarser frequency"
        )
    places = rows.periods - span.first[rows.series]
    inside = (places >= 0) & (places < span.lengths[rows.series])
    offsets = np.concatenate([[0], np.cumsum(span.lengths)])
    at = (offsets[rows.series] + places)[inside]

    def placed(values: NDArray[Any], empty: float) -> NDArray[Any]:
        column = np.full(int(offsets[-1]), empty, values.dtype)
        column[at] = values[inside]
        return column

    past = [placed(values, np.nan) for values in rows.past.values()]
    future_offsets = np.concatenate([[0], np.cumsum(known)])
    future = np.full((int(future_offsets[-1]), len(rows.future)), np.nan)
    if rows.future:
        there = (places >= 0) & (places < known[rows.series])
        future_at = (future_offsets[rows.series] + places)[there]
        for number, values in enumerate(rows.future.values()):
            future[future_at, number] = values[there]
    return Panel(
        ids=rows.ids,
        frequency=frequency,
        first=span.first,
        offsets=offsets,
        y=placed(rows.y, 0.0 if zero else np.nan),
        cut=placed(rows.cut, False),
        past=np.stack(past, 1) if past else np.zeros((int(offsets[-1]), 0)),
        future_offsets=future_offsets,
        future=future,
        static=_static(rows),
        past_names=tuple(rows.past),
        future_names=tuple(rows.future),
        static_names=tuple(rows.static),
    )


def _static(rows: LongRows) -> Floats:
    """Of each series the first value that is there."""
    static = np.full((len(rows.ids), len(rows.static)), np.nan)
    for number, values in enumerate(rows.static.values()):
        there = np.flatnonzero(~np.isnan(values))
        series, first = np.unique(rows.series[there], return_index=True)
        static[series, number] = values[there[first]]
    return static
