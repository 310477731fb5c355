"""Where series stand when a forecast is asked for: at the end of what was learnt, or after further data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unrolled.data.grids import stamp_text
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.panel_network import PanelNetwork
from unrolled.inference.panel_state import PanelState, moments, state_after
from unrolled.inference.recent_values import RecentValues
from unrolled.inputs.history import Moments, read_history
from unrolled.smoothing.bank import Bank
from unrolled.sources.panel_ahead import future_beyond, known_ahead
from unrolled.tasks.forecast_sizes import nonnegative
from unrolled.tasks.known_periods import standard_ahead
from unrolled.tasks.panel_learnt import LearntPanel
from unrolled.tasks.smoothed import all_smoothed, smoothed

__all__ = ["Standing", "read_anew", "read_to_the_end", "stand"]

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
        outline = learnt.outline
        periods = self.last[:, None] + np.arange(1, outline.horizon + 1)
        future = self.future[:, : outline.horizon]
        _check_future(self, learnt, future)
        return moments(network, self.bank, self.state, standard_ahead(learnt, periods, future))

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


def _check_future(standing: Standing, learnt: LearntPanel, future: Floats) -> None:
    asked = future[..., : future.shape[2] - bool(learnt.format.holidays)]
    missing = np.argwhere(np.isnan(asked))
    if len(missing):
        row, step, column = missing[0].tolist()
        last = standing.last[row]
        stamp, end = learnt.format.frequency.stamps(np.array([last + 1 + step, last + learnt.outline.horizon]))
        name = learnt.format.names("future")[column].partition("=")[0]  # of a category that of its column
        raise InputError(
            f"unique_id {standing.ids[row]!r}, ds {stamp_text(stamp)}: no {name}, which is known ahead; expected rows "
            f"with it up to {stamp_text(end)}, their y empty, as in predict MODEL new.csv"
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


def read_to_the_end(learnt: LearntPanel, network: PanelNetwork, panel: Panel) -> LearntPanel:
    """``learnt``, whose bank is fitted to a panel, at the end of it."""
    learnt, long = all_smoothed(learnt, panel)
    history, state, running = read_history(long, learnt.bank, learnt.outline, learnt.covariates)
    return replace(learnt, state=state_after(network, history, state, running))


def read_anew(learnt: LearntPanel, network: PanelNetwork, panel: Panel) -> Standing:
    """After a panel's own history. A series that was learnt from is smoothed as it was then, another as fits it.

    A series that was learnt from and has no values here, but covariates that are known ahead, goes on where it ended.
    """
    assert learnt.state is not None
    rows = learnt.rows(panel.ids)
    known = rows >= 0
    static = np.where(known[:, None] & np.isnan(panel.static), learnt.static[np.maximum(rows, 0)], panel.static)
    panel = replace(panel, static=static)
    goes_on = np.flatnonzero(known & (panel.lengths == 0))
    bank, long = smoothed(learnt, panel, rows, panel)
    history, bank_state, running = read_history(long, bank, learnt.outline, learnt.covariates)
    state = state_after(network, history, bank_state, running)
    state.put(goes_on, learnt.state.rows(rows[goes_on]))
    positive = nonnegative(panel) | (panel.lengths == 0)
    positive &= np.where(known, learnt.nonnegative[np.maximum(rows, 0)], bool(learnt.nonnegative.all()))
    recent = RecentValues.of(panel, learnt.recent.y.shape[1])
    recent.put(goes_on, learnt.recent.rows(rows[goes_on]))
    last, future = panel.last, future_beyond(panel, learnt.outline.horizon)[:, : learnt.outline.horizon]
    if len(goes_on):
        ends = np.where(np.isin(np.arange(len(rows)), goes_on), learnt.last[np.maximum(rows, 0)], last)
        ahead = known_ahead(learnt.format, learnt.future[np.maximum(rows, 0)], ends, ends, panel)
        future[goes_on] = ahead[goes_on, : learnt.outline.horizon]
        last = ends
    return Standing(panel.ids, last, bank, positive, state, future, static, recent)
