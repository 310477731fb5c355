"""Where every series of a panel stands: all that a forecast is made of, moved on by each new value."""

from math import isnan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import map_state
from unrolled.inference.panel_network import Memory, PanelNetwork
from unrolled.inputs.history import (
    LEAST_SCALE,
    History,
    Moments,
    fill,
    level_now,
    longest_mean,
    next_scale,
    step_inputs,
    used_scale,
)
from unrolled.inputs.outline import Outline
from unrolled.smoothing.bank import Bank
from unrolled.smoothing.state import State

__all__ = ["OneSeries", "PanelState", "Reading", "advance", "moments", "read_period", "state_after"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Singles = NDArray[np.float32]


class PanelState(NamedTuple):
    """N series after their last values: ``bank``, where the smoothing stands; ``ring`` (N, R), the last values, NaN
    before the start; ``running`` (N,), the running scale; ``memory``, what the network remembers."""

    bank: State
    ring: Floats
    running: Floats
    memory: Memory

    def rows(self, index: Whole | slice) -> "PanelState":
        """A copy of some series, or of the same ones repeatedly; views of a slice."""
        return PanelState(self.bank.rows(index), self.ring[index], self.running[index], self.memory.rows(index))

    def put(self, index: Whole, other: "PanelState") -> None:
        """Take over the rows of another state."""
        for mine, its in zip(_leaves(self), _leaves(other), strict=True):
            mine[index] = its


def _leaves(state: PanelState) -> list[NDArray[np.generic]]:
    leaves: list[NDArray[np.generic]] = []
    map_state(leaves.append, tuple(state))
    return leaves


def state_after(network: PanelNetwork, history: History, bank_state: State, running: Floats) -> PanelState:
    """The state after a history; ``bank_state`` and ``running`` are what `read_history` gave with it."""
    memory, _ = network.read(history)
    panel, size = history.panel, history.outline.ring
    places = panel.offsets[1:, None] + np.arange(-size, 0)
    inside = places >= panel.offsets[:-1, None]
    ring = (
        np.where(inside, history.y[np.where(inside, places, 0)], np.nan)
        if len(history.y)
        else np.full(places.shape, np.nan)
    )
    return PanelState(bank_state, ring, running, memory)


class Reading(NamedTuple):
    """A period that was read of n series (n,), or of one as plain numbers: what the memory is told of it.

    ``read``: how many values came before, ``error``: of the one-step forecast, ``y``: the value, or what stands for it,
    ``level`` and ``scale`` after it, and whether it was ``observed``.
    """

    read: Any
    error: Any
    y: Any
    level: Any
    scale: Any
    observed: Any


def read_period(outline: Outline, bank: Bank, state: PanelState, y: Floats, cut: NDArray[np.bool_]) -> Reading:
    """Read one value of each series, y (N,), NaN where missing: ``state`` moves on in place, but for its memory."""
    read, observed = state.bank.position.copy(), ~np.isnan(y)
    forecast = bank.read(state.bank, y, cut)
    value = fill(y, forecast, cut)
    error = value - forecast
    season = outline.seasons[0]
    change = np.where(read >= season, np.abs(value - state.ring[:, -season]), np.abs(error))
    state.running[:] = np.where(observed, next_scale(state.running, change, read, outline), state.running)
    level = level_now(bank, state.bank.level)
    state.ring[:, :-1] = state.ring[:, 1:]
    state.ring[:, -1] = value
    return Reading(read, error, value, level, used_scale(state.running, level, bank.spread), observed)


def advance(
    network: PanelNetwork, bank: Bank, state: PanelState, y: Floats, cut: NDArray[np.bool_], beside: Singles
) -> None:
    """`read_period`, and its memory, too. ``beside`` (N, C): the period's calendar and covariates, then those of the
    past and of the series."""
    read, error, value, level, scale, observed = read_period(network.outline, bank, state, y, cut)
    own = step_inputs(error, value, level, scale, read, observed)
    memory, _ = network.step(state.memory, np.concatenate([own, beside], 1)[:, None])
    state.memory.put(np.arange(len(y)), memory)


class OneSeries:
    """A single series, of whose ``state`` there are views: `read_period` with Python's numbers, to the same bits."""

    def __init__(self, outline: Outline, bank: Bank, state: PanelState) -> None:
        self.bank, self.state, self.season = bank, state, outline.seasons[0]
        self.most = longest_mean(outline)
        self.weights, self.least = bank.weight[0].tolist(), 1e-3 * bank.spread.item()

    def read(self, y: float, cut: bool) -> tuple[Reading, float]:
        """Read one value, NaN where it is missing → what was read, and the one-step forecast."""
        bank, state = self.bank, self.state
        read, observed = state.bank.position.item(), not isnan(y)
        forecast = bank.read_one(state.bank, y, cut)
        value = forecast if not observed or (cut and y < forecast) else y
        error = value - forecast
        ring, running = state.ring[0], state.running.item()
        if observed:
            change = abs(value - ring.item(-self.season)) if read >= self.season else abs(error)
            state.running[0] = running = running + (change - running) / min(read + 2, self.most)
        level = 0.0
        for weight, member in zip(self.weights, state.bank.level[0].tolist(), strict=True):
            level += weight * member
        level = bank.outward_one(level)
        ring[:-1] = ring[1:]
        ring[-1] = value
        scale = max(running, LEAST_SCALE * abs(level), self.least)
        return Reading(read, error, value, level, scale, observed), forecast


def moments(network: PanelNetwork, bank: Bank, state: PanelState, known: Singles) -> Moments:
    """What the head reads after each series' last value; ``known`` (N, H, C) of the horizon."""
    level = level_now(bank, state.bank.level)
    scale = used_scale(state.running, level, bank.spread)
    base = bank.forecast(state.bank, known.shape[1])
    return Moments(state.ring, level, scale, base, known, bank.log)
