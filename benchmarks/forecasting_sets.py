"""The sets of forecasting.py, and what classical methods make of them.

M3 and M4 have no dates here. What is fitted with one setting for all counts periods by whole numbers and is told the
season; what is fitted with a frequency alone gets made-up stamps, all series from the same one, so that the place of a
value in the true year or day is not told. A gap of NN5 in what is learnt from is the median of the same weekday in it;
one in the test part is the median over the whole series, as in the archive of Monash. ETTh1 is scaled by the mean and
the deviation of the training part.
"""

import csv
import gzip
import json
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.classical import SHARES, ClassicalForecast
from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel

__all__ = ["SETS", "Series", "classical", "frame", "panel", "read"]

Floats = NDArray[np.float64]
HOURS = 8_640, 2_880, 2_880  # ETTh1: 12, 4 and 4 months
ANCHORS = 96  # ETTh1: classical methods are fitted at every 96th of the 2,785 test windows
READ = 1_008  # ETTh1: hours that they read there, six weeks
COLUMNS = "lo-95", "lo-80", "mean", "hi-80", "hi-95"


class Series(NamedTuple):
    """Many series: ``train`` and the ``horizon`` values that follow, ``test``, for each; in ETTh1 many windows."""

    ids: list[str]
    train: list[Floats]
    test: list[Floats]
    horizon: int
    season: int
    frequency: str
    start: str  # of the first stamp

    def held_out(self) -> "Series":
        """What a choice may see: the last window of the training part in the place of the test part."""
        h = self.horizon
        kept = [row for row, y in enumerate(self.train) if len(y) > 2 * h]
        train, test = ([self.train[row][part] for row in kept] for part in (slice(None, -h), slice(-h, None)))
        return self._replace(ids=[self.ids[row] for row in kept], train=train, test=test)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _m3(name: str, season: int, frequency: str, data: Path) -> Series:
    rows = list(_lines(data / "m3" / f"M3{name}.jsonl.gz"))
    values = [np.array(row["values"], float) for row in rows]
    h = rows[0]["h"]
    ids = [row["id"].replace(" ", "") for row in rows]
    return Series(ids, [y[:-h] for y in values], [y[-h:] for y in values], h, season, frequency, "1980-01-01")


def _nn5(data: Path) -> Series:
    h, week = 56, 7
    ids, train, test = list[str](), list[Floats](), list[Floats]()
    for row in _lines(data / "nn5_daily" / "nn5.jsonl.gz"):
        y = np.array([np.nan if value is None else value for value in row["values"]], float)
        known, asked = y[:-h].copy(), y[-h:].copy()
        for day in range(week):
            known[day::week] = np.where(np.isnan(known[day::week]), np.nanmedian(known[day::week]), known[day::week])
        for t in np.flatnonzero(np.isnan(asked)):
            asked[t] = np.nanmedian(y[(len(known) + t) % week :: week])
        ids.append(row["id"])
        train.append(known)
        test.append(asked)
    return Series(ids, train, test, h, week, "D", "1996-03-18")


def _m4(data: Path) -> Series:
    def table(part: str) -> dict[str, Floats]:
        with gzip.open(data / "m4_hourly" / f"Hourly-{part}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        return {row[0]: np.array([float(value) for value in row[1:] if value not in ("", "NA")]) for row in rows}

    train, test = table("train"), table("test")
    return Series([*train], [*train.values()], [test[name] for name in train], 48, 24, "h", "2015-07-01")


def _etth1(data: Path) -> Series:
    """Each channel a series; ``train`` is all before the test part, which is the whole four months."""
    with gzip.open(data / "etth1" / "ETTh1.csv.gz", "rt", encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    values = np.array([[float(value) for value in row[1:]] for row in rows[: sum(HOURS)]])
    first = values[: HOURS[0]]
    scaled = ((values - first.mean(0)) / first.std(0)).T
    return Series(
        head[1:], [y[: -HOURS[2]] for y in scaled], [y[-HOURS[2] :] for y in scaled], 96, 24, "h", "2016-07-01"
    )


SETS: dict[str, Callable[[Path], Series]] = {
    "m3_year": partial(_m3, "Year", 1, "YS"),
    "m3_quarter": partial(_m3, "Quart", 4, "QS"),
    "m3_month": partial(_m3, "Month", 12, "MS"),
    "m3_other": partial(_m3, "Other", 1, "1"),
    "nn5_daily": _nn5,
    "m4_hourly": _m4,
    "etth1": _etth1,
}


def read(name: str, data: Path) -> Series:
    """A set by its name."""
    return SETS[name](data)


def frame(series: Series, stamped: bool) -> Any:
    """The long table unique_id, ds, y of what is learnt from, with stamps or whole numbers."""
    import pandas as pd

    lengths = [len(y) for y in series.train]
    place = np.concatenate([np.arange(length) for length in lengths])
    frequency = Frequency.named(series.frequency if stamped else "1")
    first = 0 if frequency.numbers else int(frequency.periods(np.array([series.start], "datetime64[s]"))[0])
    return pd.DataFrame(
        {
            "unique_id": np.repeat(keys(series), lengths),
            "ds": frequency.stamps(first + place),
            "y": np.concatenate(series.train),
        }
    )


def keys(series: Series) -> list[str]:
    """Names of the series that stand in alphabetical order as they do in the set."""
    return [f"{row:05d}" for row in range(len(series.ids))]


def panel(series: Series) -> Panel:
    """Training and test part of each series as measures read them."""
    values = [np.concatenate(parts) for parts in zip(series.train, series.test, strict=True)]
    offsets = np.cumsum([0, *map(len, values)])
    nothing = np.zeros((offsets[-1], 0))
    return Panel(
        ids=series.ids,
        frequency=Frequency.named("1"),
        first=np.zeros(len(values), np.int64),
        offsets=offsets,
        y=np.concatenate(values),
        cut=np.zeros(offsets[-1], bool),
        past=nothing,
        future_offsets=offsets,
        future=nothing,
        static=np.zeros((len(values), 0)),
    )


def fitted(series: Series) -> Iterator[tuple[str, Floats, Floats]]:
    """The name, the history and the truth of each forecast that classical methods make."""
    if len(series.test[0]) == series.horizon:
        yield from zip(series.ids, series.train, series.test, strict=True)
        return
    whole = [np.concatenate(parts) for parts in zip(series.train, series.test, strict=True)]
    begin = len(series.train[0])
    for at in range(begin, len(whole[0]) - series.horizon + 1, ANCHORS):
        for name, y in zip(series.ids, whole, strict=True):
            yield f"{name}@{at}", y[at - READ : at], y[at : at + series.horizon]


def classical(name: str, series: Series, folder: Path) -> tuple[dict[str, ClassicalForecast], dict[str, float]]:
    """Forecasts by SeasonalNaive, AutoETS and AutoTheta of all of `fitted`, and the seconds of processor time of each.

    ``folder``/NAME.jsonl keeps each when it is made; what stands there is not made again.
    """
    from statsforecast.models import AutoETS, AutoTheta, SeasonalNaive

    kinds = {"AutoETS": AutoETS, "AutoTheta": AutoTheta, "SeasonalNaive": SeasonalNaive}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.jsonl"
    rows = {row["id"].replace(" ", ""): row for row in map(json.loads, path.open())} if path.exists() else {}
    with path.open("a", encoding="utf-8") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for key, y, _ in fitted(series):
            if key not in rows:
                rows[key] = {"id": key}
                for method, kind in kinds.items():
                    began = time.process_time()
                    made = kind(season_length=series.season).forecast(y=y, h=series.horizon, level=[80, 95])
                    table = {column: [float(f"{value:.7g}") for value in made[column]] for column in COLUMNS}
                    rows[key][method] = {**table, "seconds": round(time.process_time() - began, 4)}
                file.write(json.dumps(rows[key]) + "\n")
                file.flush()
    order = [rows[key] for key, _, _ in fitted(series)]
    seconds = {method: round(sum(row[method]["seconds"] for row in order), 1) for method in kinds}
    return {method: _forecast([row[method] for row in order]) for method in kinds}, seconds


def _forecast(rows: list[dict[str, Any]]) -> ClassicalForecast:
    table = np.stack([[row[column] for column in COLUMNS] for row in rows]).transpose(0, 2, 1)
    return ClassicalForecast(table[:, :, 2], SHARES, np.sort(table, axis=2))
