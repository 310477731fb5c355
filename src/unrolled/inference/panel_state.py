"""Where every series of a panel stands: all that a forecast is made of, moved on by each new value."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import map_state
from unrolled.inference.panel_network import Memory, PanelNetwork
from unrolled.inputs.history import History, Moments, fill, level_now, next_scale, step_inputs, used_scale
from unrolled.smoothing.bank import Bank
from unrolled.smoothing.state import State

__all__ = ["PanelState", "advance", "moments", "state_after"]

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

    def rows(self, index: Whole) -> "PanelState":
        """A copy of some series, or of the same ones repeatedly."""
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


def advance(
    network: PanelNetwork,
    bank: Bank,
    state: PanelState,
    y: Floats,
    cut: NDArray[np.bool_],
    beside: Singles,
) -> None:
    """Read one value of each series, y (N,), NaN where missing: ``state`` moves on in place.

    ``beside`` (N, C): the period's calendar and covariates, then those of the past and of the series.
    """
    outline = network.outline
    read = state.bank.position.copy()
    forecast = bank.forecast(state.bank, 1)[:, 0]
    bank.step(state.bank, y, cut)
    value = fill(y, forecast, cut)
    error = value - forecast
    season = outline.seasons[0]
    change = np.where(read >= season, np.abs(value - state.ring[:, -season]), np.abs(error))
    state.running[:] = next_scale(state.running, change, read, outline)
    level = level_now(bank, state.bank.level)
    scale = used_scale(state.running, level, bank.spread)
    state.ring[:, :-1] = state.ring[:, 1:]
    state.ring[:, -1] = value
    own = step_inputs(error, value, level, scale, read, ~np.isnan(y))
    memory, _ = network.step(state.memory, np.concatenate([own, beside], 1)[:, None])
    for mine, its in zip(_memory_leaves(state.memory), _memory_leaves(memory), strict=True):
        mine[...] = its


def _memory_leaves(memory: Memory) -> list[NDArray[np.generic]]:
    leaves: list[NDArray[np.generic]] = []
    map_state(leaves.append, tuple(memory))
    return leaves


def moments(network: PanelNetwork, bank: Bank, state: PanelState, known: Singles) -> Moments:
    """What the head reads after each series' last value; ``known`` (N, H, C) of the horizon."""
    level = level_now(bank, state.bank.level)
    scale = used_scale(state.running, level, bank.spread)
    base = bank.forecast(state.bank, known.shape[1])
    return Moments(state.ring, level, scale, base, known)
