"""The table of a cross-validation runs through utilsforecast's evaluate unchanged, beside the frame that came in."""

from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
from utilsforecast import losses
from utilsforecast.evaluation import evaluate

from unrolled.baselines.classical import SHARES, ClassicalForecast, seasonal_naive
from unrolled.inference.cross_validation import cross_validation_table
from unrolled.metrics.forecasts import LEVELS, Window, forecast_scores
from unrolled.sources.panel import PanelLayout, read_panel

SEASON, HORIZON = 3, 4
METHODS = "Forecaster", "SeasonalNaive"
ENDS = {f"{name}-{end}-{level}" for name in METHODS for level in LEVELS for end in ("lo", "hi")}


def sales() -> pd.DataFrame:
    y = np.random.default_rng(0).normal(10, 3, 38)
    months = pd.date_range("2020-01-31", periods=20, freq="ME")
    return pd.DataFrame({"unique_id": np.repeat([1.0, 2], [18, 20]), "ds": [*months[:18], *months], "y": y})


FRAMES = {
    "pandas": sales(),
    "text-id": sales().assign(unique_id="item " + sales().unique_id.astype(str)),
    "numbers": sales().assign(ds=[*range(18), *range(20)]),
    "zone": sales().assign(ds=sales().ds.dt.tz_localize("Europe/Berlin")),
    "polars": pl.from_pandas(sales()),
    "polars-date": pl.from_pandas(sales()).with_columns(pl.col("ds").cast(pl.Date)),
}


def windows_of(panel):
    rng = np.random.default_rng(1)
    for back in (6, 4):
        last = panel.last - back
        point = rng.normal(10, 3, (len(panel), HORIZON))
        quantiles = point[:, :, None] + np.sort(rng.normal(0, 2, (*point.shape, len(SHARES))), axis=2)
        made = ClassicalForecast(point, SHARES, quantiles)
        yield Window(last, {"Forecaster": made, "SeasonalNaive": seasonal_naive(panel, last, HORIZON, SEASON)})


@pytest.mark.parametrize("name", FRAMES)
def test_utilsforecast_reads_it_and_measures_what_we_measure(name):
    frame = FRAMES[name]
    panel, learnt = read_panel(frame, PanelLayout())
    windows = [*windows_of(panel)]
    table = cross_validation_table(panel, windows, learnt, like=frame)
    assert type(table) is type(frame)
    assert {*table.columns} == {"unique_id", "ds", "cutoff", "y", *METHODS, *ENDS}
    assert [*table.columns][:4] == ["unique_id", "ds", "cutoff", "y"]
    assert len(table) == 2 * 2 * HORIZON
    assert all(table[column].dtype == frame["ds"].dtype for column in ("ds", "cutoff"))
    measures = [
        *(partial(loss, seasonality=SEASON) for loss in (losses.mase, losses.rmsse)),
        *(losses.smape, losses.scaled_crps, losses.winkler_score, losses.coverage, losses.bias, losses.cfe),
    ]
    found = evaluate(table, measures, train_df=frame, level=[80, 95])
    rows = found.to_dicts() if isinstance(found, pl.DataFrame) else found.to_dict("records")
    assert len(rows) == 2 * 2 * 10
    assert all(np.isfinite(row[method]) for row in rows for method in METHODS)
    ours = forecast_scores(panel, windows, SEASON).columns()
    for method in METHODS:
        for measure, factor in (("mase", 1), ("rmsse", 1), ("smape", 2), ("scaled_crps", 1), ("coverage_level80", 1)):
            mean = np.mean([row[method] for row in rows if row["metric"] == measure])
            assert ours[method][measure.replace("_level", "_")] == pytest.approx(factor * mean)


def test_names_of_the_user_and_data_that_is_no_frame(tmp_path):
    path = tmp_path / "sales.csv"
    sales().rename(columns={"unique_id": "shop", "ds": "day", "y": "sold"}).to_csv(path, index=False)
    panel, learnt = read_panel(path, PanelLayout(columns="shop,day,sold"))
    table = cross_validation_table(panel, [*windows_of(panel)], learnt, level=[80])
    assert [*table][:5] == ["shop", "day", "cutoff", "sold", "Forecaster"]
    assert table["cutoff"][0] == "2020-12-31"
    assert {len(values) for values in table.values()} == {2 * 2 * HORIZON}
