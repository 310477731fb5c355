"""Tables of forecasts for a person."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from unrolled.inference.forecast_tables import Columns

__all__ = ["table_lines"]

DIGITS = 4  # of the largest number of a series


def table_lines(columns: "Columns") -> Iterator[str]:
    """Columns of equal width; all numbers of a series have so many decimals that its largest has four digits."""
    from unrolled.inference.written_tables import values_of

    arrays = {name: np.asarray(values) for name, values in columns.items()}
    numbers = [name for name, values in arrays.items() if values.dtype.kind == "f"]
    decimals = _decimals(next(iter(arrays.values())), [arrays[name] for name in numbers])
    cells: list[list[str]] = []
    for name, values in columns.items():
        if name in numbers:
            column = [_number(value, many) for value, many in zip(arrays[name].tolist(), decimals, strict=True)]
        else:
            column = [str(value) for value in values_of(values)]
        width = max(map(len, [name, *column]))
        right = arrays[name].dtype.kind in "fiu"
        cells.append([f"{text:>{width}}" if right else f"{text:{width}}" for text in [name, *column]])
    for row in zip(*cells, strict=True):
        yield "  ".join(row).rstrip()


def _decimals(series: Any, numbers: Sequence[Any]) -> list[int]:
    """How many decimals the numbers in each row have, by the largest number of the row's series."""
    if not numbers:
        return [0] * len(series)
    largest = np.nanmax(np.abs(np.nan_to_num(np.stack(numbers))), axis=0)
    _, group = np.unique(series, return_inverse=True)
    of_series = np.zeros(group.max(initial=-1) + 1)
    np.maximum.at(of_series, group, largest)
    whole = np.floor(np.log10(np.maximum(of_series, 1e-9))).astype(np.int64)
    decimals: list[int] = np.clip(DIGITS - 1 - whole, 0, 12)[group].tolist()
    return decimals


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if abs(value) < 1e15 else f"{value:.{DIGITS - 1}e}"
