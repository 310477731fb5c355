"""The errors that a bank made at its last windows, to form quantiles from."""

import numpy as np
from numpy.typing import NDArray

from unrolled.smoothing.bank import Bank, Track

__all__ = ["residuals"]


def residuals(bank: Bank, track: Track, y: NDArray[np.float64], horizon: int, windows: int) -> NDArray[np.float64]:
    """y − forecast of the last ``windows`` anchors of each series (N, windows, horizon), the latest last.

    The last anchor stands ``horizon`` periods before a series' end. NaN where a series has no such anchor or value.
    """
    raise NotImplementedError
