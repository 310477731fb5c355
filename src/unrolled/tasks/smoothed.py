"""The smoothing of a panel's series: as it was learnt, fitted to their own values, or begun from other series."""

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.inputs.covariates import standard
from unrolled.inputs.history import fitted_bank, level_now, read_history
from unrolled.smoothing.bank import Bank
from unrolled.smoothing.state import State
from unrolled.tasks.cold_start import Others, begun, few_values, lengthened
from unrolled.tasks.panel_learnt import LearntPanel

__all__ = ["all_smoothed", "smoothed"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def all_smoothed(learnt: LearntPanel, panel: Panel) -> tuple[LearntPanel, Panel]:
    """``learnt``, whose bank is fitted to a panel, with series of few values begun; and the panel as it is to be read.

    Where all series have few values, each stays as it was fitted.
    """
    cold = few_values(panel, learnt.outline)
    if cold.all() or not cold.any():
        return replace(learnt, cold=np.zeros(len(panel), np.bool_)), panel
    _, state, running = read_history(panel, learnt.bank, learnt.outline, learnt.covariates)
    others = _others(learnt, learnt.bank, state, running, panel.last, np.flatnonzero(~cold))
    long = lengthened(panel, cold, learnt.outline.ring)
    bank = learnt.bank.rows(np.arange(len(panel)))
    _begin(bank, np.flatnonzero(cold), learnt, others, long)
    return replace(learnt, bank=bank, cold=cold), long


def smoothed(learnt: LearntPanel, panel: Panel, rows: Whole, known: Panel) -> tuple[Bank, Panel]:
    """The smoothing of a panel's series, and the panel as it is to be read.

    ``rows`` (N,): those of the series that were learnt from, else below 0; ``known``: the panel with the values alone
    that others may be fitted to. A series that was learnt from but begins at another period here is fitted to its own
    values like a new one, as its level and season were found for the period in which it began; where these are fewer
    than the network looks back on, it begins from where it stood.
    """
    few, at = few_values(known, learnt.outline), np.maximum(rows, 0)
    bank, cold = learnt.bank.rows(at), learnt.cold[at]
    moved = (rows >= 0) & (known.lengths > 0)
    moved &= known.first - np.where(cold, learnt.outline.ring, 0) != _began(learnt)[at]
    few |= moved & (known.lengths < learnt.outline.ring)
    new = np.flatnonzero((rows < 0) | (moved & ~few))
    cold[moved] = few[moved]
    cold[new] = few[new] & ~learnt.cold.all()
    stood = np.flatnonzero(moved & few)
    if len(stood):
        _put(bank, stood, _where_it_stood(learnt, at[stood], known.first[stood] - learnt.outline.ring))
    fitted = new[~cold[new]]
    if len(fitted):
        _put(bank, fitted, fitted_bank(known.rows(fitted), learnt.outline))
    begin = new[cold[new]]
    if len(begin):
        assert learnt.state is not None
        state = learnt.state
        warm = np.flatnonzero(~learnt.cold)
        others = _others(learnt, learnt.bank, state.bank, state.running, learnt.last, warm)
        _begin(bank, begin, learnt, others, lengthened(known, cold, learnt.outline.ring))
    return bank, lengthened(panel, cold, learnt.outline.ring)


def _began(learnt: LearntPanel) -> Whole:
    """The period of the first value that each series' smoothing read (N,)."""
    assert learnt.state is not None
    return learnt.last + 1 - learnt.state.bank.position


def _where_it_stood(learnt: LearntPanel, rows: Whole, first: Whole) -> Bank:
    """The smoothing of some series that begins at the periods ``first`` with the level and the season of their end."""
    assert learnt.state is not None
    bank, state = learnt.bank.rows(rows), learnt.state.bank.rows(rows)
    mean = (bank.weight[:, :, None] * state.season).sum(1)
    for start, length in zip(bank.begins, bank.lengths, strict=True):
        places = start + ((first - _began(learnt)[rows])[:, None] + np.arange(length)) % length
        bank.season[:, start : start + length] = np.take_along_axis(mean, places, 1)
    return replace(bank, level=state.level, trend=np.zeros_like(state.trend))


def _others(learnt: LearntPanel, bank: Bank, state: State, running: Floats, last: Whole, rows: Whole) -> Others:
    static = standard(learnt.static, learnt.covariates.static).astype(np.float64)
    level = level_now(bank, state.level)
    return Others(bank, level, running, state.season, last + 1 - state.position, static).rows(rows)


def _begin(bank: Bank, rows: Whole, learnt: LearntPanel, others: Others, panel: Panel) -> None:
    """Write into a bank the smoothing of some series of a `lengthened` panel."""
    static = standard(panel.static[rows], learnt.covariates.static).astype(np.float64)
    _put(bank, rows, begun(others, panel.rows(rows), static))


def _put(bank: Bank, rows: Whole, other: Bank) -> None:
    for each in fields(Bank):
        if each.name != "seasons":
            getattr(bank, each.name)[rows] = getattr(other, each.name)
