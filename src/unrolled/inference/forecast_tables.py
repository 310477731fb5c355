"""Tables of forecasts: the columns, types and names that came in, and those that utilsforecast reads."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.grids import stamp_texts
from unrolled.errors import InputError, MissingExtra
from unrolled.inference.forecasts import Forecasts, Paths
from unrolled.sources.panel import PanelFormat
from unrolled.sources.panel_long import names_of
from unrolled.sources.panel_stamps import zone_named
from unrolled.sources.panel_table import is_frame

if TYPE_CHECKING:
    import narwhals

__all__ = ["Columns", "forecast_table", "framed", "ids_column", "paths_table", "quantile_levels", "stamps_column"]

Columns = Mapping[str, Sequence[Any] | NDArray[Any]]
"""A table: its columns by name."""


def quantile_levels(level: Sequence[float] = (), quantiles: Sequence[float] = ()) -> tuple[float, ...]:
    """The quantiles in rising order that intervals of ``level`` percent, and ``quantiles``, ask for."""
    for percent in level:
        if not 0 < percent < 100:
            raise InputError(f"level {percent:g}: expected percent, more than 0 and less than 100, as in 80", "level")
    for quantile in quantiles:
        if not 0 < quantile < 1:
            raise InputError(f"quantile {quantile:g}: expected more than 0 and less than 1, as in 0.9", "quantile")
    ends = (end for percent in level for end in _ends(percent))
    return tuple(sorted({*ends, *(float(quantile) for quantile in quantiles)}))


def _ends(percent: float) -> tuple[float, float]:
    """The quantiles at both ends of an interval."""
    return round(0.5 - percent / 200, 10), round(0.5 + percent / 200, 10)


def forecast_table(
    forecasts: Forecasts,
    format: PanelFormat,
    level: Sequence[float] = (),
    quantiles: Sequence[float] = (),
    like: Any = None,
    name: str = "Forecaster",
) -> Any:
    """unique_id, ds, Forecaster, Forecaster-lo-80, Forecaster-hi-80 or Forecaster_ql0.1: `framed` as ``like``.

    Intervals are named as those of statsforecast, quantiles as those of neuralforecast.
    """
    ids, ds, _ = _names(format)
    horizon = forecasts.point.shape[1]
    periods = forecasts.last[:, None] + 1 + np.arange(horizon)
    columns: dict[str, Sequence[Any] | NDArray[Any]] = {
        ids: ids_column(forecasts.ids, format, horizon),
        ds: stamps_column(periods.ravel(), format),
        name: forecasts.point.ravel(),
    }
    for percent in level:
        for end, quantile in zip(("lo", "hi"), _ends(percent), strict=True):
            columns[f"{name}-{end}-{percent:g}"] = _quantile(forecasts, quantile)
    for quantile in quantiles:
        columns[f"{name}_ql{quantile:g}"] = _quantile(forecasts, quantile)
    return framed(columns, like)


def _quantile(forecasts: Forecasts, quantile: float) -> NDArray[np.float64]:
    near = np.flatnonzero(np.isclose(np.asarray(forecasts.levels, np.float64), quantile, rtol=0, atol=1e-9))
    if not len(near):
        raise InputError(f"the forecasts have no quantile {quantile:g}; they have {list(forecasts.levels)}")
    return np.ascontiguousarray(forecasts.quantiles[:, :, near[0]]).ravel()


def paths_table(paths: Paths, format: PanelFormat, like: Any = None) -> Any:
    """unique_id, ds, sample (from 0), y: `framed` as ``like``."""
    ids, ds, y = _names(format)
    _, samples, horizon = paths.values.shape
    periods = np.repeat(paths.last[:, None, None] + 1 + np.arange(horizon), samples, axis=1)
    columns = {
        ids: ids_column(paths.ids, format, samples * horizon),
        ds: stamps_column(periods.ravel(), format),
        "sample": np.tile(np.repeat(np.arange(samples), horizon), len(paths.ids)),
        y: paths.values.ravel(),
    }
    return framed(columns, like)


def _names(format: PanelFormat) -> tuple[str, str, str]:
    names = names_of(format.columns)
    return names.id or "unique_id", names.ds, names.y


def ids_column(ids: Sequence[str], format: PanelFormat, times: int = 1) -> Sequence[Any] | NDArray[Any]:
    """Identifiers, each so many times, in the type in which they came."""
    if format.id_type in ("int", "float"):
        return np.repeat(np.array([float(one) if format.id_type == "float" else int(one) for one in ids]), times)
    return [one for one in ids for _ in range(times)]


def stamps_column(periods: NDArray[np.int64], format: PanelFormat) -> Sequence[Any] | NDArray[Any]:
    """The stamps of periods in the type in which stamps came: datetime64, whole numbers or texts."""
    stamps, style = format.frequency.stamps(periods), format.stamps
    if style.kind in ("year", "month", "day"):
        days = stamps.astype("M8[D]")
        months = days.astype("M8[M]").astype(np.int64)
        stamps = months // 12 + 1970
        if style.kind != "year":
            stamps = stamps * 100 + months % 12 + 1
        if style.kind == "day":
            stamps = stamps * 100 + (days - days.astype("M8[M]")).astype(np.int64) + 1
    if stamps.dtype.kind != "M":
        return stamps.tolist() if style.type == "text" else stamps
    if style.type == "text":
        return stamp_texts(stamps, style.clock)
    return stamps.astype("M8[D]") if style.type == "date" else stamps


def framed(columns: Columns, like: Any, alike: Mapping[str, str] | None = None) -> Any:
    """A frame of the library that ``like`` is a frame of, whose columns have the types they have there.

    For anything else the columns as they are. ``alike``: columns that have the type of another, by its name.
    """
    if not is_frame(like):
        return columns
    try:
        import narwhals
    except ModuleNotFoundError as error:
        raise MissingExtra("narwhals", "train", "a data frame") from error
    given = narwhals.from_native(like, eager_only=True)
    known = dict(given.schema)
    known |= {name: known[other] for name, other in (alike or {}).items() if other in known}
    made: dict[str, Any] = {}
    for name, values in columns.items():
        wall = np.asarray(values)
        zone = getattr(known.get(name), "time_zone", None)
        moments = wall.dtype.kind == "M"
        made[name] = values if not moments else _in_utc(wall, zone) if zone else _fine(wall, given)
    table = narwhals.from_dict(made, backend=given.implementation)
    return table.with_columns(
        *(_typed(table[name], known[name]) for name in columns if name in known and table[name].dtype != known[name])
    ).to_native()


def _typed(series: "narwhals.Series[Any]", kind: Any) -> "narwhals.Series[Any]":
    """A series as ``kind``; stamps in UTC in the zone of it; as it is where values may change by it."""
    zone = getattr(kind, "time_zone", None)
    if zone:
        return series.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).cast(kind)
    texts = str(series.dtype) == "String" and str(kind).partition("(")[0] not in ("Categorical", "Enum")
    if texts or str(kind) in ("Unknown", "Object") or (series.dtype.is_float() and not kind.is_float()):
        return series
    return series.cast(kind)


def _fine(stamps: NDArray[Any], like: "narwhals.DataFrame[Any]") -> NDArray[Any]:
    """Stamps as the library of a frame usually keeps them: pandas in nanoseconds, which reach from 1678 to 2262."""
    years = stamps.astype("M8[Y]").astype(np.int64) + 1970
    near = like.implementation.is_pandas_like() and bool(((years > 1678) & (years < 2262)).all())
    return stamps.astype("M8[ns]" if near else "M8[us]")


def _in_utc(wall: NDArray[Any], zone: str) -> NDArray[Any]:
    """Times of day of a zone as moments; an hour that comes twice is the first, one that is left out the next."""
    there = zone_named(zone)
    distinct, places = np.unique(wall.astype("M8[s]"), return_inverse=True)
    moments = [_moment(one, there) for one in distinct.tolist()]
    return np.array(moments, "M8[us]")[places]


def _moment(wall: Any, there: Any) -> Any:
    return wall.replace(tzinfo=there).astimezone(UTC).replace(tzinfo=None)
