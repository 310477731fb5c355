"""Pictures of forecasts can be read for any number of series and any size of values, and say what the numbers say."""

from itertools import accumulate
from statistics import NormalDist

import numpy as np
import pytest
from tests.inspection.test_pictures import assert_readable

from unrolled import inspection
from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel
from unrolled.inference.forecasts import Forecasts
from unrolled.inspection import figures
from unrolled.inspection.calibration_picture import central_coverage, level_shares
from unrolled.inspection.forecast_picture import shown_intervals
from unrolled.inspection.orders_picture import demand_histogram
from unrolled.inspection.scales import name_of, written

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
LONG = "STORE_7/a category with a long name/product 1234567890, $blue$\n"
SCALES = (50.0, -40.0, 3e9, 2e-6)


def made(count: int, horizon: int = 7, steps: int = 60, frequency: str = "D", missing: float = 0.2):
    """A panel, forecasts of it and what came; names, sizes and lengths differ, one series is empty."""
    rng = np.random.default_rng(0)
    ids = [f"series {i}" if i % 2 else f"{LONG}{i}" for i in range(count)]
    lengths = [0 if i == 3 else steps - 5 * (i % 4) for i in range(count)]
    scale = np.array([SCALES[i % 4] for i in range(count)])
    y = np.concatenate([s * rng.uniform(0.5, 1.5, n) for s, n in zip(scale, lengths, strict=True)])
    y[rng.random(len(y)) < missing] = np.nan
    offsets = np.array([0, *accumulate(lengths)])
    none = np.empty((len(y), 0))
    grid = Frequency.named(frequency)
    first = np.full(count, 600)
    panel = Panel(ids, grid, first, offsets, y, rng.random(len(y)) < 0.1, none, offsets, none, np.empty((count, 0)))
    point = scale[:, None] * rng.uniform(0.8, 1.2, (count, horizon))
    spread = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
    quantiles = point[..., None] + 0.2 * np.abs(scale)[:, None, None] * spread
    forecasts = Forecasts(ids, grid, panel.last, point, LEVELS, quantiles)
    return panel, forecasts, point * rng.uniform(0.9, 1.1, point.shape)


@pytest.mark.parametrize(("count", "horizon", "frequency", "dark"), [(1, 1, "1", True), (4, 12, "MS", False)])
def test_forecasts_can_be_read(count, horizon, frequency, dark):
    panel, forecasts, actual = made(count, horizon, frequency=frequency)
    assert_readable(lambda look: inspection.draw_forecasts(look, panel, forecasts, "What comes", actual), dark)


def test_of_many_series_the_first_are_drawn_with_one_legend():
    panel, forecasts, actual = made(14)
    figure = inspection.draw_forecasts(figures.LIGHT, panel, forecasts, "What comes", actual)
    assert figure.get_suptitle() == "What comes, 12 of 14 series"
    assert sum(axes.get_visible() for axes in figure.axes) == 12
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == [
        "history",
        "forecast",
        "actual",
        "95 % interval",
        "80 % interval",
        "cut by stock: at least so much",
    ]


def test_intervals_are_those_about_the_middle_and_not_too_many():
    assert shown_intervals(LEVELS) == [(0.95, 0, 4), (0.8, 1, 3)]
    assert shown_intervals((0.1, 0.5)) == []
    many = tuple(np.arange(1, 40) / 40)
    assert [nominal for nominal, _, _ in shown_intervals(many)] == [0.95, 0.8, 0.5]


def test_residuals_can_be_read():
    panel, _, _ = made(3)
    residuals = np.random.default_rng(1).normal(size=(3, 40)) * np.abs(SCALES[:3])[:, None]
    residuals[0, :9] = residuals[1] = np.nan
    periods = np.tile(np.arange(700, 740), (3, 1))
    assert_readable(
        lambda look: inspection.draw_residuals(look, panel.ids, panel.frequency, periods, residuals, "Residuals")
    )


def test_coverage_and_shares_are_counted():
    rng = np.random.default_rng(2)
    actual = rng.uniform(size=(200, 50))
    actual[0, 0] = np.nan
    quantiles = np.broadcast_to(np.array(LEVELS), (200, 50, 5))
    nominal, reached = central_coverage(LEVELS, quantiles, actual)
    np.testing.assert_allclose(nominal, [0.8, 0.95])
    np.testing.assert_allclose(reached, nominal, atol=0.01)
    shares = level_shares(LEVELS, quantiles, actual)
    np.testing.assert_allclose(shares, np.diff([0, *LEVELS, 1]), atol=0.01)
    assert shares.sum() == pytest.approx(1)


def test_values_upon_several_quantiles_count_for_all_of_them():
    quantiles = np.array([[0.0, 0.0, 1.0]])
    shares = level_shares((0.25, 0.5, 0.75), quantiles, np.array([0.0]))
    np.testing.assert_allclose(shares, [1 / 3, 1 / 3, 1 / 3, 0])


@pytest.mark.parametrize("values", [200, 0])
def test_calibration_can_be_read(values):
    actual = np.random.default_rng(3).normal(size=values)
    quantiles = np.broadcast_to(np.array([-2.0, -1.0, 0.0, 1.0, 2.0]), (values, 5))
    assert_readable(lambda look: inspection.draw_calibration(look, LEVELS, quantiles, actual, "Calibration"), True)


DEMANDS = {
    "smooth": np.random.default_rng(4).gamma(4, 50, 500),
    "counts": np.random.default_rng(4).poisson(0.7, 500).astype(float),
    "none": np.zeros(500),
    "huge": np.random.default_rng(4).normal(3e9, 5e8, 500),
}


@pytest.mark.parametrize("kind", DEMANDS)
@pytest.mark.parametrize("share", [0.0, 0.9, 1.0])
def test_bars_of_demand_end_at_the_level(kind, share):
    demand = DEMANDS[kind]
    level = float(np.quantile(demand, share, method="higher"))
    edges, shares = demand_histogram(demand, level)
    assert shares.sum() == pytest.approx(1)
    assert len(edges) == len(shares) + 1 <= 35
    met = shares[(edges[:-1] + edges[1:]) / 2 <= level].sum()
    assert met == pytest.approx(np.mean(demand <= level), abs=0.006)


@pytest.mark.parametrize("count", [1, 3])
def test_orders_can_be_read(count):
    ids = [f"{LONG}{i}" if i % 3 else f"article {i}" for i in range(count)]
    demand = [list(DEMANDS.values())[i % 4] for i in range(count)]
    level = np.array([np.quantile(one, 0.95) for one in demand])
    position = level * np.resize([0.4, 3.0, 0.0], count)
    order = np.maximum(level - position, 0)
    because = [
        "Order 12: over the 10 days until the next one arrives 95 % of the demand is 20 or less, and 8 are there."
    ]
    assert_readable(
        lambda look: inspection.draw_orders(
            look, ids, demand, level, position, order, because * count, "How much to build"
        ),
        dark=count == 3,
    )


def test_numbers_and_names_are_short():
    numbers = [0, 12, 1234567, -0.25, 2.5e9, 1.234567e-7, 123.456]
    assert [*map(written, numbers)] == ["0", "12", "1,234,567", "−0.25", "2.5e9", "1.235e−7", "123.5"]
    assert name_of("a\tb", 3) == "a·b"
    assert name_of("", 3) == "∅"
    assert len(name_of(LONG, 2)) == 26
    assert name_of(LONG, 2).endswith("90, $blue$·")
