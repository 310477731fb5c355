"""Histories as a forecaster reads them: what its memory reads at each period, and what its head reads at an anchor.

Everything is measured in units of a series' own scale around its own level, both as they stood at that time, so that
series of any size look alike and nothing looks into the future. All sums are elementary, so that reading period by
period gives the same bits as reading all at once.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.inputs.covariates import Covariates, squashed
from unrolled.inputs.outline import Outline
from unrolled.smoothing.bank import Bank
from unrolled.smoothing.fit import fit_bank
from unrolled.smoothing.state import State, Track

__all__ = [
    "LEAST_SCALE",
    "History",
    "Moments",
    "fill",
    "fitted_bank",
    "level_now",
    "longest_mean",
    "next_scale",
    "read_history",
    "step_inputs",
    "used_scale",
]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]

REMEMBERED = 4  # cycles over which the scale is an average
PART = (0.02, 5.0)  # of the level that a forecast counts as, at least and at most, where it sets the scale
LEAST_SCALE = 0.005  # of the level


# Period by period -----------------------------------------------------------------------------------------------------


def fill(y: Floats, forecast: Floats, cut: Flags) -> Floats:
    """Values with the one-step forecast where there is none, or where more would have been asked for."""
    return np.where(np.isnan(y) | (cut & (y < forecast)), forecast, y)


def next_scale(scale: Floats, change: Floats, read: Whole | int, outline: Outline) -> Floats:
    """The running mean of a series' changes over a season, or at first of its errors, after ``read`` values."""
    return scale + (change - scale) / np.minimum(read + 2, longest_mean(outline))


def longest_mean(outline: Outline) -> int:
    """Over how many values the running mean goes in the end."""
    return REMEMBERED * outline.seasons[-1] + 20


def used_scale(scale: Floats, level: Floats, least: Floats) -> Floats:
    """The scale that values are measured by: not too small a part of the level, nor of the series' usual error."""
    return np.maximum(np.maximum(scale, LEAST_SCALE * np.abs(level)), 1e-3 * least)


def level_now(bank: Bank, members: Floats, of: Whole | slice = slice(None)) -> Floats:
    """The level in the series' own units (n,), of their members' (n, M); ``of`` (n,): the series of each."""
    level, weight = np.zeros(len(members)), bank.weight[of]
    for member in range(members.shape[1]):
        level = level + weight[:, member] * members[:, member]
    return bank.outward(level, of)


def step_inputs(
    error: Floats, y: Floats, level: Floats, scale: Floats, read: Whole, observed: Flags
) -> NDArray[np.float32]:
    """The `OWN_FEATURES` of periods (..., 6): the error, the value, how regular the series is, its age, what is known.

    ``scale`` is that after the value.
    """
    parts = (
        squashed(error / scale),
        squashed((y - level) / scale),
        np.log(scale / (np.abs(level) + scale)),
        np.log1p(read) / 5,
        observed,
        np.zeros_like(y),
    )
    return np.stack(parts, -1).astype(np.float32)


# All of a panel -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class History:
    """A panel as a forecaster has read it: everything is aligned with its values, T in all.

    ``y`` (T,) has no gaps, ``error`` (T,) is that of the smoothing's one-step forecast. ``level`` and ``scale`` (T,) as
    they stood after each value. ``past``, ``future`` and ``static``: the covariates as the model reads them, in the
    panel's rows. ``calendar`` (., C): the calendar's columns from the period ``since`` on. Features are computed when
    they are asked for: all of them together would take far more memory than the values.
    """

    outline: Outline
    panel: Panel
    bank: Bank
    track: Track
    y: Floats
    error: Floats
    level: Floats
    scale: Floats
    past: Singles
    future: Singles
    static: Singles
    calendar: Singles
    since: int

    def rows(self, places: Whole) -> Whole:
        """The series that values belong to."""
        return np.searchsorted(self.panel.offsets, places, side="right") - 1

    def known(self, row: Whole, within: Whole) -> Singles:
        """Calendar and covariates (..., C) of the periods ``within`` a series, counted from its first; they may be
        ``horizon`` periods beyond its last value. A covariate that is not known counts as its mean."""
        panel, outline = self.panel, self.outline
        row = np.broadcast_to(row, within.shape)
        parts = []
        if outline.calendar:
            parts.append(self.calendar[panel.first[row] - self.since + within])
        if outline.future:
            there = within < np.diff(panel.future_offsets)[row]
            places = np.where(there, panel.future_offsets[row] + within, 0)
            parts.append(
                np.where(there[..., None], self.future[places], 0)
                if len(self.future)
                else np.zeros((*within.shape, outline.future), np.float32)
            )
        return np.concatenate(parts, -1) if parts else np.zeros((*within.shape, 0), np.float32)

    def inputs(self, row: Whole, places: Whole) -> Singles:
        """What the memory reads (..., F) at values of series."""
        row = np.broadcast_to(row, places.shape)
        read = places - self.panel.offsets[row]
        observed = ~np.isnan(self.panel.y[places])
        y, level, scale = self.y[places], self.level[places], self.scale[places]
        own = step_inputs(self.error[places], y, level, scale, read, observed)
        return np.concatenate([own, self.known(row, read), self.past[places], self.static[row]], -1)

    def outcomes(self, anchors: Whole, ends: Whole | None = None) -> tuple[Floats, Flags]:
        """What came after anchors (A, horizon): values, NaN where missing or over; and whether they were cut.

        ``ends`` (N,): the place in the values where each series counts as over.
        """
        panel = self.panel
        places = anchors[:, None] + np.arange(1, self.outline.horizon + 1)
        inside = places < (panel.offsets[1:] if ends is None else ends)[self.rows(anchors)][:, None]
        places = np.minimum(places, len(panel.y) - 1)
        return np.where(inside, panel.y[places], np.nan), inside & panel.cut[places]

    def moments(self, anchors: Whole) -> "Moments":
        """What the head reads at anchors, positions of values (A,)."""
        outline, row = self.outline, self.rows(anchors)
        start = self.panel.offsets[row]
        places = anchors[:, None] + np.arange(1 - outline.ring, 1)
        ring = np.where(places >= start[:, None], self.y[np.maximum(places, 0)], np.nan)
        known = self.known(row[:, None], (anchors - start)[:, None] + np.arange(1, outline.horizon + 1))
        level = self.level[anchors]
        base = self.bank.centre(self.track, anchors, outline.horizon)
        return Moments(ring, level, self.scale[anchors], base, known, self.bank.log[row])


class Moments(NamedTuple):
    """What the head reads at A anchors: the last values ``ring`` (A, R), NaN before the start; ``level`` and ``scale``
    (A,); ``base`` (A, H), the smoothing's forecast; what is ``known`` (A, H, C) of the targets; ``log`` (A,): whether
    the series is smoothed in logarithms."""

    ring: Floats
    level: Floats
    scale: Floats
    base: Floats
    known: Singles
    log: Flags

    def rows(self, index: Whole | slice) -> "Moments":
        """Some of the anchors."""
        ring, level, scale, base, known, log = self
        return Moments(ring[index], level[index], scale[index], base[index], known[index], log[index])

    @property
    def spread(self) -> Floats:
        """The scale of each target (A, H); of a series in logarithms it rises and falls with the forecast."""
        part = self.base / np.where(self.level == 0, 1, self.level)[:, None]
        return self.scale[:, None] * np.where(self.log[:, None], np.clip(part, *PART), 1.0)

    def centre(self, smoothed: bool) -> Floats:
        """What answers are measured from (A, H): the smoothing's forecast, or the level alone."""
        return self.base if smoothed else np.repeat(self.level[:, None], self.base.shape[1], 1)

    def features(self, outline: Outline) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The window (A, W) and the features of each target (A, H, F), in scales from the level."""
        level, scale = self.level[:, None], self.scale[:, None]
        past = squashed((self.ring - level) / scale)
        past = np.where(np.isnan(past), 0, past)
        lagged = past[:, outline.ring - 1 - outline.lags]
        centre = squashed((self.base - level) / scale)
        ahead = np.broadcast_to(np.arange(1, outline.horizon + 1) / outline.horizon, centre.shape)
        regular = np.broadcast_to(np.log(scale / (np.abs(level) + scale)), centre.shape)
        parts = [lagged, np.stack([centre, ahead, regular], -1), self.known]
        window = past[:, outline.ring - outline.window :]
        return window.astype(np.float32), np.concatenate(parts, -1).astype(np.float32)


def fitted_bank(panel: Panel, outline: Outline) -> Bank:
    """The smoothing that suits the values of each series of a panel."""
    return fit_bank(panel.y, panel.offsets, panel.cut, outline.seasons, outline.horizon)


def read_history(panel: Panel, bank: Bank, outline: Outline, covariates: Covariates) -> tuple[History, State, Floats]:
    """Read a panel; its bank has the same series in the same order.

    Gives what was read, and where the bank and the running scale (N,) stand after it.
    """
    track, state = bank.run(panel.y, panel.offsets, panel.cut)
    y = fill(panel.y, track.forecast, panel.cut)
    error = y - track.forecast
    row = np.repeat(np.arange(len(panel)), panel.lengths)
    level = level_now(bank, track.level, row)
    running, after = _running_scale(y, error, ~np.isnan(panel.y), panel.offsets, bank.spread, outline)
    scale = used_scale(running, level, bank.spread[row])
    past, future, static = covariates.scaled(panel)
    since, until = (int(panel.first.min()), int(panel.last.max())) if len(panel) else (0, 0)
    calendar = np.zeros((0, 0), np.float32)
    if outline.calendar:
        calendar = panel.frequency.calendar(np.arange(since, until + outline.horizon + 1))
    history = History(outline, panel, bank, track, y, error, level, scale, past, future, static, calendar, since)
    return history, state, after


def _running_scale(
    y: Floats, error: Floats, observed: Flags, offsets: Whole, start: Floats, outline: Outline
) -> tuple[Floats, Floats]:
    """The running scale after each value (T,), and that of each series at its end (N,); a missing value leaves it."""
    season, lengths = outline.seasons[0], np.diff(offsets)
    change = np.abs(error)
    later = np.flatnonzero(np.arange(len(y)) - np.repeat(offsets[:-1], lengths) >= season)
    change[later] = np.abs(y[later] - y[later - season])
    order = np.argsort(-lengths, kind="stable")
    begins, lengths = offsets[:-1][order], lengths[order]
    running, scale = np.empty(len(y)), start[order]
    for t in range(int(lengths.max(initial=0))):
        alive = int(np.searchsorted(-lengths, -t, side="left"))
        places = begins[:alive] + t
        moved = next_scale(scale[:alive], change[places], t, outline)
        scale[:alive] = running[places] = np.where(observed[places], moved, scale[:alive])
    after = np.empty_like(scale)
    after[order] = scale
    return running, after
