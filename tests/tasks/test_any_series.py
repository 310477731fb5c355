"""Whatever a series is like, its forecasts are finite and in order, and nothing of them comes from the future."""

import numpy as np
import pytest
from tests.tasks.made_forecaster import made_forecaster

from unrolled.tasks.rolled import before, roll

DAYS = 50
RANDOM = np.random.default_rng(0)
WAVE = 2 + np.sin(2 * np.pi * np.arange(DAYS) / 7) + RANDOM.normal(0, 0.2, DAYS)
GAPS = np.where(RANDOM.random(DAYS) < 0.4, np.nan, WAVE)
JUMPS = np.where(np.arange(DAYS) < 40, 1e-6 * WAVE, 1e9)
SERIES = {
    "usual": WAVE,
    "one": [3.0],
    "two": [3.0, 1e6],
    "three": [0.0, 0.0, 5.0],
    "constant": np.full(DAYS, 7.0),
    "zero": np.zeros(DAYS),
    "last alone": np.r_[np.zeros(DAYS - 1), 9.0],
    "tiny": 1e-6 * WAVE,
    "huge": 1e9 * WAVE,
    "jumps": JUMPS,
    "negative": -100 * WAVE,
    "mixed": 1e4 * (WAVE - 2),
    "gaps": GAPS,
    "few of many": np.where(np.arange(DAYS) % 25 == 0, 4.0, np.nan),
    "sparse": np.where(RANDOM.random(DAYS) < 0.9, 0.0, 3.0),
    "outlier": np.where(np.arange(DAYS) == 30, 1e9, WAVE),
}
BELOW_ZERO = {"negative", "mixed"}
MODELS = [{}, {"model": "direct"}, {"model": "dense"}, {"model": "autoregressive", "layers": 1}]


def rows(series=SERIES, end=DAYS):
    return [
        {"unique_id": name, "ds": str(np.datetime64("2024-01-01") + end - len(values) + day), "y": float(y)}
        for name, values in series.items()
        for day, y in enumerate(values)
    ]


@pytest.fixture(scope="module", params=MODELS, ids=str)
def model(request):
    return made_forecaster(rows(), frequency="D", season="7", horizon=5, **request.param)


def check(told):
    assert np.isfinite(told.quantiles).all()
    assert np.isfinite(told.point).all()
    assert (np.diff(told.quantiles, axis=-1) >= 0).all()
    positive = [id not in BELOW_ZERO for id in told.ids]
    assert (told.quantiles[positive] >= 0).all()


def test_forecasts_are_finite_in_order_and_above_zero_where_the_values_are(model):
    check(model.forecasts(levels=(0.001, 0.1, 0.5, 0.9, 0.999)))
    new = {f"new {name}": values for name, values in SERIES.items() if name not in BELOW_ZERO}
    told = model.forecasts(rows(new))
    assert np.isfinite(told.quantiles).all()
    assert (np.diff(told.quantiles, axis=-1) >= 0).all()
    for name in SERIES:
        model.stream(name).feed(np.nan)
        model.stream(name).feed(-SERIES[name][-1] if name in BELOW_ZERO else 2 * SERIES[name][-1])
    check(model.forecasts())


def test_no_order_is_made_of_nan(model):
    stock = [
        {"unique_id": id, "on_hand": 1, "on_order": 0, "lead_time": 2, "review": 1, "service_level": 0.9}
        for id in SERIES
    ]
    orders = model.plan(stock, n_paths=50)
    table = orders.columns()
    assert len(table["order"]) == len(SERIES)
    for name in ("order", "order_up_to", "expected_demand"):
        assert np.isfinite(np.asarray(table[name], float)).all()


def test_what_comes_after_an_origin_changes_nothing(model):
    panel = model.format.read(rows())
    network = model._network()
    origins = [panel.last - 12, panel.last - 6]
    sampled = model.model == "autoregressive"  # all series and origins of a call draw from one source
    told = (
        [roll(model.learnt_, network, panel, [each])[0] for each in origins]
        if sampled
        else roll(model.learnt_, network, panel, origins)
    )
    for origin, one in zip(origins, told, strict=True):
        known = before(panel, origin)
        alone = roll(model.learnt_, network, known, [origin])[0]
        np.testing.assert_array_equal(one.quantiles, alone.quantiles)
        np.testing.assert_array_equal(one.point, alone.point)
