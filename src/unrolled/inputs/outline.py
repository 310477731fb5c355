"""The sizes of a forecaster, which a fit settles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["OWN_FEATURES", "Outline"]

CYCLES = 3  # of each season that the head looks back on
OWN_FEATURES = 6  # of each period, beside calendar and covariates


@dataclass(frozen=True)
class Outline:
    """The sizes that a fit settles: ``seasons`` in periods, the head's ``window`` and ``horizon``, and how many columns
    the ``calendar`` and the covariates have."""

    seasons: tuple[int, ...]
    window: int
    horizon: int
    calendar: int
    past: int = 0
    future: int = 0
    static: int = 0

    @property
    def ring(self) -> int:
        """How many values of the past are kept for the head."""
        return max(self.window, CYCLES * max(self.seasons), 4)

    @property
    def lags(self) -> NDArray[np.int64]:
        """How far back from the anchor the values at the target's season stand (horizon, L): 0 is the last value."""
        ahead = np.arange(1, self.horizon + 1)
        back = [(-(-ahead // season) + cycle) * season - ahead for season in self.seasons for cycle in range(CYCLES)]
        lags = np.stack(back, 1)
        return lags[:, (lags < self.ring).all(0)]

    @property
    def inputs(self) -> int:
        """Features that the memory reads at each period."""
        return OWN_FEATURES + self.known + self.past + self.static

    @property
    def known(self) -> int:
        """Columns that are known ahead: the calendar's and those of the covariates."""
        return self.calendar + self.future

    @property
    def targets(self) -> int:
        """Features of each period of the horizon that the head reads."""
        return int(self.lags.shape[1]) + 3 + self.known
