"""Joint sample paths of the next periods from their quantiles and the errors of past windows (Clark et al. 2004)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["joint_paths"]

Floats = NDArray[np.float64]


def joint_paths(
    quantiles: Floats,
    levels: Sequence[float],
    templates: Floats,
    n_paths: int,
    rng: np.random.Generator,
    nonnegative: NDArray[np.bool_] | None = None,
) -> Floats:
    """Quantiles (N, H, Q) at rising levels → paths (N, P, H).

    ``templates`` (R, H) are errors of past windows, NaN where unknown, in a scale common to all.
    """
    raise NotImplementedError
