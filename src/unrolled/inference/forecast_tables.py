"""Tables of forecasts: the columns, types and names that came in, and those that utilsforecast reads."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unrolled.inference.forecasts import Forecasts, Paths
from unrolled.sources.panel import PanelFormat

__all__ = ["Columns", "forecast_table", "framed", "paths_table", "quantile_levels", "write_table"]

Columns = Mapping[str, Sequence[Any]]
"""A table: its columns by name."""


def quantile_levels(level: Sequence[float] = (), quantiles: Sequence[float] = ()) -> tuple[float, ...]:
    """The quantiles in rising order that intervals of ``level`` percent, and ``quantiles``, ask for."""
    raise NotImplementedError


def forecast_table(
    forecasts: Forecasts,
    format: PanelFormat,
    level: Sequence[float] = (),
    quantiles: Sequence[float] = (),
    like: Any = None,
    name: str = "Forecaster",
) -> Any:
    """unique_id, ds, Forecaster, Forecaster-lo-80, Forecaster-hi-80, or Forecaster_ql0.1: `framed` as ``like``."""
    raise NotImplementedError


def paths_table(paths: Paths, format: PanelFormat, like: Any = None) -> Any:
    """unique_id, ds, sample, y: `framed` as ``like``."""
    raise NotImplementedError


def framed(columns: Columns, like: Any) -> Any:
    """A frame of the library that ``like`` is of; of anything else the columns as they are."""
    raise NotImplementedError


def write_table(columns: Columns, path: Path) -> None:
    """Write CSV, TSV, JSON lines or Parquet, by the suffix; the old file or the new one stands, never half of one."""
    raise NotImplementedError
