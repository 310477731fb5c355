"""Holidays of a country as a covariate that is known of the future."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from unrolled.data.frequency import Frequency
from unrolled.data.grids import DAY, Grid, Whole, seconds_of
from unrolled.data.panel import Panel
from unrolled.errors import InputError, MissingExtra

__all__ = ["HOLIDAY", "holiday_counts", "holidays_of", "with_holidays"]

HOLIDAY = "holiday"
"""The name of the covariate."""
_AHEAD = 10  # years beyond the last value for which holidays are kept


def holidays_of(country: str, panel: Panel) -> tuple[str, ...]:
    """The holidays of a country, as in "DE" or "US-CA", from the first year of a panel to ten beyond its last one."""
    try:
        import holidays
    except ModuleNotFoundError as error:
        raise MissingExtra("holidays", "train", "holidays as a covariate") from error
    if panel.frequency.numbers:
        raise InputError(f"holidays of {country}: ds are whole numbers; expected dates")
    bounds = panel.frequency.stamps(np.array([panel.first.min(), panel.last.max()])).astype("M8[Y]").astype(int) + 1970
    code, _, part = country.partition("-")
    try:
        years = range(int(bounds[0]), int(bounds[1]) + _AHEAD + 1)
        found = holidays.country_holidays(code.upper(), subdiv=part.upper() or None, years=years)
    except (NotImplementedError, AttributeError, KeyError) as error:
        raise InputError(f"holidays={country!r}: {error}; expected a country, as in DE or US-CA", "holidays") from None
    return tuple(str(day) for day in sorted(found))


def with_holidays(panel: Panel, dates: Sequence[str]) -> Panel:
    """A panel with a further known covariate: the number of ``dates`` in each period; of a day and less 0 or 1."""
    lengths = np.diff(panel.future_offsets)
    starts = np.repeat(panel.first - panel.future_offsets[:-1], lengths)
    periods = np.arange(int(panel.future_offsets[-1])) + starts
    counts = holiday_counts(panel.frequency, periods, dates)
    return replace(
        panel,
        future=np.column_stack([panel.future, counts.astype(np.float64)]),
        future_names=(*panel.future_names, HOLIDAY),
    )


def holiday_counts(frequency: Frequency, periods: Whole, dates: Sequence[str]) -> Whole:
    """The number of ``dates`` in each period; InputError for a period beyond the last year of them."""
    if not len(periods):
        return periods
    low = int(periods.min())
    span = np.arange(low, int(periods.max()) + 1)
    return _counts(frequency.grid, span, np.array(dates, "M8[D]"))[periods - low]


def _counts(grid: Grid, periods: Whole, dates: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> Whole:
    """How many of the sorted dates lie in each period."""
    if len(periods) and grid.stamps(periods[-1:]).astype("M8[Y]") > dates[-1:].astype("M8[Y]"):
        raise InputError(f"holidays are known up to {dates[-1]}, {grid.stamps(periods[-1:])[0]} is beyond; fit anew")
    days = seconds_of(grid.stamps(periods)) // DAY
    if grid.kind == "business" or (grid.kind == "seconds" and grid.step <= DAY):
        first, last = days, days + 1
    elif grid.end or (grid.kind == "seconds" and grid.step % (7 * DAY) == 0):  # pandas's stamp is a period's last day
        first, last = seconds_of(grid.stamps(periods - 1)) // DAY + 1, days + 1
    else:
        first, last = days, seconds_of(grid.stamps(periods + 1)) // DAY
    known = dates.astype(np.int64)
    return np.searchsorted(known, last) - np.searchsorted(known, first)
