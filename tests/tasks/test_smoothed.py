"""Tests of where the smoothing of a known series begins."""

import numpy as np
import pytest
from tests.tasks.made_forecaster import made_forecaster

from unrolled import Forecaster
from unrolled.inputs.history import read_history

WEEK = np.array([0, 3, 1, -2, 5, 40, 60])


@pytest.fixture(scope="module")
def model() -> Forecaster:
    return made_forecaster(rows(0), frequency="D", members=1)


def rows(begin: int) -> list[dict[str, object]]:
    """Two series with a strong week, from so many days after the first on."""
    days = np.datetime64("2024-01-01") + np.arange(begin, 81)
    return [
        {"unique_id": name, "ds": str(day), "y": float(level + WEEK[(begin + t) % 7])}
        for name, level in (("a", 100), ("b", 200))
        for t, day in enumerate(days)
    ]


@pytest.mark.parametrize("begin", [3, 40, 77])
def test_a_history_that_begins_later_keeps_its_days_of_the_week(model: Forecaster, begin: int) -> None:
    """The smoothing of a known series is not read from the wrong day of the week on."""
    whole, later = model.forecasts(rows(0)), model.forecasts(rows(begin))
    assert np.abs(whole.point - later.point).max() < 6
    assert np.ptp(whole.point, 1).min() > 20


def test_the_same_history_is_smoothed_as_it_was_learnt(model: Forecaster) -> None:
    """To the bit."""
    np.testing.assert_array_equal(model.forecasts(rows(0)).quantiles, model.forecasts().quantiles)


def test_minutes_take_no_more_memory_than_there_are() -> None:
    """The calendar is that of the panel's periods, not that of all since the frequency's zero."""
    made = made_forecaster(
        [{"unique_id": "a", "ds": f"2024-01-01 00:{minute:02}", "y": float(minute % 5)} for minute in range(60)],
        frequency="min",
        members=1,
    )
    panel = made.recent()
    history, _, _ = read_history(panel, made.learnt_.bank, made.learnt_.outline, made.learnt_.covariates)
    assert len(history.calendar) == len(panel.y) + made.horizon
