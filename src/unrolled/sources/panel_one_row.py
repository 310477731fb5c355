"""A panel of one row, as an update has: the same as of a table, in a fraction of a millisecond."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.sources.panel_columns import is_none
from unrolled.sources.panel_covariates import Covariate
from unrolled.sources.panel_holidays import with_holidays
from unrolled.sources.panel_long import id_text, names_of
from unrolled.sources.panel_stamps import Unreadable, text_stamps

if TYPE_CHECKING:
    from unrolled.sources.panel import PanelFormat

__all__ = ["panel_of_row"]


def panel_of_row(row: Mapping[str, Any], learnt: "PanelFormat") -> Panel:
    """The panel of a row as a dictionary; InputError, which names series and stamp, for what cannot be read."""
    names = names_of(learnt.columns)
    series = row.get(names.id, learnt.series if names.id not in row and learnt.is_single else None)
    if is_none(series):
        raise InputError(f"row 0: {names.id or 'unique_id'} is missing; expected the identifier of a series")
    identifier = id_text(series)
    frequency, stamp = learnt.frequency, row.get(names.ds)
    if is_none(stamp):
        raise InputError(f"row 0: unique_id {identifier!r}: {names.ds} is missing; expected the stamp of a period")
    where = f"row 0: unique_id {identifier!r}, ds {stamp}"
    try:
        stamps = text_stamps([stamp], frequency.numbers, learnt.stamps).stamps
    except Unreadable as error:
        raise InputError(f"row 0: unique_id {identifier!r}: ds is {error}") from None
    first, on = frequency.grid.place(stamps)
    if not on[0]:
        raise InputError(f"row 0: unique_id {identifier!r}: ds {frequency.off_grid(stamps[0], int(first[0]))}")
    y = _number(row.get(names.y), names.y, where)
    static, past, future = (_values(covariates, row, where) for covariates in learnt.kinds.values())
    length = 0 if math.isnan(y) else 1
    panel = Panel(
        ids=(identifier,),
        frequency=frequency,
        first=first,
        offsets=np.array([0, length]),
        y=np.array([y][:length]),
        cut=np.array([_is_cut(row, y, learnt, where)][:length], np.bool_),
        past=np.array([past][:length]).reshape(length, len(past)),
        future_offsets=np.array([0, 1 if learnt.future or learnt.holidays else 0]),
        future=np.array([future]) if learnt.future else np.zeros((1 if learnt.holidays else 0, 0)),
        static=np.array([static]),
        past_names=learnt.names("past"),
        future_names=tuple(name for covariate in learnt.future for name in covariate.names),
        static_names=learnt.names("static"),
    )
    return with_holidays(panel, learnt.holidays) if learnt.holidays else panel


def _number(value: Any, name: str, where: str) -> float:
    """A number, NaN where it is missing."""
    if is_none(value):
        return math.nan
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = {"true": 1.0, "false": 0.0}.get(str(value).lower(), math.inf)
    if math.isinf(number):
        raise InputError(f"{where}: {name} is {str(value)[:80]!r}; expected a finite number")
    return number


def _values(covariates: tuple[Covariate, ...], row: Mapping[str, Any], where: str) -> list[float]:
    """The values of covariates; of a category 0 and 1."""
    values: list[float] = []
    for covariate in covariates:
        value = row.get(covariate.name)
        if covariate.categories is None:
            values.append(_number(value, covariate.name, where))
        elif is_none(value):
            values += [math.nan] * len(covariate.categories)
        else:
            values += [float(id_text(value) == category) for category in covariate.categories]
    return values


def _is_cut(row: Mapping[str, Any], y: float, learnt: "PanelFormat", where: str) -> bool:
    if learnt.available is None or math.isnan(y):
        return False
    available = _number(row.get(learnt.available.name), learnt.available.name, where)
    return 0 <= available <= y if learnt.available.kind == "number" else available <= 0
