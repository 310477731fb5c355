"""What pictures of series share: panels on a page, names above them, stamps along and values up an axis."""

import math
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.data.frequency import Frequency

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["columns_of", "label_stamps", "label_values", "name_of", "places", "written"]

SMALL = 8.0  # points
LETTERS = 13.0  # of a title in an inch


def columns_of(panels: int) -> int:
    """In how many columns so many panels stand on a page."""
    return 1 if panels == 1 else 2 if panels <= 4 else 3


def name_of(identifier: str, inches: float) -> str:
    """A series' name as it fits above a panel: of a long one beginning and end."""
    most = max(int(LETTERS * inches), 8)
    name = "".join("·" if unicodedata.category(c)[0] == "C" else c for c in identifier) or "∅"
    return name if len(name) <= most else f"{name[: most - most // 2 - 1]}…{name[-(most // 2) :]}"


def places(frequency: Frequency, periods: NDArray[np.int64]) -> NDArray[np.generic]:
    """Where periods stand along an axis: at their stamps."""
    return frequency.stamps(periods)


def label_stamps(axes: "Axes", frequency: Frequency, ticks: int = 6) -> None:
    """Set up the axis along: dates with as much of them as is needed, or whole numbers."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import MaxNLocator

    axes.tick_params(axis="both", labelsize=SMALL)
    if frequency.numbers:
        axes.xaxis.set_major_locator(MaxNLocator(ticks, integer=True))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
        return
    locator = AutoDateLocator(minticks=2, maxticks=ticks)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.xaxis.get_offset_text().set_fontsize(SMALL)


def label_values(axes: "Axes", along: bool = False, ticks: int = 5) -> None:
    """Set up the axis up, or ``along``: few values, with as many digits as tell them apart."""
    from matplotlib.ticker import MaxNLocator

    axis = axes.xaxis if along else axes.yaxis
    axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(_written(axis.get_majorticklocs))
    axes.tick_params(axis="both", labelsize=SMALL)
    axes.grid(axis="y", linewidth=0.5)
    axes.set_axisbelow(True)


def written(value: float, digits: int = 4) -> str:
    """A number in so many digits, whole ones below ten millions in all of theirs; 2.5e9 where it is far from 1."""
    size = abs(value)
    if size < 1e7 and value == round(value):
        text = f"{value:,.0f}"
    elif 1e-3 <= size < 1e7:
        text = f"{value:,.{max(digits, len(str(int(size))))}g}"
    else:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        text = f"{float(mantissa):g}e{int(exponent)}"
    return text.replace("-", "−")


def _written(all_ticks: Callable[[], NDArray[np.float64]]) -> Callable[[float, float], str]:
    """Writes a tick in as many digits as tell it from its neighbours."""

    def write(value: float, number: float) -> str:
        ticks = np.asarray(all_ticks(), float)
        largest = float(np.abs(ticks).max(initial=0.0))
        apart = float(np.diff(ticks).min(initial=math.inf)) if len(ticks) > 1 else math.inf
        if largest == 0 or abs(value) < apart * 1e-6:
            return "0"
        digits = max(3, math.ceil(math.log10(largest / apart)) + 2) if 0 < apart < math.inf else 3
        return written(float(f"{value:.{digits}g}"), digits)

    return write
