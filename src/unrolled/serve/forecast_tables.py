"""What clients send to be forecast, as rows; and what is sent back of it, as JSON has it."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel
from unrolled.inference.forecasts import Forecasts
from unrolled.serve.forecast_bodies import GivenSeries
from unrolled.serve.schemas import Failure
from unrolled.sources.cells import pointed
from unrolled.sources.panel import PanelFormat
from unrolled.sources.panel_long import names_of
from unrolled.sources.separated import read_separated
from unrolled.sources.text_file import TextFile

__all__ = ["Rows", "ends_of", "forecasts_as_json", "rows_of_csv", "rows_of_series"]

Rows = list[dict[str, Any]]


def rows_of_csv(text: str, most: int) -> Rows:
    """The rows of a table as text by headings; InputError names the line, Failure for over ``most`` values."""
    table = read_separated(TextFile.in_memory(text, "csv"), "utf-8", None, ",")
    rows: Rows = []
    for cells, _ in table.rows(range(len(table.headings))):
        values = [pointed(cell) if table.commas and isinstance(cell, str) else cell for cell in cells]
        rows.append(dict(zip(table.headings, values, strict=True)))
        _check_size(len(rows) * max(len(values) - 2, 1), most)
    return rows


def rows_of_series(several: Sequence[GivenSeries], form: PanelFormat, most: int) -> Rows:
    """The rows of series, with the names that the columns have in the model's format."""
    _check_size(sum(len(one.ds) for one in several), most)
    names = names_of(form.columns)
    identifier = [] if form.is_single else [names.id]
    if form.is_single and len(several) > 1:
        raise Failure(422, f"{len(several)} series; expected one: this model's tables have no identifiers")
    rows: Rows = []
    for one in several:
        constant = dict.fromkeys(identifier, one.unique_id)
        lists: dict[str, list[Any]] = {names.ds: list(one.ds), names.y: list(one.y)}
        for name, values in (one.model_extra or {}).items():
            if isinstance(values, list):
                lists[name] = values
            else:
                constant[name] = values
        for name, values in lists.items():
            if len(values) != len(one.ds):
                reason = f"{len(values)} values of {name[:80]} and {len(one.ds)} stamps"
                raise Failure(422, f"unique_id {one.unique_id[:80]!r}: {reason}; expected as many of both")
        rows += [{**constant, **dict(zip(lists, row, strict=True))} for row in zip(*lists.values(), strict=True)]
    return rows


def _check_size(count: int, most: int) -> None:
    if count > most:
        raise Failure(422, f"a table of more than {most} values; expected at most so many", "points")


def stamps_as_json(frequency: Frequency, periods: NDArray[np.int64]) -> list[str | int]:
    """Stamps as text, dates alone where all are at midnight; or whole numbers."""
    stamps = frequency.stamps(periods)
    if frequency.numbers:
        return [int(stamp) for stamp in stamps]
    days = stamps.astype("M8[D]")
    return [str(stamp) for stamp in (days if np.array_equal(days, stamps) else stamps)]


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [value if isfinite(value) else None for value in values.tolist()]


def history_as_json(panel: Panel, i: int, most: int) -> Mapping[str, Any]:
    """The last values of a series."""
    begin, end = int(panel.offsets[i]), int(panel.offsets[i + 1])
    start = max(begin, end - most)
    periods = panel.first[i] + np.arange(start - begin, end - begin)
    cut = np.flatnonzero(panel.cut[start:end])
    return {
        "ds": stamps_as_json(panel.frequency, periods),
        "y": _numbers(panel.y[start:end]),
        "cut": cut.tolist(),
    }


def ends_of(level: float) -> tuple[float, float]:
    """The levels of the quantiles at both ends of a central interval of so many per cent: 80 → 0.1, 0.9."""
    return round(0.5 - level / 200, 9), round(0.5 + level / 200, 9)


def forecasts_as_json(
    forecasts: Forecasts, recent: Panel, level: Sequence[float], horizon: int, history: int
) -> dict[str, Any]:
    """The body of an answer. ``forecasts`` has the quantiles at both ends of each interval of ``level``."""
    at = {one: place for place, one in enumerate(forecasts.levels)}
    ends = [(one, at[ends_of(one)[0]], at[ends_of(one)[1]]) for one in level]
    steps = 1 + np.arange(horizon)
    rows = {unique_id: row for row, unique_id in enumerate(recent.ids)}
    return {
        "frequency": forecasts.frequency.name,
        "series": [
            {
                "unique_id": unique_id,
                "ds": stamps_as_json(forecasts.frequency, forecasts.last[i] + steps),
                "forecast": forecasts.point[i, :horizon].tolist(),
                "intervals": [
                    {
                        "level": one,
                        "lo": forecasts.quantiles[i, :horizon, low].tolist(),
                        "hi": forecasts.quantiles[i, :horizon, high].tolist(),
                    }
                    for one, low, high in ends
                ],
                "history": history_as_json(recent, rows[unique_id], history),
            }
            for i, unique_id in enumerate(forecasts.ids)
        ],
    }
