"""The picture of calibration: how often values fall where the forecast's quantiles say that they do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.inspection.figures import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_calibration"]

Floats = NDArray[np.float64]


def draw_calibration(look: Look, levels: Sequence[float], quantiles: Floats, actual: Floats, title: str) -> "Figure":
    """Draw the coverage that central intervals reach beside their level, and the histogram of the values' PIT.

    ``quantiles`` (..., Q) are the forecast's at ``levels`` (Q,), ``actual`` (...) the values that came, NaN where none
    did. The PIT (probability integral transform) is the level at which the forecast places a value.
    """
    raise NotImplementedError
