"""The frequency of a series: how stamps of time and whole numbers of periods stand for each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Frequency"]

Stamps = NDArray[np.datetime64]


@dataclass(frozen=True)
class Frequency:
    """A grid of time. A period is a whole number, counted from the grid's own zero; the next stamp is one more.

    ``name`` is what the user typed or what was inferred, in pandas's words: "h", "15min", "D", "B", "W-SUN", "MS",
    "ME", "QS-JAN", "QE-DEC", "YS-JAN", "YE-DEC", ...; "1" where stamps are whole numbers themselves.
    """

    name: str
