"""Forecasts are measured as utilsforecast measures them, series by series; what has no scale is skipped and counted."""

import numpy as np
import pytest

from unrolled.baselines.classical import SHARES, ClassicalForecast, seasonal_naive
from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.metrics.forecasts import LEVELS, Window, forecast_scores, known_columns, seasonal_scales

SEASON, HORIZON = 3, 4


def panel_of(*series: list[float], first: int = 0, cut: list[int] | None = None) -> Panel:
    """Series of a made panel, the first of which begins at period ``first``, each other one a period later."""
    lengths = [len(each) for each in series]
    y = np.array([value for each in series for value in each], float)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    marks = np.zeros(len(y), bool)
    marks[cut or []] = True
    nothing = np.zeros((len(y), 0))
    return Panel(
        ids=[f"series {row}" for row in range(len(series))],
        frequency=Frequency("1"),
        first=first + np.arange(len(series)),
        offsets=offsets,
        y=y,
        cut=marks,
        past=nothing,
        future_offsets=offsets,
        future=nothing,
        static=np.zeros((len(series), 0)),
    )


def windows_of(panel: Panel, back: tuple[int, ...] = (6, 4)) -> list[Window]:
    """A made forecast and seasonal naive from two origins."""
    rng = np.random.default_rng(1)
    windows = []
    for each in back:
        last = panel.last - each
        point = rng.normal(10, 3, (len(panel), HORIZON))
        spread = np.sort(rng.normal(0, 2, (len(panel), HORIZON, len(SHARES))), axis=2)
        made = ClassicalForecast(point, SHARES, point[:, :, None] + spread)
        windows.append(Window(last, {"Made": made, "SeasonalNaive": seasonal_naive(panel, last, HORIZON, SEASON)}))
    return windows


def noisy(*lengths: int) -> Panel:
    rng = np.random.default_rng(0)
    return panel_of(*(list(rng.normal(10, 3, length)) for length in lengths), first=5)


def test_interval_and_bias_are_in_multiples_of_the_scale():
    """One series of whole steps: every figure can be told by hand."""
    panel = panel_of([0, 2, 0, 2, 0, 5, 5, 5, 5])  # seasonal differences of one period: 2 each
    last = np.array([4])
    point = np.array([[5.0, 5, 9, 1]])
    ends = np.array([-3, -2, 0, 2, 3.0])
    made = ClassicalForecast(point, SHARES, point[:, :, None] + ends)
    scores = forecast_scores(panel, [Window(last, {"Made": made})], 1).columns()["Made"]
    assert scores["mase"] == (0 + 0 + 4 + 4) / 4 / 2
    assert scores["rmsse"] == pytest.approx(np.sqrt((16 + 16) / 4) / 2)
    assert scores["coverage_80"] == 0.5
    assert (scores["width_80"], scores["width_95"]) == (2, 3)
    assert scores["winkler_80"] == pytest.approx((4 + (10 * 2 + 10 * 2) / 4) / 2)
    assert (scores["bias"], scores["cfe"]) == (0, 0)


def test_a_constant_series_is_skipped_where_it_has_no_scale_and_counted():
    panel = panel_of([4] * 12, list(np.arange(12.0) ** 2), [0] * 12)
    scores = forecast_scores(panel, windows_of(panel), SEASON)
    assert (scores.scored, scores.unscaled, scores.windows) == (3, 2, 2)
    made = scores.values["Made"]
    assert np.isnan(made["mase"]).tolist() == [True, False, True]
    assert np.isnan(made["scaled_crps"]).tolist() == [False, False, True]  # nothing was sold
    assert np.isfinite(made["smape"]).all()
    assert all(np.isfinite(value) for value in scores.columns()["Made"].values())


def test_missing_and_cut_values_have_no_row():
    values = [1.0, 2, 3, 1, 2, 3, 1, np.nan, 3, 4]
    panel = panel_of(values, cut=[8])
    window = windows_of(panel, (4,))
    known = known_columns(panel, window[0], LEVELS)
    assert known["ds"].tolist() == [6, 9]
    assert known["cutoff"].tolist() == [5, 5]
    assert known["y"].tolist() == [1, 4]


def test_a_series_that_begins_after_the_origin_takes_no_part():
    panel = noisy(12, 3)
    assert set(known_columns(panel, windows_of(panel, (4,))[0], LEVELS)["series"]) == {0}
    assert forecast_scores(panel, windows_of(panel, (4,)), SEASON).scored == 1


def test_a_forecast_that_is_no_number_is_named():
    panel = noisy(12)
    window = windows_of(panel, (4,))[0]
    window.forecasts["Made"].point[0, 2] = np.nan
    with pytest.raises(InputError, match="Made is no finite number for series series 0"):
        forecast_scores(panel, [window], SEASON)


def test_a_quantile_that_is_missing_is_named():
    panel = noisy(12)
    with pytest.raises(InputError, match=r"have the quantiles 0.025, 0.1, 0.5, 0.9, 0.975; expected 0.05 among them"):
        known_columns(panel, windows_of(panel, (4,))[0], [90])


def test_scales_read_nothing_after_the_origin():
    panel = noisy(12, 12)
    changed = panel_of([*panel.y[:8], *[1e6] * 4], [*panel.y[12:20], *[1e6] * 4], first=5)
    for one, other in zip(*(seasonal_scales(p, p.last - 4, SEASON) for p in (panel, changed)), strict=True):
        np.testing.assert_array_equal(one, other)
