"""The picture of forecasts: history, point forecast and intervals of several series, a panel each."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.inference.forecasts import Forecasts
from unrolled.inspection.figures import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MOST_SERIES", "draw_forecasts"]

Floats = NDArray[np.float64]
MOST_SERIES = 12  # on a page


def draw_forecasts(
    look: Look, history: Panel, forecasts: Forecasts, title: str, actual: Floats | None = None
) -> "Figure":
    """Draw each series' last values, its point forecast and its intervals; of more than 12 series the first 12.

    ``history`` and ``forecasts`` have the same series in the same order. ``actual`` (N, H): the values that came, NaN
    where none did.
    """
    raise NotImplementedError
