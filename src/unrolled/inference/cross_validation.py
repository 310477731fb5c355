"""Forecasts from origins of the past beside what came, as utilsforecast reads them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from unrolled.data.panel import Panel
from unrolled.errors import MissingExtra
from unrolled.inference.forecast_tables import framed, ids_column, stamps_column
from unrolled.metrics.forecasts import LEVELS, Window, known_columns
from unrolled.sources.panel import PanelFormat
from unrolled.sources.panel_long import names_of
from unrolled.sources.panel_table import is_frame

__all__ = ["cross_validation_table"]


def cross_validation_table(
    panel: Panel, windows: Sequence[Window], format: PanelFormat, level: Sequence[float] = LEVELS, like: Any = None
) -> Any:
    """The table that utilsforecast's ``evaluate`` reads: unique_id, ds, cutoff, y, NAME, NAME-lo-80, NAME-hi-80, ...

    A period without a value has no row, nor one whose value was cut by what was available, nor a series that begins
    after the origin. It is a frame of the library that ``like`` is a frame of, with the types there; else of pandas.
    """
    try:
        import narwhals
    except ModuleNotFoundError as error:
        raise MissingExtra("narwhals", "train", "a table of forecasts") from error
    parts = [known_columns(panel, window, level) for window in windows]
    known = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(known["series"], kind="stable")  # series by series, and in each window by window
    known = {name: values[order] for name, values in known.items()}
    names = names_of(format.columns)
    ids = ids_column([panel.ids[row] for row in known.pop("series")], format)
    stamps = {name: stamps_column(known.pop(name), format) for name in ("ds", "cutoff")}
    columns = {names.id or "unique_id": ids, names.ds: stamps["ds"], names.y: known.pop("y"), **known}
    if is_frame(like):
        table = narwhals.from_native(framed(columns, like), eager_only=True)
        cutoff = narwhals.from_native(framed({names.ds: stamps["cutoff"]}, like), eager_only=True)[names.ds]
    else:
        table = narwhals.from_dict(columns, backend="pandas")
        cutoff = narwhals.new_series("cutoff", stamps["cutoff"], backend="pandas")
    first, rest = table.columns[:2], table.columns[2:]
    return table.with_columns(cutoff.alias("cutoff")).select(*first, "cutoff", *rest).to_native()
