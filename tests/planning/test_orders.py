"""Orders from sample paths: what they are, what is to be expected of them, and what is said of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from unrolled.data.frequency import Frequency
from unrolled.errors import InputError
from unrolled.inference.forecasts import Paths
from unrolled.planning import Article, Order, Stock, plan, read_stock

TEA = Article("tea", 250, 40, 3, 7, service_level=0.95, pack=24)


def paths(values, ids=("tea",), frequency="D") -> Paths:
    return Paths(ids, Frequency(frequency), np.zeros(len(ids), np.int64), np.asarray(values, float))


@pytest.fixture(scope="module")
def sampled() -> Paths:
    """Days that go together: some paths are high throughout, others low."""
    rng = np.random.default_rng(0)
    return paths(rng.gamma(9, 30 / 9, (1, 1000, 14)) * rng.gamma(20, 1 / 20, (1, 1000, 1)))


def order_of(sampled, article):
    return plan(sampled, Stock([article])).rows[0]


def test_the_level_is_the_quantile_of_the_total_not_the_total_of_quantiles(sampled):
    total, days = sampled.values[0, :, :10].sum(1), sampled.values[0, :, :10]
    order = order_of(sampled, TEA)
    assert order.order_up_to == pytest.approx(np.quantile(total, 0.95, method="inverted_cdf"))
    assert order.order_up_to < 0.9 * np.quantile(days, 0.95, axis=0).sum()
    assert order.order == np.ceil((order.order_up_to - 290) / 24) * 24
    assert order.expected_demand == pytest.approx(total.mean())
    np.testing.assert_allclose(plan(sampled, Stock([TEA])).demand[0], total, rtol=1e-6)


@pytest.mark.parametrize(
    "article",
    [
        TEA,
        replace(TEA, on_hand=20, on_order=60, arrives=2),
        replace(TEA, service_level=None, fill_rate=0.9, lead_time_sd=0.8),
        replace(TEA, service_level=None, price=10, cost=4, salvage=-1),
        replace(TEA, capacity=0),
    ],
)
def test_the_expectations_balance(sampled, article):
    order = order_of(sampled, article)
    sold = order.expected_demand - order.expected_lost
    assert article.position + order.order == pytest.approx(sold + order.expected_left)
    assert order.order % 24 == 0
    assert (order.expected_profit is None) == (article.price is None)
    if article.price is not None:
        assert order.expected_profit == pytest.approx(6 * sold - 5 * order.expected_left)


def test_a_price_gives_the_most_profitable_number_of_packs(sampled):
    article = replace(TEA, on_hand=100, service_level=None, price=10, cost=4, salvage=1)
    best = order_of(sampled, article)
    for packs in (-2, -1, 1, 2):
        amount = best.order + 24 * packs
        forced = order_of(sampled, replace(article, minimum=amount, capacity=amount))
        assert forced.order in (amount, 0)
        assert forced.expected_profit < best.expected_profit


def test_what_is_lost_before_an_order_arrives_is_not_ordered(sampled):
    empty = replace(TEA, on_hand=0, on_order=0, pack=1)
    order, seven = order_of(sampled, empty), sampled.values[0, :, 3:10].sum(1)
    assert order.order == np.ceil(np.quantile(seven, 0.95, method="inverted_cdf"))
    assert "90 are lost before this order arrives, however large it is" in order.because
    assert order.expected_lost > 89


def test_more_service_more_on_hand_and_less_certain_lead_times_move_the_order_as_they_should(sampled):
    base = order_of(sampled, replace(TEA, pack=1))
    assert order_of(sampled, replace(TEA, pack=1, service_level=0.99)).order > base.order
    assert order_of(sampled, replace(TEA, pack=1, on_hand=260)).order == base.order - 10
    assert order_of(sampled, replace(TEA, pack=1, lead_time_sd=1)).order > base.order
    assert order_of(sampled, replace(TEA, on_hand=900)).order == 0


@pytest.mark.parametrize("target", [{"service_level": 0.95}, {"fill_rate": 0.95}, {"price": 3, "cost": 1}])
def test_sparse_and_idle_articles_work(target):
    rng = np.random.default_rng(0)
    values = np.stack([rng.poisson(0.05, (400, 8)), np.zeros((400, 8))])
    stock = Stock([Article(name, 0, 0, 1, 7, **target) for name in ("sparse", "idle")])
    sparse, idle = plan(paths(values, ("sparse", "idle")), stock).rows
    assert 0 <= sparse.order <= 2
    assert idle[1:4] == (0, 0, 0)
    assert idle.because.startswith("Order nothing: none are expected to be asked for in the day until")


def test_a_sentence_a_planner_can_repeat():
    values = np.full((1, 20, 10), 30.0)
    values[0, 0] = 50.0
    article = replace(TEA, service_level=0.75)
    assert order_of(paths(values), article).because == (
        "Order 24 (1 pack of 24): 310 are expected to be asked for in the 3 days until an order arrives and the 7 days "
        "from then until the next one can; in 3 of 4 cases not more than 300; 250 are there and 40 on the way."
    )
    weekly = paths(values, frequency="W-SUN")
    limited = order_of(weekly, replace(article, on_hand=0, on_order=0, lead_time=0, review=1, capacity=30))
    assert limited.because == (
        "Order 24 (1 pack of 24): 31 are expected to be asked for in the week until the next order can arrive; in 3 of "
        "4 cases not more than 30; nothing is there. 30 would be wanted; the capacity is 30."
    )


def test_prices_and_fill_rates_are_said(sampled):
    priced = order_of(sampled, replace(TEA, service_level=None, price=10, cost=4, salvage=2)).because
    assert "in 3 of 4 cases not more than" in priced
    assert "which is enough where a lost sale costs 6 and a unit left over 2" in priced
    odd = order_of(sampled, replace(TEA, service_level=8 / 19)).because
    assert "in 42.1 % of cases not more than" in odd
    filled = order_of(sampled, replace(TEA, service_level=None, fill_rate=0.985)).because
    assert "98.5 % of what is asked for from then on can be served" in filled


@pytest.mark.parametrize("module", [pd, pl])
def test_the_table_is_of_the_kind_that_came(sampled, module):
    numbered = paths(sampled.values, ("7",))
    frame = plan(numbered, read_stock(module.DataFrame([{**vars(TEA), "unique_id": 7}]))).frame()
    assert isinstance(frame, module.DataFrame)
    assert list(frame.columns) == list(Order._fields)
    assert frame["unique_id"].to_list() == [7]
    assert np.isnan(frame["expected_profit"].to_numpy()).all()
    assert plan(sampled, Stock([TEA])).frame() == [order_of(sampled, TEA)._asdict()]


@pytest.mark.parametrize(
    ("article", "message"),
    [
        (replace(TEA, lead_time=9), "a lead time of 9 and a review of 7 need a forecast of 16 periods; .* horizon=16"),
        (replace(TEA, lead_time=8, lead_time_sd=2), "a lead time of up to 14 and a review of 7 need a forecast of 21"),
        (replace(TEA, unique_id="x"), "no forecast of unique_id 'x'; there are 'tea'"),
    ],
)
def test_what_cannot_be_planned_is_refused(sampled, article, message):
    with pytest.raises(InputError, match=message):
        plan(sampled, Stock([article]))


def test_no_order_is_made_from_what_is_no_number():
    values = np.ones((1, 5, 10))
    values[0, 3, 9] = np.nan
    with pytest.raises(InputError, match="no order is made"):
        plan(paths(values), Stock([TEA]))
