"""Covariates that are known of the future, as periods go by: what was known, what new rows say, and holidays."""

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.sources.panel import PanelFormat
from unrolled.sources.panel_holidays import holiday_counts

__all__ = ["future_beyond", "known_ahead"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
KEPT = 8  # horizons that are kept of what is known ahead, where so much is known


def future_beyond(panel: Panel, horizon: int) -> Floats:
    """The covariates of the periods after each series' last value (N, K, F), NaN where unknown; K >= ``horizon``."""
    known, lengths = np.diff(panel.future_offsets), panel.lengths
    longest = int((known - lengths).max(initial=0))
    within = lengths[:, None] + np.arange(min(max(longest, horizon), KEPT * horizon))
    there = within < known[:, None]
    if not len(panel.future):
        return np.full((*within.shape, panel.future.shape[1]), np.nan)
    return np.where(
        there[..., None], panel.future[np.where(there, panel.future_offsets[:-1, None] + within, 0)], np.nan
    )


def known_ahead(learnt: PanelFormat, future: Floats, before: Whole, last: Whole, panel: Panel) -> Floats:
    """The covariates (N, H, F) of the H periods after ``last``, where ``future`` has those of the H after ``before``.

    What the N series of ``panel`` say of the future goes before; NaN where nothing is known.
    """
    count, horizon, width = future.shape
    if not width:
        return future
    steps = np.arange(horizon)
    moved = steps + (last - before)[:, None]
    kept = np.take_along_axis(future, np.minimum(moved, horizon - 1)[..., None], 1)
    ahead = np.where((moved < horizon)[..., None], kept, np.nan)
    if len(panel.future):
        within = last[:, None] + 1 + steps - panel.first[:, None]
        there = (within >= 0) & (within < np.diff(panel.future_offsets)[:, None])
        said = panel.future[np.where(there, panel.future_offsets[:-1, None] + within, 0)]
        ahead = np.where(there[..., None] & ~np.isnan(said), said, ahead)
    if learnt.holidays:
        periods = last[:, None] + 1 + steps
        ahead[..., -1] = holiday_counts(learnt.frequency, periods.ravel(), learnt.holidays).reshape(count, horizon)
    return ahead
