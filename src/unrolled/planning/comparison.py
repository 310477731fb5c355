"""What planning by paths costs over held-out windows, beside the textbook's formula and one who knows the future."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.inference.forecasts import Paths
from unrolled.planning.stock import Stock

__all__ = ["Outcome", "PolicyComparison", "Window", "compare_policies"]


@dataclass(frozen=True)
class Window:
    """Paths as they were forecast at a cutoff, ``paths.last``, and the demand ``actual`` (N, H) that then came."""

    paths: Paths
    actual: NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What a policy led to, all articles together: cost, share of the demand served, mean stock held, …"""

    cost: float
    fill_rate: float
    stock_held: float
    stock_outs: float


@dataclass(frozen=True)
class PolicyComparison:
    """The outcome of each policy by its name."""

    outcomes: Mapping[str, Outcome]


def compare_policies(history: Panel, windows: Sequence[Window], stock: Stock) -> PolicyComparison:
    """Each policy lives through the held-out windows, its stock carried on from one review to the next.

    ``history`` holds at least the values up to the first cutoff; the textbook's formula looks at them.
    """
    raise NotImplementedError
