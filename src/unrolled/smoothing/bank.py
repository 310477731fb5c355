"""A bank of exponential smoothing: M members for each of N series, with additive errors.

With z the value, or its logarithm, each member of a series moves on by (Hyndman et al. 2008, chapter 3)

    e = z − (l + φ·b + Σ s),   l ← l + φ·b + α·e,   b ← φ·b + β·e,   s ← s + γ·e

where s is each season's entry for this period. A missing value has e = 0; a value that was cut by what was available
has e = max(e, 0). The forecast h periods ahead is l + (φ + … + φʰ)·b + Σ s, its members' weighted mean taken in z.
A negative β takes back a share of what the level learnt: an error that fades out.
"""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from unrolled.smoothing.single import Member, read_series, read_value
from unrolled.smoothing.state import Flags, Floats, State, Track, Whole

__all__ = ["Bank"]

FEW = 8
"""Up to so many series are read one by one with Python's floats: arrays of so few cost more than they save."""
LARGEST_LOGARITHM = 690.0
"""exp of it is finite."""


@dataclass(frozen=True)
class Bank:
    """The parameters of N series, M members each; K is the sum of ``seasons`` and S their number.

    ``alpha``, ``beta``, ``phi``, ``weight`` (N, M), ``gamma`` (N, M, S). Where a member begins: ``level``, ``trend``
    (N, M) and ``season`` (N, K), alike for all members. ``log`` (N,): whether a series is smoothed in logarithms, and
    ``floor`` (N,): the least value whose logarithm is taken then. ``spread`` (N,): the typical size of a one-step
    error in y's units, above 0. ``seasons`` (S,): lengths in periods.
    """

    alpha: Floats
    beta: Floats
    gamma: Floats
    phi: Floats
    weight: Floats
    level: Floats
    trend: Floats
    season: Floats
    log: Flags
    floor: Floats
    spread: Floats
    seasons: Whole

    def __len__(self) -> int:
        """N, the number of series."""
        return len(self.alpha)

    def rows(self, index: Whole | slice) -> "Bank":
        """The bank of some series, or of the same ones repeatedly; views of a slice."""
        return replace(self, **{f.name: getattr(self, f.name)[index] for f in fields(self) if f.name != "seasons"})

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """``seasons`` as Python's numbers."""
        return tuple(self.seasons.tolist())

    @cached_property
    def begins(self) -> Whole:
        """Where each season's ring begins among the K entries (S,)."""
        return np.cumsum(self.seasons) - self.seasons

    @cached_property
    def single(self) -> tuple[Member, ...]:
        """The members of the first series."""
        columns = (self.alpha[0], self.beta[0], self.phi[0], self.weight[0], self.gamma[0])
        return tuple(Member(*values) for values in zip(*(c.tolist() for c in columns), strict=True))

    @cached_property
    def single_scale(self) -> tuple[bool, float]:
        """``log`` and ``floor`` of the first series."""
        return bool(self.log[0]), float(self.floor[0])

    def start(self) -> State:
        """The states of all series before their first value."""
        season = np.repeat(self.season[:, None], self.level.shape[1], axis=1)
        return State(self.level.copy(), self.trend.copy(), season, np.zeros(len(self), dtype=np.int64))

    def inward(self, y: Floats, of: Whole | slice = slice(None)) -> Floats:
        """Values y → z; ``of``: the series of each, all in turn where not given."""
        log = self.log[of]
        return np.where(log, np.log(np.where(log, np.maximum(y, self.floor[of]), 1.0)), y) if log.any() else y

    def outward(self, z: Floats, of: Whole | slice = slice(None)) -> Floats:
        """The inverse of `inward` on z (N,) or (N, H)."""
        log = self.log[of] if z.ndim == 1 else self.log[of][:, None]
        return np.where(log, np.exp(np.where(log, np.minimum(z, LARGEST_LOGARITHM), 0.0)), z) if log.any() else z

    def step(self, state: State, y: Floats, cut: Flags) -> Floats:
        """`read` that returns y − the one-step forecast, NaN where y is missing."""
        return y - self.read(state, y, cut)

    def read(self, state: State, y: Floats, cut: Flags) -> Floats:
        """Read one value of each series, y (N,): moves ``state`` on in place and returns the one-step forecast.

        Where y is NaN, it is missing: the state then moves on as it was forecast.
        """
        if len(self) == 1:
            return np.array([self.read_one(state, y.item(), bool(cut[0]))])
        z = self.inward(y)
        places = [begin + state.position % length for begin, length in zip(self.begins, self.lengths, strict=True)]
        rows = np.arange(len(self))
        entries = [state.season[rows, :, place] for place in places]
        ahead, level, trend, after = self._advance(state.level, state.trend, entries, z, cut)
        state.level[:], state.trend[:] = level, trend
        for place, entry in zip(places, after, strict=True):
            state.season[rows, :, place] = entry
        state.position[:] += 1
        return self.outward(ahead)

    def read_one(self, state: State, y: float, cut: bool) -> float:
        """`read` for a bank of one series."""
        log, floor = self.single_scale
        z = float(np.log(max(y, floor))) if log else y
        ahead = read_value(self.single, self.lengths, state, z, cut)
        return self.outward_one(ahead)

    def outward_one(self, z: float) -> float:
        """`outward` for a bank of one series."""
        return float(np.exp(min(z, LARGEST_LOGARITHM))) if self.single_scale[0] else z

    def _advance(
        self, level: Floats, trend: Floats, entries: list[Floats], z: Floats, cut: Flags
    ) -> tuple[Floats, Floats, Floats, list[Floats]]:
        """One value of the first n series, z and cut (n,): the combined forecast, level, trend and seasons' entries."""
        n = len(z)
        trend = self.phi[:n] * trend
        level = level + trend
        ahead = level
        for entry in entries:
            ahead = ahead + entry
        error = z[:, None] - ahead
        error[np.isnan(error)] = 0.0
        if cut.any():
            error[cut[:, None] & (error < 0)] = 0.0
        after = [entry + self.gamma[:n, :, s] * error for s, entry in enumerate(entries)]
        combined = self._combined(ahead)
        return combined, level + self.alpha[:n] * error, trend + self.beta[:n] * error, after

    def _combined(self, members: Floats) -> Floats:
        """The weighted mean (n, ...) of members' values (n, M, ...), summed in the order of members."""
        weight = self.weight[: len(members)]
        if members.ndim > 2:
            weight = weight[..., None]
        combined = np.zeros_like(members[:, 0])
        for i in range(members.shape[1]):
            combined = combined + weight[:, i] * members[:, i]
        return combined

    def run(self, y: Floats, offsets: Whole, cut: Flags) -> tuple[Track, State]:
        """Read all values of all series from their start: what `step` does for one after another, to the same bits."""
        state = self.start()
        of = np.repeat(np.arange(len(self)), np.diff(offsets))
        z = self.inward(y, of)
        shape = (len(y), self.level.shape[1])
        track = Track(
            np.empty(len(y)), np.empty(shape), np.empty(shape), np.empty((*shape, len(self.seasons))), offsets
        )
        if len(self) <= FEW:
            for i, (begin, end) in enumerate(pairwise(offsets.tolist())):
                row = np.array([i])
                own, seen = state.rows(row), track.part(begin, end)
                read_series(self.rows(row).single, self.lengths, own, z[begin:end], cut[begin:end], seen)
                state.put(row, own)
        else:
            self._run_side_by_side(state, z, offsets, cut, track)
        return track._replace(forecast=self.outward(track.forecast, of)), state

    def _run_side_by_side(self, state: State, z: Floats, offsets: Whole, cut: Flags, track: Track) -> None:
        """All series at once, one period after another; the longest first, so that those still going on are a block."""
        lengths = np.diff(offsets)
        order = np.argsort(-lengths, kind="stable")
        going_on = np.searchsorted(-lengths[order], -np.arange(lengths.max(initial=0)), side="left")
        bank, own = self.rows(order), state.rows(order)
        rings = np.ascontiguousarray(own.season.transpose(2, 0, 1))  # (K, N, M)
        for t, n in enumerate(going_on):
            at = offsets[order[:n]] + t
            places = [begin + t % length for begin, length in zip(self.begins, self.lengths, strict=True)]
            entries = [rings[place, :n] for place in places]
            track.forecast[at], own.level[:n], own.trend[:n], after = bank._advance(
                own.level[:n], own.trend[:n], entries, z[at], cut[at]
            )
            track.level[at], track.trend[at] = own.level[:n], own.trend[:n]
            for s, (place, entry) in enumerate(zip(places, after, strict=True)):
                rings[place, :n] = entry
                track.season[at, :, s] = entry
        state.put(order, State(own.level, own.trend, rings.transpose(1, 2, 0), lengths[order]))

    def forecast(self, state: State, horizon: int) -> Floats:
        """The next values (N, horizon), in y's units."""
        ahead = np.arange(horizon)
        seasonal: Floats = np.zeros((*state.level.shape, horizon))
        for begin, length in zip(self.begins, self.lengths, strict=True):
            places = begin + (state.position[:, None] + ahead) % length  # (N, H)
            seasonal = seasonal + np.take_along_axis(state.season, places[:, None], axis=2)
        return self._ahead(state.level, state.trend, seasonal)

    def _ahead(self, level: Floats, trend: Floats, seasonal: Floats) -> Floats:
        """Forecasts (N, H) from level and trend (N, M) and the seasons' sums (N, M, H)."""
        horizon = seasonal.shape[-1]
        damping = np.cumsum(np.cumprod(np.repeat(self.phi[..., None], horizon, axis=2), axis=2), axis=2)
        return self.outward(self._combined(level[..., None] + damping * trend[..., None] + seasonal))

    def centre(self, track: Track, anchors: Whole, horizon: int) -> Floats:
        """The forecasts (A, horizon) made after the value at each anchor, a position in y, in y's units."""
        of = np.searchsorted(track.offsets, anchors, side="right") - 1
        bank, begin = self.rows(of), track.offsets[of]
        targets = anchors[:, None] + 1 + np.arange(horizon)  # (A, H)
        seasonal: Floats = np.zeros((len(anchors), self.level.shape[1], horizon))
        for s, (start, length) in enumerate(zip(self.begins, self.lengths, strict=True)):
            written = targets - length * ((targets - anchors[:, None] - 1) // length + 1)  # the latest, at most anchor
            first = bank.season[np.arange(len(of))[:, None], start + (targets - begin[:, None]) % length]
            entry = track.season[np.maximum(written, 0), :, s].transpose(0, 2, 1)  # (A, M, H)
            seasonal = seasonal + np.where((written >= begin[:, None])[:, None], entry, first[:, None])
        return bank._ahead(track.level[anchors], track.trend[anchors], seasonal)
