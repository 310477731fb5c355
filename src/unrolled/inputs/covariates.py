"""Covariates of a panel as a forecaster reads them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel

__all__ = ["Covariates", "squashed", "standard"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
SQUASHED = 8.0  # the size at which a feature is half as large as it was


@dataclass(frozen=True)
class Covariates:
    """The mean and the spread of each covariate, by which it is measured; a missing one counts as the mean."""

    past: Floats
    future: Floats
    static: Floats

    @classmethod
    def of(cls, panel: Panel) -> "Covariates":
        """Those of a panel, arrays (2, columns)."""
        return cls(*(_moments(values) for values in (panel.past, panel.future, panel.static)))

    def scaled(self, panel: Panel) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """A panel's covariates of the past, the future and the series, as the model reads them."""
        pairs = ((panel.past, self.past), (panel.future, self.future), (panel.static, self.static))
        past, future, static = (standard(values, moments) for values, moments in pairs)
        return past, future, static


def _moments(values: Floats) -> Floats:
    if not values.size:
        return np.repeat([[0.0], [1.0]], values.shape[1], 1)
    known = np.isfinite(values)
    count = np.maximum(known.sum(0), 1)
    mean = np.where(known, values, 0).sum(0) / count
    spread = np.sqrt((np.where(known, values - mean, 0) ** 2).sum(0) / count)
    return np.stack([mean, np.where(spread > 0, spread, 1)])


def standard(values: Floats, moments: Floats) -> Singles:
    """Covariates (..., C) as the model reads them: around their mean, by their spread; 0 where missing."""
    scaled = (values - moments[0]) / moments[1]
    return squashed(np.where(np.isfinite(scaled), scaled, 0)).astype(np.float32)


def squashed(values: Floats) -> Floats:
    """Values with large ones made smaller: never beyond `SQUASHED`."""
    return values / (1 + np.abs(values) / SQUASHED)
