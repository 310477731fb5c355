"""Series of which few values are known, or none: they begin from their covariates and the other series.

Level and scale come from a ridge regression on the static covariates, the medians where there are none; the season from
the other series' mean season, in units of the level; the parameters of the smoothing from their medians. Values that
are known draw the level to themselves, the more the more there are. Before its first period such a series is given as
many missing values as the network looks back on, which are what the smoothing expects: the network then reads it as any
other series.
"""

from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.inputs.outline import Outline
from unrolled.smoothing.bank import Bank

__all__ = ["Others", "begun", "few_values", "lengthened"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
LEAST_VALUES = (4, 8)  # so many known values make a series one like any other: a season's, within these bounds
PENALTIES = 10.0 ** np.arange(-3, 6)  # of the ridge regression
UNIT = 1e-3  # of the median level: below it levels count as 0


class Others(NamedTuple):
    """The N series that others are like: their ``bank``, ``level`` and running ``scale`` (N,), their ``rings`` of the
    seasons (N, M, K) whose first entry stands for the period ``begin`` (N,), and covariates ``static`` (N, S)."""

    bank: Bank
    level: Floats
    scale: Floats
    rings: Floats
    begin: Whole
    static: Floats

    def rows(self, index: Whole) -> "Others":
        """Some of them."""
        bank, level, scale, rings, begin, static = self
        return Others(bank.rows(index), level[index], scale[index], rings[index], begin[index], static[index])


def few_values(panel: Panel, outline: Outline) -> Flags:
    """Which series have too few known values to be smoothed by themselves alone (N,)."""
    known = np.concatenate([[0], np.cumsum(~np.isnan(panel.y))])
    few: Flags = np.diff(known[panel.offsets]) < np.clip(outline.seasons[0], *LEAST_VALUES)
    return few


def lengthened(panel: Panel, chosen: Flags, periods: int) -> Panel:
    """A panel in which the series ``chosen`` (N,) begin so many periods earlier, with missing values."""
    if not chosen.any():
        return panel
    more = np.where(chosen, periods, 0)
    offsets, at = _shifted(panel.offsets, more)
    future_offsets, future_at = _shifted(panel.future_offsets, more)

    def spread(values: NDArray[Any], at: Whole, size: int, empty: float) -> NDArray[Any]:
        wide = np.full((size, *values.shape[1:]), empty, values.dtype)
        wide[at] = values
        return wide

    size = int(offsets[-1])
    return replace(
        panel,
        first=panel.first - more,
        offsets=offsets,
        y=spread(panel.y, at, size, np.nan),
        cut=spread(panel.cut, at, size, False),
        past=spread(panel.past, at, size, np.nan),
        future_offsets=future_offsets,
        future=spread(panel.future, future_at, int(future_offsets[-1]), np.nan),
    )


def _shifted(offsets: Whole, more: Whole) -> tuple[Whole, Whole]:
    """Offsets with ``more`` (N,) places before each series, and where what was there stands then."""
    lengths = np.diff(offsets)
    wide = np.concatenate([[0], np.cumsum(lengths + more)])
    return wide, np.arange(int(offsets[-1])) + np.repeat(wide[:-1] + more - offsets[:-1], lengths)


def begun(others: Others, panel: Panel, static: Floats) -> Bank:
    """The smoothing of the series of a `lengthened` panel, with covariates (n, S), from that of the others."""
    unit = UNIT * float(np.median(np.abs(others.level))) + 1e-12
    told, doubt = _regression(others.static, np.arcsinh(others.level / unit), static)
    level = np.sinh(told) * unit
    scale = np.exp(_regression(others.static, np.log(np.maximum(others.scale, 1e-12)), static)[0])
    log = (2 * others.bank.log.sum() > len(others.level)) & (level > unit) & (_least(panel) > 0)
    bank = _usual(others, len(level))
    z = np.where(log, np.log(np.where(log, level, 1)), level)
    for kind in (True, False):
        like = others.rows(np.flatnonzero(others.bank.log == kind))
        rows = np.flatnonzero(log == kind)
        if len(like.level) and len(rows):
            size = np.ones(len(rows)) if kind else level[rows]
            bank.season[rows] = size[:, None] * _season(like, panel.first[rows], kind)
    spread = np.where(log, scale / np.maximum(np.abs(level), unit), scale)
    doubts = doubt * np.where(log, 1, np.maximum(np.abs(level), unit))
    z = _drawn(bank, panel, z, log, spread, doubts)
    bank.level[:], bank.trend[:], bank.log[:] = z[:, None], 0, log
    bank.floor[:] = np.where(log, np.exp(np.where(log, z, 0)) / 100, 1)
    bank.spread[:] = np.maximum(scale, 1e-12)
    return bank


def _least(panel: Panel) -> Floats:
    """The least known value of each series, infinity where there is none."""
    rows = np.repeat(np.arange(len(panel)), panel.lengths)
    least = np.full(len(panel), np.inf)
    np.fmin.at(least, rows, panel.y)
    return least


def _usual(others: Others, count: int) -> Bank:
    """A bank of the medians of the others' parameters."""
    usual = {}
    for each in fields(Bank):
        values = getattr(others.bank, each.name)
        if each.name != "seasons":
            middle = np.median(values, 0) if values.dtype != bool else np.zeros(values.shape[1:], bool)
            usual[each.name] = np.repeat(middle[None], count, 0)
    usual["weight"] = usual["weight"] / usual["weight"].sum(1, keepdims=True)
    return replace(others.bank, **usual)


def _season(others: Others, begin: Whole, log: bool) -> Floats:
    """The rings (n, K) of series that begin at periods (n,): the others' mean season, in units of the level or log."""
    weighted = (others.bank.weight[:, :, None] * others.rings).sum(1)
    if not log:
        weighted = np.clip(weighted / np.maximum(np.abs(others.level), others.scale)[:, None], -3, 3)
    rings = []
    for start, length in zip(others.bank.begins, others.bank.lengths, strict=True):
        phase = np.arange(length)
        places = start + (phase - others.begin[:, None]) % length
        mean = np.take_along_axis(weighted, places, 1).mean(0)
        rings.append(mean[(begin[:, None] + phase) % length])
    return np.concatenate([np.zeros((len(begin), 0)), *rings], 1)


def _drawn(bank: Bank, panel: Panel, level: Floats, log: Flags, spread: Floats, doubt: Floats) -> Floats:
    """The levels (n,) in z, drawn to the known values, by the variance of the regression and of the values."""
    rows = np.repeat(np.arange(len(panel)), panel.lengths)
    within = np.arange(len(panel.y)) - panel.offsets[rows]
    season = np.zeros(len(panel.y))
    for start, length in zip(bank.begins, bank.lengths, strict=True):
        season += bank.season[rows, start + within % length]
    known = np.isfinite(panel.y)
    z = np.where(log[rows] & known, np.log(np.where(log[rows] & known, panel.y, 1)), panel.y) - season
    count = np.bincount(rows[known], minlength=len(panel))
    mean = np.bincount(rows[known], z[known], len(panel)) / np.maximum(count, 1)
    trust = count * doubt**2 / np.maximum(count * doubt**2 + spread**2, 1e-300)
    return level + trust * np.where(count > 0, mean - level, 0)


def _regression(x: Floats, y: Floats, asked: Floats) -> tuple[Floats, float]:
    """Ridge regression of y (N,) on x (N, S) → what it says at ``asked`` (n, S), and the error of one left out.

    The penalty is that of the least error of each left out in turn; the median where x tells nothing.
    """
    middle = float(np.median(y))
    constant = float(np.sqrt(np.mean((y - middle) ** 2)))
    told, error = np.full(len(asked), middle), constant
    if x.shape[1] == 0 or len(y) < 3:
        return told, max(error, 0.1)
    mean, centre = x.mean(0), y.mean()
    left, sizes, right = np.linalg.svd(x - mean, full_matrices=False)
    for penalty in PENALTIES:
        share = sizes**2 / (sizes**2 + penalty)
        fitted = centre + left @ (share * (left.T @ (y - centre)))
        leverage = 1 / len(y) + (left**2) @ share
        missed = (y - fitted) / np.maximum(1 - leverage, 1e-6)
        now = float(np.sqrt(np.mean(missed**2)))
        if now < error:
            weights = right.T @ (share / np.maximum(sizes, 1e-300) * (left.T @ (y - centre)))
            told, error = centre + (asked - mean) @ weights, now
    return told, max(error, 0.1)
