"""The errors that a bank made at its last windows, to form quantiles from."""

import numpy as np

from unrolled.smoothing.bank import Bank
from unrolled.smoothing.state import Floats, Track

__all__ = ["last_windows", "residuals"]


def residuals(bank: Bank, track: Track, y: Floats, horizon: int, windows: int, step: int = 1) -> Floats:
    """y − forecast of the last ``windows`` anchors of each series (N, windows, horizon), the latest last.

    The last anchor stands ``horizon`` periods before a series' end, each other ``step`` before the next. NaN where a
    series has no such anchor or value.
    """
    actual, forecast = last_windows(bank, track, y, horizon, windows, step)
    errors: Floats = actual - forecast
    return errors


def last_windows(bank: Bank, track: Track, y: Floats, horizon: int, windows: int, step: int) -> tuple[Floats, Floats]:
    """The values and the forecasts (N, windows, horizon) that `residuals` compares."""
    begin, end = track.offsets[:-1, None], track.offsets[1:, None]
    anchors = end - 1 - horizon - step * np.arange(windows)[::-1]  # (N, windows)
    actual, forecast = np.full((2, len(bank), windows, horizon), np.nan)
    there = anchors >= begin
    at = anchors[there]
    actual[there] = y[at[:, None] + 1 + np.arange(horizon)]
    forecast[there] = bank.centre(track, at, horizon)
    return actual, forecast
