"""What a head's raw numbers say of a target that is forecast: its loss, quantiles, mean and samples."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Array, Namespace

__all__ = ["Floats", "Likelihood"]

Floats = NDArray[np.float64]


class Likelihood(Protocol):
    """A family of distributions with K parameters, which are any finite numbers: a network's raw outputs (..., K).

    ``centre`` (...) is where the target is expected before the network says anything, ``scale`` (...) above 0 its usual
    distance from there, both in the data's units. Where ``nonnegative`` (...), boolean, holds, the distribution has
    nothing below 0. Losses are over numpy and torch; quantiles, means and samples are numpy's and float64.
    """

    @property
    def parameters(self) -> int:
        """K: how many raw numbers a target has."""

    def start(self) -> Floats:
        """Raw numbers (K,) for a head that knows nothing: median at the centre, a spread of about one scale."""

    def loss(
        self, xp: Namespace, raw: Array, centre: Array, scale: Array, y: Array, cut: Array, nonnegative: Array
    ) -> Array:
        """Raw (..., K), finite targets y (...) → losses (...), finite as are their gradients.

        Where ``cut`` (...), boolean, holds, the target was y or more. The caller masks missing targets, and puts the
        centre in their place.
        """

    def quantiles(self, raw: Array, centre: Array, scale: Array, levels: Sequence[float], nonnegative: Array) -> Floats:
        """Raw (..., K), rising levels (Q,) between 0 and 1 → quantiles (..., Q), which do not cross."""

    def mean(self, raw: Array, centre: Array, scale: Array, nonnegative: Array) -> Floats:
        """Raw (..., K) → expectations (...)."""

    def sample(
        self, raw: Array, centre: Array, scale: Array, nonnegative: Array, rng: np.random.Generator, n: int
    ) -> Floats:
        """Raw (..., K) → n independent samples each (..., n)."""
