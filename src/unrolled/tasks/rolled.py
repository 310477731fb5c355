"""Forecasts from several origins in the past, each made of nothing but what was known there."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.inference.ancestral import answers_at
from unrolled.inference.correction import Correction
from unrolled.inference.forecasts import Forecasts
from unrolled.inference.panel_network import Answers, PanelNetwork
from unrolled.inputs.history import Moments, read_history
from unrolled.models.likelihoods import LEVELS, between_levels
from unrolled.tasks.panel_learnt import LearntPanel
from unrolled.tasks.smoothed import smoothed

__all__ = ["actual_after", "at_levels", "before", "point_of", "roll"]

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]


def before(panel: Panel, last: Whole) -> Panel:
    """A panel with the values up to the periods ``last`` (N,) alone; covariates that are known ahead stay."""
    return panel.beginning(np.clip(last - panel.first + 1, 0, panel.lengths))


def actual_after(panel: Panel, last: Whole, horizon: int) -> Floats:
    """The values of the ``horizon`` periods after the periods ``last`` (N,), NaN where there is none (N, horizon)."""
    within = (last - panel.first)[:, None] + np.arange(1, horizon + 1)
    there = (within >= 0) & (within < panel.lengths[:, None])
    return np.where(there, panel.y[np.where(there, panel.offsets[:-1, None] + within, 0)], np.nan)


def at_levels(forecasts: Forecasts, levels: Sequence[float], nonnegative: NDArray[np.bool_] | None = None) -> Forecasts:
    """Forecasts at `LEVELS` → at other levels; ``nonnegative`` (N,) are never below 0."""
    told = np.maximum.accumulate(forecasts.quantiles @ between_levels(LEVELS, levels), -1)
    if nonnegative is not None:
        told = np.where(nonnegative[:, None, None], np.maximum(told, 0), told)
    return replace(forecasts, levels=list(levels), quantiles=told)


def point_of(told: Floats, answers: Answers, moments: Moments, correction: Correction) -> Floats:
    """One value (N, H) for corrected quantiles at `LEVELS`: the median; of counts, with many zeros, the mean."""
    if answers.mean is None:
        return told[..., LEVELS.index(0.5)]
    return correction.share * answers.mean + (1 - correction.share) * np.maximum(moments.base, 0)


def roll(learnt: LearntPanel, network: PanelNetwork, panel: Panel, origins: Sequence[Whole]) -> list[Forecasts]:
    """Forecasts from each origin, last periods (N,), by one fitted model; each series is read once.

    A series without a value up to an origin has NaN there, unless few values were known of it in learning. A series
    that the model did not learn from is smoothed by what was known at its first origin.
    """
    assert learnt.correction is not None
    rows = learnt.rows(panel.ids)
    last = np.stack(origins)
    bank, panel = smoothed(learnt, panel, rows, before(panel, last[0]))
    history, _, _ = read_history(panel, bank, learnt.outline, learnt.covariates)
    place = panel.offsets[:-1] + last - panel.first
    there = last >= panel.first
    anchors = place[there]
    moments = history.moments(anchors)
    positive = np.where(rows >= 0, learnt.nonnegative[np.maximum(rows, 0)], bool(learnt.nonnegative.all()))
    positive = positive[np.broadcast_to(np.arange(len(panel)), there.shape)[there]]
    answers = answers_at(network, history, learnt.covariates, anchors, moments, positive)
    told = learnt.correction.quantiles(answers.quantiles, moments, positive)
    points = np.full((*there.shape, told.shape[1]), np.nan)
    points[there] = point_of(told, answers, moments, learnt.correction)
    quantiles = np.full((*there.shape, *told.shape[1:]), np.nan)
    quantiles[there] = told
    return [
        Forecasts(panel.ids, panel.frequency, each, point, LEVELS, values)
        for each, point, values in zip(last, points, quantiles, strict=True)
    ]
