"""The verdict on a network is one line that says what was compared, and by how much."""

import numpy as np
import pytest

from unrolled.metrics.forecasts import SeriesScores
from unrolled.metrics.verdict import verdict

NAN = np.nan


def scores(network: list[float], naive: list[float], ets: list[float] | None = None, windows: int = 5) -> SeriesScores:
    values = {"Forecaster": network, "AutoETS": naive if ets is None else ets, "SeasonalNaive": naive}
    return SeriesScores({name: {"mase": np.array(each)} for name, each in values.items()}, windows, len(network), 0)


def test_a_network_that_is_better_on_most_series_is_worth_it():
    said = verdict(scores([0.8] * 20 + [1.1], [1.2] * 21, [1.0] * 21))
    assert said == (
        "worth it: MASE 0.814, 19 % below that of AutoETS, the best of the simple ones, on 5 windows of 21 series; "
        "better on 20 of them (sign test: p < 0.001)"
    )


def test_a_network_that_is_worse_is_not_worth_it():
    said = verdict(scores([0.8, 1.4], [1.0, 1.1], [2.0, 2.0], windows=1))
    assert (
        said
        == "not worth it here: MASE 1.1, 4.8 % above that of SeasonalNaive, on 1 window of 2 series: use SeasonalNaive"
    )


def test_a_better_mean_by_a_few_series_is_no_clear_gain():
    said = verdict(scores([0.1] * 3 + [1.05] * 5, [1.0] * 8))
    assert said.startswith("no clear gain: MASE 0.694, 31 % below that of AutoETS, ")
    assert said.endswith("but better on 3 of them (sign test: p = 0.73); AutoETS is simpler")


def test_few_series_cannot_be_tested():
    said = verdict(scores([0.5], [1.0]))
    assert said == (
        "probably worth it: MASE 0.5, 50 % below that of AutoETS, the best of the simple ones, on 5 windows of 1 "
        "series; too few series for a sign test"
    )


def test_series_without_a_scale_are_left_out():
    assert "on 5 windows of 6 series; better on 6 of them (sign test: p = 0.031)" in verdict(
        scores([0.5] * 6 + [NAN], [1.0] * 6 + [NAN])
    )


@pytest.mark.filterwarnings("error")
def test_without_any_scale_there_is_no_verdict():
    assert verdict(scores([NAN], [NAN])).startswith("no verdict: no series")
