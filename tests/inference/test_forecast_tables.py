import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from utilsforecast.evaluation import evaluate
from utilsforecast.losses import mae, mqloss

from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.forecast_tables import forecast_table, framed, paths_table, quantile_levels
from unrolled.inference.forecasts import Forecasts, Paths
from unrolled.inference.written_tables import write_table
from unrolled.sources.panel import PanelLayout, read_panel

DAYS = pd.date_range("2024-01-01", periods=20, freq="D")
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)


def sales() -> pd.DataFrame:
    return pd.DataFrame({"unique_id": np.repeat([1, 2], 20), "ds": np.tile(DAYS, 2), "y": np.arange(40.0)})


def forecasts(panel: Panel, horizon: int = 3) -> Forecasts:
    point = np.arange(float(len(panel) * horizon)).reshape(len(panel), horizon)
    quantiles = point[..., None] + np.array(LEVELS) - 0.5
    return Forecasts(panel.ids, panel.frequency, panel.last, point, LEVELS, quantiles)


FRAMES = {
    "pandas": sales(),
    "pandas-small": sales().astype({"unique_id": "int32", "y": "float32"}),
    "float-id": sales().astype({"unique_id": float}),
    "text-id": sales().assign(unique_id=[f"item {number}" for number in sales().unique_id]),
    "category": sales().assign(unique_id=sales().unique_id.astype(str).astype("category")),
    "numbers": sales().assign(ds=np.tile(np.arange(20), 2)),
    "texts": sales().assign(ds=sales().ds.astype(str)),
    "zone": sales().assign(ds=sales().ds.dt.tz_localize("Europe/Berlin")),
    "yyyymmdd": sales().assign(ds=sales().ds.dt.strftime("%Y%m%d").astype(int)),
    "polars": pl.from_pandas(sales()),
    "polars-date": pl.from_pandas(sales()).with_columns(pl.col("ds").cast(pl.Date)),
    "polars-zone": pl.from_pandas(sales()).with_columns(pl.col("ds").dt.replace_time_zone("America/New_York")),
}


@pytest.mark.parametrize("name", FRAMES)
def test_types_come_back_as_they_came(name):
    frame = FRAMES[name]
    panel, learnt = read_panel(frame)
    table = forecast_table(forecasts(panel), learnt, level=[80, 95], quantiles=[0.1], like=frame)
    assert type(table) is type(frame)
    assert list(table.columns) == [
        *("unique_id", "ds", "Forecaster", "Forecaster-lo-80", "Forecaster-hi-80"),
        *("Forecaster-lo-95", "Forecaster-hi-95", "Forecaster_ql0.1"),
    ]
    for column in ("unique_id", "ds"):
        assert table[column].dtype == frame[column].dtype
    assert table["unique_id"].to_list() == [frame["unique_id"][row] for row in (0, 0, 0, 20, 20, 20)]
    last, first = (str(series[place])[:10] for series, place in ((frame["ds"], 19), (table["ds"], 0)))
    expected = {"numbers": ("19", "20"), "yyyymmdd": ("20240120", "20240121")}.get(name, ("2024-01-20", "2024-01-21"))
    assert (last, first) == expected
    np.testing.assert_allclose(table["Forecaster-hi-95"].to_list(), np.arange(6) + 0.475)
    np.testing.assert_allclose(table["Forecaster_ql0.1"].to_list(), np.arange(6) - 0.4)


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_utilsforecast_reads_it(backend):
    frame = FRAMES[backend]
    panel, learnt = read_panel(frame)
    table = forecast_table(forecasts(panel), learnt, level=[80], like=frame)
    columns = {name: table[name].to_numpy() for name in table.columns}
    made = framed(columns | {"y": np.full(6, 2.0), "cutoff": np.repeat(DAYS[-1].to_numpy(), 6)}, frame)
    scores = evaluate(made, metrics=[mae, mqloss], level=[80])
    assert scores["Forecaster"].to_list()[:2] == [1.0, 2.0]


def test_names_and_an_hour_that_comes_twice():
    hours = pd.date_range("2024-10-26", periods=24, freq="h", tz="Europe/Berlin")
    frame = pd.DataFrame({"art": "a", "at": hours, "n": np.arange(24.0)})
    panel, learnt = read_panel(frame, PanelLayout("art,at,n"))
    table = forecast_table(forecasts(panel, 5), learnt, like=frame)
    assert list(table.columns) == ["art", "at", "Forecaster"]
    assert [str(stamp)[11:] for stamp in table["at"]] == [
        *("00:00:00+02:00", "01:00:00+02:00", "02:00:00+02:00", "03:00:00+01:00", "04:00:00+01:00")
    ]


def test_joint_paths():
    panel, learnt = read_panel(sales())
    table = paths_table(
        Paths(panel.ids, panel.frequency, panel.last, np.arange(24.0).reshape(2, 4, 3)), learnt, sales()
    )
    assert list(table.columns) == ["unique_id", "ds", "sample", "y"]
    assert list(table["y"]) == list(range(24))
    assert table[(table.unique_id == 2) & (table["sample"] == 1)].ds.dt.day.tolist() == [21, 22, 23]


def test_quantile_levels():
    assert quantile_levels([80, 95], [0.1, 0.5]) == LEVELS
    assert quantile_levels() == ()
    with pytest.raises(InputError, match="level 0: expected percent"):
        quantile_levels([0])
    with pytest.raises(InputError, match="quantile 1: expected more than 0"):
        quantile_levels([], [1])
    panel, learnt = read_panel(sales())
    with pytest.raises(InputError, match="the forecasts have no quantile"):
        forecast_table(forecasts(panel), learnt, level=[70])


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_written_tables_are_read_again(tmp_path, suffix):
    source = tmp_path / "sales.csv"
    sales().to_csv(source, index=False)
    panel, learnt = read_panel(source)
    columns = forecast_table(forecasts(panel), learnt, level=[80])
    path = tmp_path / f"forecast{suffix}"
    write_table(columns, path)
    again, _ = read_panel(path, PanelLayout("unique_id,ds,Forecaster"))
    np.testing.assert_array_equal(again.y, np.arange(6))
    np.testing.assert_array_equal(again.first, panel.last + 1)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(["sales.csv", path.name])


def test_stamps_are_written_as_they_were(tmp_path):
    for stamps, first in (
        (DAYS.strftime("%Y-%m-%d %H:%M:%S"), "2024-01-21 00:00:00"),
        (DAYS.strftime("%Y-%m-%dT%H:%M"), "2024-01-21T00:00:00"),
        (DAYS.strftime("%Y-%m-%d"), "2024-01-21"),
        (range(3, 23), "23"),
    ):
        path = tmp_path / "a.csv"
        pd.DataFrame({"unique_id": "007", "ds": stamps, "y": 1.0}).to_csv(path, index=False)
        panel, learnt = read_panel(path)
        columns = forecast_table(forecasts(panel), learnt)
        write_table(columns | {"none": [np.nan, np.inf, 1.0]}, Path(tmp_path / "out.csv"))
        with (tmp_path / "out.csv").open() as file:
            rows = list(csv.reader(file))
        assert rows[:2] == [["unique_id", "ds", "Forecaster", "none"], ["007", first, "0.0", ""]]
    write_table(columns | {"none": [np.nan, np.inf, 1.0]}, tmp_path / "out.jsonl")
    assert json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])["none"] is None
    with pytest.raises(InputError, match=r"ends in \.csv, \.tsv, \.jsonl, \.parquet"):
        write_table(columns, tmp_path / "out.doc")
