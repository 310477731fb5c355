"""Classical forecasts read nothing after the origin, take series as they are, and fall back on seasonal naive."""

import logging

import numpy as np
import pytest
from statsforecast.models import AutoETS, SeasonalNaive

from unrolled.baselines import classical
from unrolled.baselines.classical import SHARES, Classics, filled, seasonal_naive
from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel

SEASON, HORIZON = 4, 6
NAN = np.nan


def panel_of(*series: np.ndarray) -> Panel:
    y = np.concatenate(series).astype(float)
    offsets = np.cumsum([0, *map(len, series)])
    nothing = np.zeros((len(y), 0))
    return Panel(
        ids=[f"series {row}" for row in range(len(series))],
        frequency=Frequency("1"),
        first=np.arange(len(series)),
        offsets=offsets,
        y=y,
        cut=np.zeros(len(y), bool),
        past=nothing,
        future_offsets=offsets,
        future=nothing,
        static=np.zeros((len(series), 0)),
    )


def wave(length: int, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, length)
    return 50 + np.arange(length) / 2 + 10 * np.sin(np.arange(length) * np.pi / 2) + noise


def test_seasonal_naive_is_that_of_statsforecast():
    panel = panel_of(wave(31), wave(25, 1))
    last = panel.last - 3
    made = seasonal_naive(panel, last, HORIZON, SEASON)
    for row, values in enumerate((wave(31)[:-3], wave(25, 1)[:-3])):
        theirs = SeasonalNaive(SEASON).forecast(y=values, h=HORIZON, level=[80, 95])
        np.testing.assert_allclose(made.point[row], theirs["mean"], rtol=1e-12)
        for share, name in zip(SHARES, ("lo-95", "lo-80", "mean", "hi-80", "hi-95"), strict=True):
            np.testing.assert_allclose(made.quantiles[row, :, SHARES.index(share)], theirs[name], rtol=1e-6)


def test_all_methods_forecast_and_read_nothing_after_the_origin():
    panel = panel_of(wave(40), wave(36, 1))
    last = panel.last - HORIZON
    future = [np.concatenate([wave(40)[:-HORIZON], [1e9] * HORIZON]), np.r_[wave(36, 1)[:-HORIZON], [NAN] * HORIZON]]
    made, other = (Classics(each, last, HORIZON, SEASON).forecasts(last, False) for each in (panel, panel_of(*future)))
    assert [*made] == ["AutoETS", "AutoTheta", "SeasonalNaive"]
    ets = AutoETS(SEASON).forecast(y=wave(40)[:-HORIZON], h=HORIZON, level=[80, 95])
    np.testing.assert_array_equal(made["AutoETS"].point[0], ets["mean"])
    np.testing.assert_array_equal(made["AutoETS"].quantiles[0, :, 1], ets["lo-80"])
    for name, forecast in made.items():
        np.testing.assert_array_equal(forecast.point, other[name].point)
        assert (np.diff(forecast.quantiles, axis=2) >= 0).all()


def test_sparse_series_bring_crostons_method_and_tsb():
    rng = np.random.default_rng(0)
    panel = panel_of(rng.poisson(0.3, 60), rng.poisson(0.2, 12), np.zeros(40))
    classics = Classics(panel, panel.last, HORIZON, SEASON)
    made = classics.forecasts(panel.last, False)
    assert [*made] == ["AutoETS", "AutoTheta", "CrostonSBA", "TSB", "SeasonalNaive"]
    assert all(np.isfinite(forecast.quantiles).all() for forecast in made.values())
    assert classics.failed == 2  # a series of 12 is too short for conformal intervals of 6 ahead
    np.testing.assert_array_equal(made["TSB"].point[1], made["SeasonalNaive"].point[1])


def test_short_and_empty_series():
    panel = panel_of(np.array([3.0]), np.array([1.0, NAN, 2.0]), np.array([]), np.array([NAN, NAN]), np.full(9, 7.0))
    classics = Classics(panel, panel.last, HORIZON, SEASON)
    made = classics.forecasts(panel.last, False)
    for forecast in made.values():
        assert np.isfinite(forecast.quantiles).all((1, 2)).tolist() == [True, True, False, False, True]
    assert made["SeasonalNaive"].point[:2].tolist() == [[3.0] * HORIZON, [2.0] * HORIZON]
    assert made["AutoETS"].point[4].tolist() == [7.0] * HORIZON
    assert classics.failed == 4  # both methods, on the two that are short


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, NAN, 5], [1, 2, 3, 2, 5]),
        ([NAN, 2, 3, 4], [3, 2, 3, 4]),
        ([1, NAN, NAN, NAN, NAN], [1, 1, 1, 1, 1]),
        ([NAN, NAN], []),
    ],
)
def test_gaps_are_filled_from_the_season(values, expected):
    assert filled(np.array(values, float), 2).tolist() == expected


def test_long_series_are_cut():
    assert classical._LONGEST == 1_000
    seen = []

    class Watched:
        def forecast(self, y, h, level):
            seen.append(len(y))
            return {}

    panel = panel_of(wave(1_500))
    classics = Classics(panel, panel.last, HORIZON, SEASON)
    classics.models = {"Watched": Watched()}
    classics.forecasts(panel.last, False)
    classics.season = 120
    classics.forecasts(panel.last, False)
    assert seen == [1_000, 1_200]


def test_without_statsforecast_seasonal_naive_is_alone(monkeypatch, caplog):
    monkeypatch.setattr(classical, "find_spec", lambda name: None)
    panel = panel_of(wave(20))
    with caplog.at_level(logging.WARNING):
        assert [*Classics(panel, panel.last, HORIZON, SEASON).forecasts(panel.last, False)] == ["SeasonalNaive"]
    assert "pip install 'unrolled[train]'" in caplog.text


def test_ctrl_c_is_not_a_failure_of_a_method():
    class Interrupted:
        def forecast(self, y, h, level):
            raise KeyboardInterrupt

    panel = panel_of(wave(20))
    classics = Classics(panel, panel.last, HORIZON, SEASON)
    classics.models = {"Interrupted": Interrupted()}
    with pytest.raises(KeyboardInterrupt):
        classics.forecasts(panel.last, False)
