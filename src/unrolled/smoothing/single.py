"""The recursion of one series with Python's own floats: for a few values, much faster than with arrays."""

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

import numpy as np

from unrolled.smoothing.state import Flags, Floats, State, Track

__all__ = ["Member", "read_series", "read_value"]


class Member(NamedTuple):
    """The parameters of one member."""

    alpha: float
    beta: float
    phi: float
    weight: float
    gamma: Sequence[float]


def read_value(members: Sequence[Member], seasons: Sequence[int], state: State, z: float, cut: bool) -> float:
    """Move the state of a single series on by one value, in place → the combined forecast made before it, in z."""
    levels, trends, rings, position = state
    now = position.item()
    places, begin = [], 0
    for length in seasons:
        places.append(begin + now % length)
        begin += length
    missing, combined = isnan(z), 0.0
    for i, (alpha, beta, phi, weight, gammas) in enumerate(members):
        trend = phi * trends.item(0, i)
        level = levels.item(0, i) + trend
        entries = [rings.item(0, i, place) for place in places]
        ahead = level
        for entry in entries:
            ahead = ahead + entry
        combined = combined + weight * ahead
        error = 0.0 if missing else z - ahead
        if cut and error < 0:
            error = 0.0
        levels[0, i], trends[0, i] = level + alpha * error, trend + beta * error
        for place, entry, gamma in zip(places, entries, gammas, strict=True):
            if gamma:
                rings[0, i, place] = entry + gamma * error
    position[0] = now + 1
    return combined


def read_series(
    members: Sequence[Member], seasons: Sequence[int], state: State, z: Floats, cut: Flags, track: Track
) -> None:
    """Move the state of a single series on by many values, and note in ``track`` what it goes through, in z."""
    begins = [sum(seasons[:i]) for i in range(len(seasons))]
    position, forecasts, values, were_cut = state.position.item(), np.zeros(len(z)), z.tolist(), cut.tolist()
    for i, (alpha, beta, phi, weight, gammas) in enumerate(members):
        level, trend, ring = state.level.item(0, i), state.trend.item(0, i), state.season[0, i].tolist()
        rows = []
        for now, (value, was_cut) in enumerate(zip(values, were_cut, strict=True), position):
            trend = phi * trend
            level = level + trend
            places = [begin + now % length for begin, length in zip(begins, seasons, strict=True)]
            ahead = level
            for place in places:
                ahead = ahead + ring[place]
            error = 0.0 if isnan(value) else value - ahead
            if was_cut and error < 0:
                error = 0.0
            level, trend = level + alpha * error, trend + beta * error
            for place, gamma in zip(places, gammas, strict=True):
                ring[place] = ring[place] + gamma * error
            rows.append((ahead, level, trend, *(ring[place] for place in places)))
        table = np.array(rows).reshape(len(z), 3 + len(seasons))
        forecasts = forecasts + weight * table[:, 0]
        track.level[:, i], track.trend[:, i], track.season[:, i] = table[:, 1], table[:, 2], table[:, 3:]
        state.level[0, i], state.trend[0, i], state.season[0, i] = level, trend, ring
    track.forecast[:] = forecasts
    state.position[0] = position + len(z)
