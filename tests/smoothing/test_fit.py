"""What a fitted bank finds in series whose nature is known."""

import numpy as np
import pytest
from tests.smoothing.made import fitted, joined, seasonal


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
def test_forecasts_scale_with_the_values(scale: float) -> None:
    series = [seasonal(60, 1), np.random.default_rng(2).normal(size=40), np.full(20, 3.0)]
    y, offsets, cut = joined(series)
    bank, scaled = fitted(y, offsets, cut), fitted(y * scale, offsets, cut)
    plain = bank.forecast(bank.run(y, offsets, cut)[1], 5)
    np.testing.assert_allclose(scaled.forecast(scaled.run(y * scale, offsets, cut)[1], 5), plain * scale, rtol=1e-6)


def test_a_constant_series_is_forecast_as_it_was() -> None:
    y, offsets, cut = joined([np.full(30, 4.0), np.zeros(30), np.array([7.0]), np.array([0.0])])
    bank = fitted(y, offsets, cut)
    forecasts = bank.forecast(bank.run(y, offsets, cut)[1], 4)
    np.testing.assert_allclose(forecasts, np.repeat([[4.0], [0.0], [7.0], [0.0]], 4, axis=1), atol=1e-9)


def test_a_line_and_a_season_go_on() -> None:
    t = np.arange(70)
    line = 10 - 0.5 * t
    waves = -5 + 3 * np.sin(2 * np.pi * t / 7)
    y, offsets, cut = joined([line, waves])
    bank = fitted(y, offsets, cut)
    forecasts = bank.forecast(bank.run(y, offsets, cut)[1], 7)
    np.testing.assert_allclose(forecasts[1], waves[:7], atol=0.2)
    assert (np.abs(forecasts[0] - (10 - 0.5 * (70 + np.arange(7)))) < 1.5).all()


def test_a_level_that_walks_is_followed_and_one_that_stays_is_averaged() -> None:
    rng = np.random.default_rng(3)
    walks, stays = rng.normal(size=(10, 120)).cumsum(axis=1), rng.normal(size=(10, 120))
    bank = fitted(*joined([*walks, *stays]), seasons=(1,))
    assert np.median(bank.alpha[:10, 0]) >= 0.8
    assert np.median(bank.alpha[10:, 0]) <= 0.1


def test_two_seasons_are_both_found() -> None:
    t = np.arange(400)
    rng = np.random.default_rng(4)
    truth = 20 + 3 * np.sin(2 * np.pi * t / 8) + 4 * (t % 40 >= 30)
    series = truth + 0.2 * rng.normal(size=400)
    y, offsets, cut = joined([series[:360]])
    bank = fitted(y, offsets, cut, seasons=(8, 40), horizon=40)
    forecast = bank.forecast(bank.run(y, offsets, cut)[1], 40)[0]
    assert np.abs(forecast - truth[360:]).mean() < 0.5


def test_gaps_in_a_season_change_little() -> None:
    whole = seasonal(140, 5)
    gaps = whole.copy()
    gaps[np.random.default_rng(6).choice(130, 20, replace=False)] = np.nan
    y, offsets, cut = joined([whole, gaps])
    bank = fitted(y, offsets, cut)
    forecasts = bank.forecast(bank.run(y, offsets, cut)[1], 7)
    np.testing.assert_allclose(forecasts[1], forecasts[0], rtol=0.1)


def test_sales_cut_by_stock_do_not_pull_the_level_down() -> None:
    demand = 50 + np.random.default_rng(7).normal(size=60)
    sales, cut = demand.copy(), np.zeros(60, dtype=np.bool_)
    sales[5::6], cut[5::6] = 10, True
    bank = fitted(sales, np.array([0, 60]), cut)
    assert bank.forecast(bank.run(sales, np.array([0, 60]), cut)[1], 5).mean() == pytest.approx(50, abs=2)


def test_a_sparse_series_is_forecast_by_its_mean() -> None:
    rng = np.random.default_rng(8)
    sparse = np.where(rng.random(200) < 0.2, rng.integers(1, 6, 200), 0).astype(float)
    y, offsets, cut = joined([sparse])
    bank = fitted(y, offsets, cut)
    forecast = bank.forecast(bank.run(y, offsets, cut)[1], 5)[0]
    np.testing.assert_allclose(forecast, forecast[0])
    assert forecast[0] == pytest.approx(sparse.mean(), rel=0.5)


def test_no_series_at_all() -> None:
    bank = fitted(np.empty(0), np.array([0]), np.empty(0, dtype=np.bool_))
    assert len(bank) == 0
    track, state = bank.run(np.empty(0), np.array([0]), np.empty(0, dtype=np.bool_))
    assert bank.forecast(state, 3).shape == (0, 3)
    assert len(track.forecast) == 0


@pytest.mark.parametrize("horizon", [1, 200])
def test_a_few_values_say_little_of_a_far_horizon(horizon: int) -> None:
    y, offsets, cut = joined([np.array([1e-9, 1e-5]), np.array([1.0, 2.0, 8.0]), np.array([2.0, -1.0, 5.0, 9.0])])
    bank = fitted(y, offsets, cut, horizon=horizon)
    forecasts = bank.forecast(bank.run(y, offsets, cut)[1], horizon)
    assert (np.abs(forecasts) < 3 * np.array([[1e-5], [8.0], [9.0]])).all()


def test_logarithms_are_taken_only_where_they_help() -> None:
    rng = np.random.default_rng(9)
    t = np.arange(300)
    wave = np.sin(2 * np.pi * t / 7)
    growing = np.exp(0.01 * t) * (1 + 0.5 * wave) * np.exp(0.05 * rng.normal(size=300))
    steady = 20 + 13 * np.sin(2 * np.pi * t / 150) + 4 * wave + 0.5 * rng.normal(size=300)
    y, offsets, cut = joined([growing, steady, steady - 20])
    assert fitted(y, offsets, cut).log.tolist() == [True, False, False]


def test_a_series_without_values_begins_at_the_middle_of_the_others() -> None:
    y, offsets, cut = joined([np.full(20, 4.0), np.empty(0), np.full(20, 6.0), np.full(20, 100.0), np.full(3, np.nan)])
    bank = fitted(y, offsets, cut)
    forecasts = bank.forecast(bank.run(y, offsets, cut)[1], 3)
    np.testing.assert_allclose(forecasts[[1, 4]], 6.0)
