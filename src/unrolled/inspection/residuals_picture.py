"""The picture of residuals: actual value less forecast, over time and as a distribution."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.data.frequency import Frequency
from unrolled.inspection.figures import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_residuals"]

Floats = NDArray[np.float64]


def draw_residuals(
    look: Look,
    ids: Sequence[str],
    frequency: Frequency,
    periods: NDArray[np.int64],
    residuals: Floats,
    title: str,
) -> "Figure":
    """Draw the ``residuals`` (N, T) of N series at ``periods`` (N, T), NaN where there is none.

    Each series is a panel, over time and as a distribution beside it; of more than 6 series the first 6.
    """
    raise NotImplementedError
