"""Forecasts from origins of the past beside what came, as utilsforecast reads them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from unrolled.data.panel import Panel
from unrolled.inference.forecast_tables import framed, ids_column, stamps_column
from unrolled.metrics.forecasts import LEVELS, Window, known_columns
from unrolled.sources.panel import PanelFormat
from unrolled.sources.panel_long import names_of

__all__ = ["cross_validation_table"]


def cross_validation_table(
    panel: Panel, windows: Sequence[Window], format: PanelFormat, level: Sequence[float] = LEVELS, like: Any = None
) -> Any:
    """The table that utilsforecast's ``evaluate`` reads: unique_id, ds, cutoff, y, NAME, NAME-lo-80, NAME-hi-80, ...

    A period without a value has no row, nor one whose value was cut by what was available, nor a series that begins
    after the origin. It is a frame of the library that ``like`` is a frame of, with the types there; for anything else
    the columns by name.
    """
    parts = [known_columns(panel, window, level) for window in windows]
    known = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(known["series"], kind="stable")  # series by series, and in each window by window
    known = {name: values[order] for name, values in known.items()}
    names = names_of(format.columns)
    ids = ids_column([panel.ids[row] for row in known.pop("series")], format)
    stamps = {name: stamps_column(known.pop(name), format) for name in ("ds", "cutoff")}
    first = {names.id or "unique_id": ids, names.ds: stamps["ds"]}
    columns = {**first, "cutoff": stamps["cutoff"], names.y: known.pop("y"), **known}
    return framed(columns, like, {"cutoff": names.ds})
