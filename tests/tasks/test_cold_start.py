"""Series with few values or none are forecast from their covariates and the other series."""

import copy

import numpy as np
import pytest
from tests.tasks.made_forecaster import made_forecaster

from unrolled.errors import InputError

WEEK = np.array([0.6, 0.8, 1.0, 1.0, 1.2, 1.6, 0.8])


def row(name, day, y, size):
    return {"unique_id": name, "ds": str(np.datetime64("2024-01-01") + day), "y": y, "size": size}


def shops(days=56, seed=0):
    """Daily sales whose level is exp(size), with a week's season; series that begin on different days."""
    rng, rows = np.random.default_rng(seed), []
    for i, size in enumerate(np.linspace(0, 4, 12)):
        for day in range(i % 3, days):
            y = np.exp(1 + size) * WEEK[day % 7] * np.exp(rng.normal(0, 0.05))
            rows.append(row(f"shop {i}", day, y, size))
    return rows


def truth(size, days):
    return np.exp(1 + size) * WEEK[np.array(days) % 7]


@pytest.fixture(scope="module")
def model():
    return made_forecaster(shops(), frequency="D", static="size", horizon=7, season="7")


def error(point, size, days):
    return float(np.mean(np.abs(point - truth(size, days)) / truth(size, days)))


def test_a_series_without_values_has_the_level_of_its_covariates_and_the_season_of_the_others(model):
    for size in (0.5, 3.3):
        new = [row("new", 60, None, size)]
        standing = model._standing(new)
        assert standing.last[0] == model._standing(None).last[0] + 4  # the period before its first row
        base = standing.moments(model.learnt_, model._network()).base[0]
        days = np.arange(60, 67)
        median = np.full(7, np.median([np.exp(1 + s) for s in np.linspace(0, 4, 12)]))
        assert error(base, size, days) < 0.1 < 0.2 * error(median, size, days)
        told = model.forecasts(new)
        assert np.isfinite(told.quantiles).all()
        assert (np.diff(told.quantiles, axis=-1) >= 0).all()


def test_few_values_draw_the_level_to_themselves(model):
    size, days = 2.0, np.arange(63, 70)
    actual = 3 * truth(size, np.arange(60, 63))  # three times as much as its covariates say
    few = [row("new", 60 + i, y, size) for i, y in enumerate(actual)]
    told = [model._standing(few[:count]).moments(model.learnt_, model._network()).base[0] for count in (1, 3)]
    assert error(told[1] / 3, size, days) < 0.15
    assert error(told[0] / 3, size, np.arange(61, 68)) < 0.5


def test_a_series_with_few_values_in_learning_is_updated_to_the_same_bits_as_reading_all_anew():
    new = [row("new", day, float(truth(2.0, day)), 2.0) for day in range(54, 62)]
    model = made_forecaster([*shops(), *new[:2]], frequency="D", static="size", horizon=7, season="7")
    assert [id for id, cold in zip(model.learnt_.ids, model.learnt_.cold, strict=True) if cold] == ["new"]
    before = copy.deepcopy(model)
    later = [*new[2:4], *(row("shop 3", day, 50.0, 1.0) for day in range(56, 59))]
    model.update(later)
    for one in new[4:]:
        model.update(one)
    whole = [*shops(), *new, *later[2:]]
    np.testing.assert_array_equal(model.forecasts().quantiles, before.forecasts(whole).quantiles)


def test_without_values_and_covariates_a_new_series_is_refused_by_name(model):
    with pytest.raises(InputError, match=r"'new'.*no values and no covariates"):
        model.forecasts([row("new", 60, None, None)])
