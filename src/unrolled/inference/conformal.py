"""Quantiles widened or narrowed until they cover what they say, by held-out windows (Romano et al. 2019, scaled)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.models.likelihoods.interpolation import checked_levels

__all__ = ["Conformal", "conformal"]

Floats = NDArray[np.float64]

_IN_A_GROUP = 400  # outcomes that a group of steps of the horizon has at least, where there are as many
_MOST_GROUPS = 8
_LEAST, _MOST = 0.2, 5.0  # of a factor
_DOUBT = 1.0  # outcomes beyond a level with which its factor counts half


@dataclass(frozen=True)
class Conformal:
    """``factors`` (H, Q): by how much each quantile's distance from the median grows at each step ahead."""

    levels: tuple[float, ...]
    factors: Floats

    def apply(self, quantiles: Floats, nonnegative: NDArray[np.bool_] | None = None) -> Floats:
        """Quantiles (N, H, Q) → the same with these factors, which do not cross; ``nonnegative`` (N,) are at least 0.

        Raises InputError for another horizon or other levels than those of the factors.
        """
        if quantiles.shape[1:] != self.factors.shape:
            raise InputError(f"quantiles have the shape {quantiles.shape}; expected (N, *{self.factors.shape})")
        middle = _median(self.levels)
        median = quantiles[..., middle, None]
        scaled: Floats = median + self.factors * (quantiles - median)
        np.maximum.accumulate(scaled[..., middle:], axis=-1, out=scaled[..., middle:])
        downward = scaled[..., middle::-1]
        np.minimum.accumulate(downward, axis=-1, out=downward)
        if nonnegative is not None:
            np.maximum(scaled, 0, out=scaled, where=nonnegative[:, None, None])
        return scaled


def conformal(levels: Sequence[float], quantiles: Floats, outcomes: Floats) -> Conformal:
    """The factors with which quantiles (A, H, Q) of A held-out windows would have covered outcomes (A, H).

    A level's factor is that quantile of (outcome - median) / (quantile - median) which, of n outcomes, covers the level
    with one more to come: the ceil((n + 1) level)-th. Steps of the horizon share it in groups, between whose centres it
    is interpolated. The fewer outcomes lie beyond a level, the closer its factor stays to 1. Outcomes that are NaN do
    not count. Raises InputError for shapes that do not fit, or where 0.5 is not among the levels.
    """
    middle = _median(levels)
    if quantiles.shape != (*outcomes.shape, len(levels)) or outcomes.ndim != 2:
        shapes = f"{quantiles.shape} and {outcomes.shape}"
        raise InputError(f"quantiles and outcomes have the shapes {shapes}; expected (A, H, {len(levels)}) and (A, H)")
    horizon = outcomes.shape[1]
    enough = int(np.isfinite(outcomes).sum()) // _IN_A_GROUP
    groups = np.array_split(np.arange(horizon), np.clip(enough, 1, min(horizon, _MOST_GROUPS)))
    distances, errors = quantiles - quantiles[..., middle, None], outcomes - quantiles[..., middle]
    logs = np.zeros((len(groups), len(levels)))
    for group, steps in enumerate(groups):
        for q, level in enumerate(levels):
            if q != middle:
                logs[group, q] = _log_factor(max(level, 1 - level), errors[:, steps], distances[:, steps, q])
    centres = [steps.mean() for steps in groups]
    smooth = [np.interp(np.arange(horizon), centres, column) for column in logs.T]
    return Conformal(tuple(levels), np.exp(np.stack(smooth, axis=-1)))


def _median(levels: Sequence[float]) -> int:
    checked_levels(levels)
    if 0.5 not in levels:
        raise InputError(f"the levels are {list(levels)}; expected 0.5, the median, among them")
    return list(levels).index(0.5)


def _log_factor(level: float, errors: Floats, distances: Floats) -> float:
    """Of errors and distances (A, steps), the latter all up or all down, the logarithm of what covers ``level``."""
    known = np.isfinite(errors) & (distances != 0)
    scores = np.sort(errors[known] / distances[known])
    if not len(scores):
        return 0.0
    covering = scores[min(int(np.ceil((len(scores) + 1) * level)), len(scores)) - 1]
    # the outcomes of one window resemble each other: count something between them and the windows
    beyond = (1 - level) * np.sqrt(len(scores) * known.any(1).sum())
    return float(np.log(np.clip(covering, _LEAST, _MOST)) * beyond / (beyond + _DOUBT))
