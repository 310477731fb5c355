"""What turns a network's quantiles into those that are told: mixed with the smoothing's, and widened as they need.

Both are chosen on validation windows, which the network was not trained on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from unrolled.inference.conformal import Conformal, conformal
from unrolled.inputs.history import Moments

__all__ = ["Correction", "mean_size"]

Floats = NDArray[np.float64]
SHARES = np.linspace(0, 1, 21)
TRUST = 0.75  # of the share that was best: the network was chosen on these very windows, the smoothing was not


@dataclass(frozen=True)
class Correction:
    """``share`` of the network in the answers; ``spread`` (H, Q): quantiles of the smoothing's errors, in scales."""

    levels: tuple[float, ...]
    share: float
    spread: Floats
    conformal: Conformal

    @classmethod
    def fit(
        cls, levels: Sequence[float], network: Floats, moments: Moments, y: Floats, nonnegative: NDArray[np.bool_]
    ) -> Self:
        """Chosen on anchors: the network's quantiles (A, H, Q), the outcomes y (A, H), NaN where there are none."""
        error = (y - moments.base) / moments.spread
        spread = _spread(error, levels)
        base = _based(moments, spread, nonnegative)
        losses = [_pinball(share * network + (1 - share) * base, y, moments.spread, levels) for share in SHARES]
        share = TRUST * float(SHARES[int(np.argmin(losses))])
        mixed = share * network + (1 - share) * base
        return cls(tuple(levels), share, spread, conformal(levels, mixed, y))

    def quantiles(self, network: Floats, moments: Moments, nonnegative: NDArray[np.bool_]) -> Floats:
        """The network's quantiles at `levels` (A, H, Q) → those that are told."""
        mixed = self.share * network + (1 - self.share) * _based(moments, self.spread, nonnegative)
        return self.conformal.apply(mixed, nonnegative)


def _spread(error: Floats, levels: Sequence[float]) -> Floats:
    """Quantiles by horizon (H, Q) of errors (A, H), around their median; smooth over neighbouring horizons."""
    horizon = error.shape[1]
    spread = np.zeros((horizon, len(levels)))
    for h in range(horizon):
        near = error[:, max(0, h - horizon // 8) : h + horizon // 8 + 1]
        known = near[np.isfinite(near)]
        if len(known):
            spread[h] = np.quantile(known, levels) - np.median(known)
    return spread


def _based(moments: Moments, spread: Floats, nonnegative: NDArray[np.bool_]) -> Floats:
    """The smoothing's own quantiles (A, H, Q)."""
    base = moments.base[..., None] + moments.spread[..., None] * spread
    return np.where(nonnegative[:, None, None], np.maximum(base, 0), base)


def _pinball(quantiles: Floats, y: Floats, scale: Floats, levels: Sequence[float]) -> float:
    known = np.isfinite(y)
    if not known.any():
        return 0.0
    error = ((y[..., None] - quantiles) / scale[..., None])[known]
    return float(np.mean(np.maximum(error * levels, error * (np.array(levels) - 1))))


def mean_size(errors: Floats) -> float:
    """The mean of errors without their signs; 0 where none is known, as where all outcomes were cut."""
    known = np.abs(errors[np.isfinite(errors)])
    return float(known.mean()) if len(known) else 0.0
