"""What is known of periods beside their values: calendar, holidays and covariates."""

import numpy as np
from numpy.typing import NDArray

from unrolled.inputs.covariates import standard
from unrolled.sources.panel_holidays import holiday_counts
from unrolled.tasks.panel_learnt import LearntPanel

__all__ = ["standard_ahead", "standard_beside"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Whole = NDArray[np.int64]


def standard_ahead(learnt: LearntPanel, periods: Whole, future: Floats) -> Singles:
    """Calendar and covariates of periods (..., C), as the model reads them; one that is not known counts as its mean.

    ``future`` (..., F): those that are known ahead.
    """
    parts = []
    if learnt.outline.calendar:
        parts.append(learnt.format.frequency.calendar(periods.reshape(-1)).reshape(*periods.shape, -1))
    if learnt.outline.future:
        if learnt.format.holidays:
            days = holiday_counts(learnt.format.frequency, periods.reshape(-1), learnt.format.holidays)
            future = np.concatenate([future[..., :-1], days.reshape(*periods.shape, 1)], -1)
        parts.append(standard(future, learnt.covariates.future))
    return np.concatenate(parts, -1) if parts else np.zeros((*periods.shape, 0), np.float32)


def standard_beside(learnt: LearntPanel, rows: Whole, periods: Whole, future: Floats, past: Floats) -> Singles:
    """Calendar and covariates (n, C) of a period of each of ``rows``: those known ahead, of the past, of the series."""
    covariates = learnt.covariates
    parts = [standard_ahead(learnt, periods, future)]
    parts.append(standard(past, covariates.past))
    parts.append(standard(learnt.static[rows], covariates.static))
    return np.concatenate(parts, 1)
