"""The frequency of a series: how stamps of time and whole numbers of periods stand for each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Frequency"]

Stamps = NDArray[np.datetime64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Frequency:
    """A grid of time. A period is a whole number, counted from the grid's own zero; the next stamp is one more.

    ``name`` is what the user typed or what was inferred, in pandas's words: "h", "15min", "D", "B", "W-SUN", "MS",
    "ME", "QS-JAN", "QE-DEC", "YS-JAN", "YE-DEC", ...; "1" where stamps are whole numbers themselves.
    """

    name: str

    @classmethod
    def named(cls, text: str | int) -> "Frequency":
        """The frequency that pandas knows by this name, old or new; "1" or a number: that of whole numbers."""
        raise NotImplementedError

    @classmethod
    def infer(cls, stamps: Stamps | Whole, offsets: Whole, ids: Sequence[str]) -> "Frequency":
        """The frequency of series whose stamps, in rising order, stand one series after another."""
        raise NotImplementedError

    @property
    def alias(self) -> str | int:
        """What statsforecast and pandas take for it: the name without what follows a plus; 1 of whole numbers."""
        raise NotImplementedError

    @property
    def numbers(self) -> bool:
        """Whether stamps are whole numbers."""
        raise NotImplementedError

    @property
    def season(self) -> int:
        """The most useful number of periods after which a pattern comes again; 1 where there is none."""
        raise NotImplementedError

    @property
    def seasons(self) -> tuple[int, ...]:
        """All that are useful, the shortest first: (24, 168) of "h"; () where there is none."""
        raise NotImplementedError

    def periods(self, stamps: Stamps | Whole) -> Whole:
        """The period of each stamp; InputError for one that is not on the grid."""
        raise NotImplementedError

    def stamps(self, periods: Whole) -> Stamps | Whole:
        """The stamps of periods: datetime64[s], or int64 where they are whole numbers."""
        raise NotImplementedError

    @property
    def calendar_names(self) -> tuple[str, ...]:
        """The names of what `calendar` gives."""
        raise NotImplementedError

    def calendar(self, periods: Whole) -> NDArray[np.float32]:
        """Sines and cosines of the places of periods in day, week, month and year (n, C)."""
        raise NotImplementedError
