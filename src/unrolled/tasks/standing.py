"""Where series stand when a forecast is asked for: at the end of what was learnt, or after further data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.panel_network import PanelNetwork
from unrolled.inference.panel_state import PanelState, advance, moments, state_after
from unrolled.inference.recent_values import RecentValues
from unrolled.inputs.covariates import standard
from unrolled.inputs.history import Moments, read_history
from unrolled.smoothing.bank import Bank
from unrolled.smoothing.fit import fit_bank
from unrolled.sources.panel_ahead import known_ahead
from unrolled.sources.panel_checks import check_known
from unrolled.tasks.panel_learnt import LearntPanel
from unrolled.tasks.rolled import with_known

__all__ = ["Standing", "read_anew", "stand", "updated"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Standing:
    """N series after their ``last`` period, with what is known beyond it; fields as in `LearntPanel`."""

    ids: Sequence[str]
    last: Whole
    bank: Bank
    nonnegative: NDArray[np.bool_]
    state: PanelState
    future: Floats
    static: Floats
    recent: RecentValues

    def moments(self, learnt: LearntPanel, network: PanelNetwork) -> Moments:
        """What the network's head reads; InputError, naming the series and the stamp, for a covariate not known."""
        outline, frequency = learnt.outline, learnt.format.frequency
        periods = self.last[:, None] + np.arange(1, outline.horizon + 1)
        parts = []
        if outline.calendar:
            parts.append(frequency.calendar(periods.reshape(-1)).reshape(*periods.shape, -1))
        if outline.future:
            _check_future(self, learnt)
            parts.append(standard(self.future, learnt.covariates.future))
        known = np.concatenate(parts, -1) if parts else np.zeros((*periods.shape, 0), np.float32)
        return moments(network, self.bank, self.state, known)

    def only(self, ids: Sequence[str]) -> "Standing":
        """Some of the series, in this order; InputError for one that is not there."""
        places = {id: row for row, id in enumerate(self.ids)}
        if unknown := [id for id in ids if id not in places]:
            raise InputError(
                f"unique_id {unknown[0]!r} is no series of this model; it has {', '.join(list(places)[:5])}, ..."
            )
        index = np.array([places[id] for id in ids], np.int64)
        state = self.state.rows(index)
        positive, future, static = self.nonnegative[index], self.future[index], self.static[index]
        recent = self.recent.rows(index)
        return Standing(list(ids), self.last[index], self.bank.rows(index), positive, state, future, static, recent)

    def history(self, learnt: LearntPanel) -> Panel:
        """The last values of each series, as many as are kept, as a panel without covariates."""
        return self.recent.panel(self.ids, learnt.format.frequency, self.last)


def _check_future(standing: Standing, learnt: LearntPanel) -> None:
    missing = np.argwhere(np.isnan(standing.future))
    if len(missing):
        row, step, column = missing[0].tolist()
        stamp = learnt.format.frequency.stamps(standing.last[row : row + 1] + 1 + step)[0]
        name = learnt.format.names("future")[column]
        raise InputError(
            f"{standing.ids[row]}, {stamp}: {name} is not known; expected it for {learnt.outline.horizon} periods "
            "after the last value, in rows without a value: predict MODEL new.csv"
        )


def stand(learnt: LearntPanel) -> Standing:
    """The end of what was learnt, or updated since."""
    assert learnt.state is not None
    return Standing(
        learnt.ids,
        learnt.last,
        learnt.bank,
        learnt.nonnegative,
        learnt.state,
        learnt.future,
        learnt.static,
        learnt.recent,
    )


def read_anew(learnt: LearntPanel, network: PanelNetwork, panel: Panel) -> Standing:
    """After a panel's own history. A series that was learnt from is smoothed as it was then, another as fits it.

    A panel that tells nothing but what is known of the future of series that were learnt from goes on where they ended.
    """
    from unrolled.tasks.forecasting import future_beyond

    known = {id: row for row, id in enumerate(learnt.ids)}
    rows = np.array([known.get(id, -1) for id in panel.ids], np.int64)
    check_known(panel, known)
    if not len(panel.y) and (rows >= 0).all():
        end = stand(learnt).only(panel.ids)
        return replace(end, future=known_ahead(learnt.format, end.future, end.last, end.last, panel))
    bank = fit_bank(panel.y, panel.offsets, panel.cut, learnt.outline.seasons, learnt.outline.horizon)
    bank = with_known(bank, learnt, rows)
    history, state, running = read_history(panel, bank, learnt.outline, learnt.covariates)
    below = np.concatenate([[0], np.cumsum(panel.y < 0)])
    nonnegative = np.diff(below[panel.offsets]) == 0
    nonnegative &= np.where(rows >= 0, learnt.nonnegative[rows], bool(learnt.nonnegative.all()))
    return Standing(
        panel.ids,
        panel.last,
        bank,
        nonnegative,
        state_after(network, history, state, running),
        future_beyond(panel, learnt.outline.horizon),
        panel.static,
        RecentValues.of(panel, learnt.recent.y.shape[1]),
    )


def updated(learnt: LearntPanel, network: PanelNetwork, panel: Panel) -> LearntPanel:
    """``learnt`` after further values of its series, whose state and known future are moved on in place.

    A period without a value counts as missing. InputError for a value that is not after the last one.
    """
    assert learnt.state is not None
    known = {id: row for row, id in enumerate(learnt.ids)}
    rows = np.array([known.get(id, -1) for id in panel.ids], np.int64)
    first, last = panel.first, panel.last
    frequency = learnt.format.frequency
    for i in np.flatnonzero((panel.lengths > 0) & (rows >= 0)).tolist():
        if first[i] <= learnt.last[rows[i]]:
            stamp, end = frequency.stamps(np.array([first[i], learnt.last[rows[i]]])).tolist()
            raise InputError(f"{panel.ids[i]}, {stamp}: there are values up to {end} already; expected later ones")
    if (rows < 0).any():
        raise InputError(f"{panel.ids[int(np.argmax(rows < 0))]}: is no series of this model; fit anew to take it in")
    state, now = learnt.state, learnt.last.copy()
    for step in range(1, int((last - learnt.last[rows]).max(initial=0)) + 1):
        at = learnt.last[rows] + step
        chosen = np.flatnonzero(at <= last)
        _advance(learnt, network, state, panel, rows[chosen], chosen, at[chosen])
        now[rows[chosen]] = at[chosen]
    learnt.recent.add(rows, panel, first - learnt.last[rows] - 1)
    learnt.future[rows] = known_ahead(learnt.format, learnt.future[rows], learnt.last[rows], now[rows], panel)
    return replace(learnt, last=now, state=state)


def _advance(
    learnt: LearntPanel, network: PanelNetwork, state: PanelState, panel: Panel, rows: Whole, chosen: Whole, at: Whole
) -> None:
    """Read the values of one period of some series."""
    within = at - panel.first[chosen]
    there = within >= 0
    places = np.where(there, panel.offsets[chosen] + within, panel.offsets[chosen])
    y = np.where(there, panel.y[places], np.nan)
    cut = there & panel.cut[places]
    part = state.rows(rows)
    beside = _beside(learnt, panel, rows, chosen, within, places, at)
    advance(network, learnt.bank.rows(rows), part, y, cut, beside)
    state.put(rows, part)


def _beside(
    learnt: LearntPanel, panel: Panel, rows: Whole, chosen: Whole, within: Whole, places: Whole, at: Whole
) -> NDArray[np.float32]:
    """Calendar and covariates (N, C) of one period of some series; one that is not known counts as its mean."""
    outline, covariates = learnt.outline, learnt.covariates
    parts = []
    if outline.calendar:
        parts.append(learnt.format.frequency.calendar(at))
    there = within >= 0
    if outline.future:
        place = np.where(there, panel.future_offsets[chosen] + within, 0)
        parts.append(standard(np.where(there[:, None], panel.future[place], np.nan), covariates.future))
    if outline.past:
        parts.append(standard(np.where(there[:, None], panel.past[places], np.nan), covariates.past))
    if outline.static:
        parts.append(standard(learnt.static[rows], covariates.static))
    return np.concatenate(parts, 1) if parts else np.zeros((len(at), 0), np.float32)
