"""The recursion of one series with Python's own floats: for a few values, much faster than with arrays."""

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

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
    position = state.position.item()
    combined = 0.0
    for i, member in enumerate(members):
        trend, ring = member.phi * state.trend.item(0, i), state.season[0, i]
        level = state.level.item(0, i) + trend
        places, begin, ahead = [], 0, level
        for length in seasons:
            places.append(begin + position % length)
            begin += length
            ahead = ahead + ring.item(places[-1])
        combined = combined + member.weight * ahead
        error = 0.0 if isnan(z) else z - ahead
        if cut and error < 0:
            error = 0.0
        state.level[0, i] = level + member.alpha * error
        state.trend[0, i] = trend + member.beta * error
        for place, gamma in zip(places, member.gamma, strict=True):
            if gamma:
                ring[place] = ring.item(place) + gamma * error
    state.position[0] = position + 1
    return combined


def read_series(
    members: Sequence[Member], seasons: Sequence[int], state: State, z: Floats, cut: Flags, track: Track
) -> None:
    """Move the state of a single series on by many values, and note in ``track`` what it goes through, in z."""
    begins = [sum(seasons[:i]) for i in range(len(seasons))]
    rings = [[ring.tolist() for ring in _split(state.season[0, i], seasons)] for i in range(len(members))]
    levels, trends = state.level[0].tolist(), state.trend[0].tolist()
    position = state.position.item()
    for t, (value, was_cut) in enumerate(zip(z.tolist(), cut.tolist(), strict=True)):
        combined = 0.0
        places = [(position + t) % length for length in seasons]
        for i, member in enumerate(members):
            trend = member.phi * trends[i]
            level = levels[i] + trend
            ahead = level
            for ring, place in zip(rings[i], places, strict=True):
                ahead = ahead + ring[place]
            combined = combined + member.weight * ahead
            error = 0.0 if isnan(value) else value - ahead
            if was_cut and error < 0:
                error = 0.0
            levels[i] = level + member.alpha * error
            trends[i] = trend + member.beta * error
            track.level[t, i], track.trend[t, i] = levels[i], trends[i]
            for s, (ring, place, gamma) in enumerate(zip(rings[i], places, member.gamma, strict=True)):
                ring[place] = ring[place] + gamma * error
                track.season[t, i, s] = ring[place]
        track.forecast[t] = combined
    state.level[0], state.trend[0], state.position[0] = levels, trends, position + len(z)
    for i, member_rings in enumerate(rings):
        for begin, ring in zip(begins, member_rings, strict=True):
            state.season[0, i, begin : begin + len(ring)] = ring


def _split(ring: Floats, seasons: Sequence[int]) -> list[Floats]:
    begins = [sum(seasons[:i]) for i in range(len(seasons))]
    return [ring[begin : begin + length] for begin, length in zip(begins, seasons, strict=True)]
