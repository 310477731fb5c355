"""The frequency of a series: how stamps of time and whole numbers of periods stand for each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.data.calendar import calendar, calendar_names, season, seasons
from unrolled.data.grid_of_stamps import check_one_frequency, fitted_grid, inferred_grid
from unrolled.data.grids import Grid, Stamps, Whole, grid_named, name_of, stamp_text
from unrolled.errors import InputError

__all__ = ["Frequency"]


@dataclass(frozen=True)
class Frequency:
    """A grid of time. A period is a whole number, counted from the grid's own zero; the next stamp is one more.

    ``name`` is what the user typed or what was inferred, in pandas's words: "h", "15min", "D", "B", "W-SUN", "MS",
    "ME", "QS-JAN", "QE-DEC", "YS-JAN", "YE-DEC", ...; "1" where stamps are whole numbers themselves. After a plus
    follows how far the grid lies from where pandas would begin it: "D+6h" are days that begin at six.
    """

    name: str

    @classmethod
    def named(cls, text: str | int, stamps: Stamps | Whole | None = None) -> "Frequency":
        """The frequency that pandas knows by this name, old or new; "1" or a number: that of whole numbers.

        Where the name leaves open where the grid lies ("W", "2h", "M"), it lies as most ``stamps`` do.
        """
        name = str(text).strip()
        return cls(name_of(grid_named(name) if stamps is None else fitted_grid(name, stamps)))

    @classmethod
    def infer(cls, stamps: Stamps | Whole, offsets: Whole, ids: Sequence[str]) -> "Frequency":
        """The frequency of series whose stamps, rising within a series, stand one series after another.

        It is the coarsest that has a period for every stamp. InputError, which names series and stamps, where only
        most stamps have one, or the steps between them are not regular.
        """
        return cls(name_of(inferred_grid(stamps, offsets, ids)))

    @property
    def grid(self) -> Grid:
        """The grid that the name stands for."""
        return grid_named(self.name)

    @property
    def alias(self) -> str | int:
        """What statsforecast and pandas take for it: the name before a plus; of whole numbers a number."""
        return self.grid.step if self.numbers else self.name.partition("+")[0]

    @property
    def numbers(self) -> bool:
        """Whether stamps are whole numbers."""
        return self.grid.kind == "number"

    @property
    def season(self) -> int:
        """The most useful number of periods after which a pattern comes again; 1 where there is none."""
        return season(self.grid)

    @property
    def seasons(self) -> tuple[int, ...]:
        """All that are useful, the shortest first: (24, 168) of "h"; () where there is none."""
        return seasons(self.grid)

    def periods(self, stamps: Stamps | Whole) -> Whole:
        """The period of each stamp; InputError for one that is not on the grid."""
        periods, on = self.grid.place(stamps)
        if not on.all():
            at = int((~on).argmax())
            raise InputError(f"ds {self.off_grid(stamps[at], int(periods[at]))}")
        return periods

    def off_grid(self, stamp: object, period: int) -> str:
        """The words that a stamp, which follows ``period``, is not on the grid."""
        around = " or ".join(stamp_text(near) for near in self.stamps(np.arange(period, period + 2)))
        return f"{stamp_text(stamp)} is off the grid of the frequency {self.name}; expected {around}"

    def stamps(self, periods: Whole) -> Stamps | Whole:
        """The stamps of periods: datetime64[s], or int64 where they are whole numbers."""
        return self.grid.stamps(periods)

    def check_same(self, periods: Whole, offsets: Whole, ids: Sequence[str]) -> None:
        """InputError, naming it, for a series all of whose steps are alike and longer than a period."""
        check_one_frequency(self.grid, periods, offsets, ids)

    @property
    def calendar_names(self) -> tuple[str, ...]:
        """The names of what `calendar` gives, such as "sine of week"; () of years and whole numbers."""
        return calendar_names(self.grid)

    def calendar(self, periods: Whole) -> NDArray[np.float32]:
        """Sines and cosines of the places of periods in day, week, month and year (n, C)."""
        return calendar(self.grid, periods)
