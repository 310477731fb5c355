"""The picture of orders: the demand until the next delivery as sampled, and how much there is to be for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.inspection.figures import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_orders"]

Floats = NDArray[np.float64]


def draw_orders(
    look: Look,
    ids: Sequence[str],
    demand: Sequence[Floats],
    order_up_to: Floats,
    position: Floats,
    because: Sequence[str],
    title: str,
) -> "Figure":
    """Draw the sampled ``demand`` (P,) of each of N series over lead time and review, and the order beside it.

    ``order_up_to`` (N,): the level that the order fills up to. ``position`` (N,): what is on hand and on order already.
    Demand beyond the level is lost, what the level exceeds it by is left. ``because``: a sentence for each, below.
    Of more than 12 series the first 12.
    """
    raise NotImplementedError
