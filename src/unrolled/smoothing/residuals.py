"""The errors that a bank made at its last windows, to form quantiles from."""

import numpy as np

from unrolled.smoothing.bank import Bank
from unrolled.smoothing.state import Floats, Track

__all__ = ["residuals"]


def residuals(bank: Bank, track: Track, y: Floats, horizon: int, windows: int) -> Floats:
    """y − forecast of the last ``windows`` anchors of each series (N, windows, horizon), the latest last.

    The last anchor stands ``horizon`` periods before a series' end. NaN where a series has no such anchor or value.
    """
    begin, end = track.offsets[:-1, None], track.offsets[1:, None]
    anchors = end - 1 - horizon - np.arange(windows)[::-1]  # (N, windows)
    errors = np.full((len(bank), windows, horizon), np.nan)
    there = anchors >= begin
    at = anchors[there]
    errors[there] = y[at[:, None] + 1 + np.arange(horizon)] - bank.centre(track, at, horizon)
    return errors
