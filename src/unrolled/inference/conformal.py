"""Quantiles widened or narrowed until they cover what they say: conformal prediction on held-out windows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Conformal", "conformal"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Conformal:
    """``factors`` (H, Q): by how much each quantile's distance to the median grows at each step of the horizon."""

    levels: tuple[float, ...]
    factors: Floats

    def apply(self, quantiles: Floats, nonnegative: NDArray[np.bool_] | None = None) -> Floats:
        """Quantiles (N, H, Q) → the same with these factors, which do not cross and are at least 0 where asked (N,)."""
        raise NotImplementedError


def conformal(levels: Sequence[float], quantiles: Floats, outcomes: Floats) -> Conformal:
    """The factors with which quantiles (A, H, Q) of A held-out windows would have covered outcomes (A, H).

    Outcomes that are NaN do not count. 0.5 is among the levels, else InputError.
    """
    raise NotImplementedError
