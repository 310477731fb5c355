"""A rolling evaluation compares forecasts from the past with classical ones, and ends with a verdict."""

import numpy as np
import pytest

from unrolled.baselines.classical import ClassicalForecast, seasonal_naive
from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.tasks import rolling
from unrolled.tasks.rolling import origins, rolling_evaluation

SEASON, HORIZON = 4, 3


def panel_of(number: int, length: int) -> Panel:
    noise = np.random.default_rng(0).normal(0, 1, (number, length))
    y = (50 + np.arange(length) / 2 + 10 * np.sin(np.arange(length) * np.pi / 2) + noise).ravel()
    offsets = length * np.arange(number + 1)
    nothing = np.zeros((len(y), 0))
    return Panel(
        ids=[f"series {row}" for row in range(number)],
        frequency=Frequency("1"),
        first=np.arange(number),
        offsets=offsets,
        y=y,
        cut=np.zeros(len(y), bool),
        past=nothing,
        future_offsets=offsets,
        future=nothing,
        static=np.zeros((number, 0)),
    )


def test_windows_end_with_the_last_value_and_do_not_look_ahead():
    panel = panel_of(2, 20)
    assert [each.tolist() for each in origins(panel, HORIZON, 3, 2)] == [[12, 13], [14, 15], [16, 17]]
    assert [each.tolist() for each in origins(panel, HORIZON, 2)] == [[13, 14], [16, 17]]


@pytest.mark.parametrize(
    ("wrong", "word"), [({"n_windows": 0}, "n_windows is 0"), ({"step_size": -1}, "step_size is -1")]
)
def test_windows_are_positive(wrong, word):
    with pytest.raises(InputError, match=word):
        origins(panel_of(1, 20), HORIZON, **wrong)


def test_a_history_that_is_too_short_is_named():
    with pytest.raises(InputError, match="the longest series is of length 3; expected more than 3, for a window"):
        origins(panel_of(2, 3), HORIZON)
    with pytest.raises(InputError, match="length 20; expected more than 21, for 7 windows, 3 apart, each of length 3"):
        origins(panel_of(2, 20), HORIZON, 7)


def naive_of(panel: Panel, off: float):
    def forecast(last):
        simple = seasonal_naive(panel, last, HORIZON, SEASON)
        return ClassicalForecast(simple.point + off, simple.levels, simple.quantiles + off)

    return forecast


def test_all_methods_stand_side_by_side_and_the_verdict_is_the_last_line():
    panel = panel_of(7, 30)
    result = rolling_evaluation(panel, origins(panel, HORIZON, 2), naive_of(panel, 100), HORIZON, SEASON, False)
    assert [*result.columns] == ["Forecaster", "AutoETS", "AutoTheta", "SeasonalNaive"]
    measures = {"mase", "smape", "rmsse", "scaled_crps", "bias", "cfe"}
    measures |= {f"{name}_{level}" for name in ("winkler", "coverage", "width") for level in (80, 95)}
    assert {*result.metrics} == {*measures, "series"}
    lines = str(result).splitlines()
    assert lines[-2] == "windows: 2 of 3 periods; series: 7"
    assert lines[-1].startswith("not worth it here: MASE ")
    assert len(lines) == 1 + len(measures) + 2
    assert result.to_json()["baseline"]["name"] == "SeasonalNaive"


def test_of_many_series_some_are_drawn_for_all_methods(monkeypatch):
    monkeypatch.setattr(rolling, "MOST_FITS", 6)
    panel = panel_of(10, 30)
    result = rolling_evaluation(panel, origins(panel, HORIZON, 2), naive_of(panel, 0), HORIZON, SEASON, False)
    assert "series: 3, of 3 drawn by chance from 10" in result.remark
    assert result.metrics["mase"] == result.baseline["mase"]
