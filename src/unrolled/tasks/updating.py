"""Further values of series that were learnt from: they move the state on, and nothing is fitted anew.

The state after them is, to the bit, that of reading everything anew. What a value changes in its series' smoothing,
scale and last values is done at once; the network's memory reads it with the next forecast, for all series and values
together, or once so many wait.
"""

from collections.abc import Sequence
from math import isfinite, isnan, nan

import numpy as np
from numpy.typing import NDArray

from unrolled.data.grids import stamp_text
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.panel_network import PanelNetwork
from unrolled.inference.panel_state import OneSeries, Reading, read_period
from unrolled.inputs.history import step_inputs
from unrolled.sources.panel_ahead import known_ahead
from unrolled.tasks.forecast_sizes import nonnegative
from unrolled.tasks.known_periods import standard_beside
from unrolled.tasks.panel_learnt import LearntPanel, Waiting

__all__ = ["SeriesStream", "settle", "updated"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
MOST_WAITING = 1024  # readings of a series or of several at a time, before the memory reads them
TOGETHER = 2**16  # values that it reads at once


class SeriesStream:
    """A single series that takes one value after another as they come: the quickest way to move its state on."""

    def __init__(self, learnt: LearntPanel, network: PanelNetwork, row: int) -> None:
        assert learnt.state is not None
        self._learnt, self._network, self._row = learnt, network, row
        one = slice(row, row + 1)
        self._series = OneSeries(learnt.outline, learnt.bank.rows(one), learnt.state.rows(one))

    def feed(
        self,
        y: float,
        *,
        past: Sequence[float] | None = None,
        future: Sequence[float] | None = None,
        cut: bool = False,
    ) -> float:
        """Read the value of the next period, NaN where it is missing; returns what the smoothing expected it to be.

        ``past`` and ``future``: the period's covariates in the order of the model's format, what is known already where
        they are not given. ``cut``: whether the value was cut by what was available. InputError for an infinite value.
        """
        learnt, row = self._learnt, self._row
        y = float(y)
        if not (isfinite(y) or isnan(y)):
            stamp = learnt.format.frequency.stamps(learnt.last[row : row + 1] + 1)[0]
            place = f"unique_id {learnt.ids[row]!r}, ds {stamp_text(stamp)}"
            raise InputError(f"{place}: y is {y}; expected a finite number, or NaN where missing")
        ahead = _given(future, learnt.outline.future - bool(learnt.format.holidays), "future")
        behind = _given(past, learnt.outline.past, "past")
        if ahead is not None and learnt.format.holidays:
            ahead = np.append(ahead, nan)  # the period says it
        return self._read(y, cut, behind, ahead)

    def read(self, panel: Panel) -> None:
        """Read the value of a panel of one: that of the next period."""
        past = panel.past[0] if panel.past.shape[1] else None
        self._read(panel.y.item(), panel.cut.item(), past, panel.future[0] if panel.future.shape[1] else None)

    def _read(self, y: float, cut: bool, past: Floats | None, future: Floats | None) -> float:
        learnt, row = self._learnt, self._row
        known = None
        if learnt.outline.future:
            known = learnt.future[row, 0].copy()
            if future is not None:
                known = np.where(np.isnan(future), known, future)
            learnt.future[row, :-1] = learnt.future[row, 1:]
            learnt.future[row, -1] = nan
        reading, expected = self._series.read(y, cut)
        period = learnt.last.item(row) + 1
        learnt.last[row] = period
        if y < 0:
            learnt.nonnegative[row] = False
        learnt.recent.add_one(row, y, cut)
        learnt.waiting.append(Waiting(row, period, reading, known, past))
        if len(learnt.waiting) >= MOST_WAITING:
            settle(learnt, self._network)
        return expected


def _given(values: Sequence[float] | None, count: int, name: str) -> Floats | None:
    if values is None:
        return None
    array = np.asarray(values, np.float64)
    if array.shape != (count,) or np.isinf(array).any():
        raise InputError(
            f"{name} is {values!r:.80}; expected {count} finite numbers, one for each of its columns", name
        )
    return array


def updated(learnt: LearntPanel, network: PanelNetwork, panel: Panel, streams: dict[int, SeriesStream]) -> None:
    """Move ``learnt`` on, in place, by further values of its series; ``streams`` are kept for the next time.

    A period in between without a row is what it was in learning: missing, or 0. Rows without a value bring covariates
    that are known ahead. InputError, before anything is changed, for a series that is not known and for a row that is
    not after the last value.
    """
    rows = _checked(learnt, panel)
    next_one = len(rows) == 1 == len(panel.y) and len(panel.future) < 2
    if next_one and panel.first[0] == learnt.last[rows[0]] + 1:
        row = rows.item()
        if row not in streams:
            streams[row] = SeriesStream(learnt, network, row)
        streams[row].read(panel)
        return
    _read_all(learnt, panel, rows)
    settle(learnt, network)


def _checked(learnt: LearntPanel, panel: Panel) -> Whole:
    """The rows of a panel's series in the state."""
    rows = learnt.rows(panel.ids)
    if (rows < 0).any():
        raise InputError(
            f"unique_id {panel.ids[int(np.argmax(rows < 0))]!r}: is no series of this model, which update moves on; "
            "predict MODEL new.csv forecasts a new one from its history, fit takes it in"
        )
    late = panel.first <= learnt.last[rows]
    if late.any():
        i = int(np.argmax(late))
        stamps = learnt.format.frequency.stamps(np.array([panel.first[i], learnt.last[rows[i]]]))
        stamp, end = map(stamp_text, stamps)
        raise InputError(
            f"unique_id {panel.ids[i]!r}, ds {stamp}: there are values up to {end} already; expected later ones"
        )
    return rows


def _read_all(learnt: LearntPanel, panel: Panel, rows: Whole) -> None:
    """Read a panel into ``rows``; the memory has yet to read it."""
    assert learnt.state is not None
    begin = learnt.last[rows] + 1
    counts = np.where(panel.lengths > 0, panel.last + 1 - begin, 0)
    more = np.full((len(rows), int(counts.max(initial=0)), learnt.outline.future), nan)
    before = np.concatenate([learnt.future[rows], more], 1)
    ahead = known_ahead(learnt.format, before, learnt.last[rows], learnt.last[rows], panel)
    order = np.argsort(-counts, kind="stable")
    state, bank = learnt.state.rows(rows[order]), learnt.bank.rows(rows[order])
    empty = 0.0 if learnt.format.fill == "zero" else nan
    for step in range(int(counts.max(initial=0))):
        going_on = slice(0, int(np.searchsorted(-counts[order], -step, side="left")))
        chosen = order[going_on]
        at = begin[chosen] + step
        there = at >= panel.first[chosen]
        places = panel.offsets[chosen] + np.maximum(at - panel.first[chosen], 0)
        y = np.where(there, panel.y[places], empty)
        past = np.where(there[:, None], panel.past[places], nan)
        read = read_period(learnt.outline, bank.rows(going_on), state.rows(going_on), y, there & panel.cut[places])
        learnt.waiting.append(Waiting(rows[chosen], at, read, ahead[chosen, step], past))
    learnt.state.put(rows[order], state)
    learnt.recent.add(rows, panel, panel.first - begin)
    learnt.nonnegative[rows] &= nonnegative(panel) | (panel.lengths == 0)
    kept = counts[:, None] + np.arange(learnt.future.shape[1])
    learnt.future[rows] = ahead[np.arange(len(rows))[:, None], kept]
    learnt.last[rows] += counts


def settle(learnt: LearntPanel, network: PanelNetwork) -> None:
    """Let the network's memory read what waits for it."""
    if not learnt.waiting:
        return
    assert learnt.state is not None
    rows = np.concatenate([np.atleast_1d(one.rows) for one in learnt.waiting])
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    inputs = _inputs(learnt, order, rows)
    own, begins, counts = np.unique(rows, return_index=True, return_counts=True)
    longest = int(counts.max())
    size = max(1, TOGETHER // longest)
    for start in range(0, len(own), size):
        some, many = own[start : start + size], counts[start : start + size]
        within = np.minimum(np.arange(int(many.max())), many[:, None] - 1)
        x = inputs[begins[start : start + size, None] + within]
        ragged = many if many.min() < x.shape[1] else None
        memory, _ = network.step(learnt.state.memory.rows(some), x, ragged)
        learnt.state.memory.put(some, memory)
    learnt.waiting.clear()


def _inputs(learnt: LearntPanel, order: Whole, rows: Whole) -> NDArray[np.float32]:
    """What the memory reads of all that waits, in this order."""
    outline = learnt.outline
    periods = np.concatenate([np.atleast_1d(one.periods) for one in learnt.waiting])[order]
    columns = [
        np.concatenate([np.atleast_1d(one.reading[k]) for one in learnt.waiting])[order]
        for k in range(len(Reading._fields))
    ]
    future, past = np.full((len(rows), outline.future), nan), np.full((len(rows), outline.past), nan)
    begin = 0
    for one in learnt.waiting:
        end = begin + np.size(one.rows)
        if one.future is not None:
            future[begin:end] = one.future
        if one.past is not None:
            past[begin:end] = one.past
        begin = end
    read, error, y, level, scale, observed = columns
    own = step_inputs(error, y, level, scale, read, observed)
    return np.concatenate([own, standard_beside(learnt, rows, periods, future[order], past[order])], 1)
