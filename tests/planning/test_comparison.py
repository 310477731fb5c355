"""Policies that live through held-out windows."""

from dataclasses import replace

import numpy as np
import pytest

from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.forecasts import Paths
from unrolled.planning import Article, Stock, Window, compare_policies, largest_step, review_step
from unrolled.planning.policies import KNOWING, PATHS, TEXTBOOK, Review, by_paths, by_textbook, knowing_the_future
from unrolled.planning.simulation import simulate

DAILY, PAST, HELD_OUT = Frequency("D"), 140, 42
PRICED = {"price": 10.0, "cost": 6.0, "salvage": 4.0}


def panel(y):
    count, length = y.shape
    whole, nothing = np.arange(count + 1), np.zeros((count * length, 0))
    names = [f"a{row}" for row in range(count)]
    first, cut = np.zeros(count, np.int64), np.zeros(count * length, bool)
    offsets = whole * length
    return Panel(names, DAILY, first, offsets, y.ravel(), cut, nothing, offsets, nothing, np.zeros((count, 0)))


def windows(y, horizon, step, seed=1):
    """Paths from the process itself, at cutoffs ``step`` apart from the end of the past on."""
    rng, made = np.random.default_rng(seed), []
    for begin in range(0, HELD_OUT - horizon + 1, step):
        days = np.arange(PAST + begin, PAST + begin + horizon)
        values = np.stack([demand(days, rng, (200, horizon)) for _ in y])
        last = np.full(len(y), PAST + begin - 1)
        paths = Paths([f"a{row}" for row in range(len(y))], DAILY, last, values)
        made.append(Window(paths, y[:, days]))
    return made


def demand(days, rng, shape):
    """Busy ends of weeks, as a shop has them."""
    return rng.gamma(4, 0.25, shape) * np.where(days % 7 < 2, 60.0, 20.0)


@pytest.fixture(scope="module")
def sales():
    rng, days = np.random.default_rng(0), np.arange(PAST + HELD_OUT)
    return np.stack([demand(days, rng, len(days)) for _ in range(4)])


def stock(**target):
    return Stock([Article(f"a{row}", 100, 0, 1, 2, **target) for row in range(4)])


@pytest.mark.parametrize("target", [{"service_level": 0.9}, {"fill_rate": 0.97}, PRICED])
def test_paths_cost_less_than_the_textbook_and_more_than_the_future(sales, target):
    result = compare_policies(panel(sales), windows(sales, 7, 2), stock(**target))
    costs = {name: outcome.cost for name, outcome in result.outcomes.items()}
    assert costs[KNOWING] < costs[PATHS] < 0.8 * costs[TEXTBOOK]
    assert result.saving == pytest.approx(1 - costs[PATHS] / costs[TEXTBOOK])
    assert "lower than by the textbook's formula at the same target" in result.table()
    assert result.to_json()["policies"][PATHS]["cost"] == costs[PATHS]
    assert result.reviews == 4 * 20  # the last 3 days are lead time and review of the last one
    assert sum(result.costs[PATHS]) == pytest.approx(costs[PATHS])


def test_the_targets_are_met(sales):
    level = compare_policies(panel(sales), windows(sales, 7, 2), stock(service_level=0.9)).outcomes[PATHS]
    assert level.stock_outs == pytest.approx(0.1, abs=0.06)
    rate = compare_policies(panel(sales), windows(sales, 7, 2), stock(fill_rate=0.95)).outcomes[PATHS]
    assert 0.94 < rate.fill_rate < 0.985  # what is left of a busy weekend serves the days after it, too


def test_it_is_the_same_each_time_and_with_uncertain_lead_times(sales):
    articles = Stock([replace(article, lead_time_sd=0.7) for article in stock(service_level=0.9).articles])
    first, again = (compare_policies(panel(sales), windows(sales, 7, 2), articles) for _ in range(2))
    assert first == again
    assert (
        first.outcomes[PATHS].cost
        > compare_policies(panel(sales), windows(sales, 7, 2), stock(service_level=0.9)).outcomes[PATHS].cost
    )


def test_the_textbook_looks_at_the_history_before_each_review_alone(sales):
    made, target, looked = windows(sales, 7, 2), stock(service_level=0.9), []

    def watching(review):
        looked.append(review.recent)
        return 0.0

    names = {PATHS: watching, TEXTBOOK: watching}
    for known in (PAST, PAST + HELD_OUT):  # where the history ends early the demand stands for it
        looked.clear()
        compare_policies(panel(sales[:, :known]), made, target, names, recent=4)
        for number, seen in enumerate(looked[:20]):
            np.testing.assert_array_equal(seen, sales[0, PAST + 2 * number - 4 : PAST + 2 * number])


def test_reviews_between_cutoffs_use_the_paths_of_the_last_one(sales):
    assert largest_step(stock(service_level=0.9), 14) == 12  # a review 10 periods after a cutoff; with 13, after 12
    result = compare_policies(panel(sales), windows(sales, 14, 7), stock(service_level=0.9))
    assert result.reviews == 4 * 20
    with pytest.raises(
        InputError, match="need 3 periods; the forecast of one of its reviews has 1: fit with horizon=9"
    ):
        compare_policies(panel(sales), windows(sales, 7, 7), stock(service_level=0.9))


def test_the_largest_step_is_enough_and_one_more_is_not(sales):
    articles = Stock([Article("a0", 100, 0, 1, 3, fill_rate=0.9), Article("a1", 100, 0, 2, 2, fill_rate=0.9)])
    step = largest_step(articles, 9)
    compare_policies(panel(sales), windows(sales, 9, step), articles)
    with pytest.raises(InputError, match="the forecast of one of its reviews"):
        compare_policies(panel(sales), windows(sales, 9, step + 1), articles)
    with pytest.raises(InputError, match="fit with horizon=4"):
        largest_step(articles, 3)


def test_each_review_has_a_forecast_of_its_own_where_there_may_be_so_many(sales):
    articles = Stock([Article("a0", 9, 0, 1, 4, fill_rate=0.9), Article("a1", 9, 0, 2, 6, fill_rate=0.9)])
    assert review_step(articles, 14) == 2
    assert review_step(articles, 14, least=3) == 4
    assert review_step(articles, 14, least=99) == largest_step(articles, 14)


def test_articles_without_a_past_are_left_out_and_named(sales, caplog):
    made = windows(sales, 7, 2)
    made[0].paths.values[1] = np.nan
    result = compare_policies(panel(sales), made, stock(service_level=0.9))
    assert result.ids == ["a0", "a2", "a3"]
    assert "1 of 4 articles have no value before the first window; left out: a1" in caplog.text
    made[0].paths.values[:] = np.nan
    with pytest.raises(InputError, match="no article has a value before the first window"):
        compare_policies(panel(sales), made, stock(service_level=0.9))


def test_windows_that_cannot_be_lived_through_are_refused(sales):
    made, target = windows(sales, 7, 2), stock(service_level=0.9)
    with pytest.raises(InputError, match="without gaps between"):
        compare_policies(panel(sales), [made[0], made[-1]], target)
    with pytest.raises(InputError, match="no windows"):
        compare_policies(panel(sales), [], target)
    unknown = Stock([replace(target.articles[0], unique_id="b")])
    with pytest.raises(InputError, match="no forecast of unique_id 'b' in a window"):
        compare_policies(panel(sales), made, unknown)


def review(article, recent, on_hand=0.0):
    return Review(article, on_hand, np.zeros(1), np.full((3, 4), 10.0), np.asarray(recent), np.full(4, 7.0))


def test_the_textbook_is_its_formula():
    recent = [8.0, 12.0, np.nan, 10.0]
    article = Article("a", 0, 0, 2, 2, service_level=0.95, pack=0.001)
    assert by_textbook(review(article, recent)) == pytest.approx(40 + 1.6449 * 2 * 2, abs=1e-3)
    assert by_textbook(review(article, recent, on_hand=15)) == pytest.approx(25 + 1.6449 * 2 * 2, abs=1e-3)
    late = replace(article, lead_time_sd=1.0)
    assert by_textbook(review(late, recent)) == pytest.approx(40 + 1.6449 * np.sqrt(16 + 100), abs=1e-2)
    filled = replace(article, service_level=None, fill_rate=0.98)
    assert by_textbook(review(filled, recent)) == pytest.approx(40 + 0.9022 * 4, abs=2e-3)  # G(0.9022) = 0.1
    assert by_textbook(review(article, [])) == 0


def test_who_knows_the_future_orders_what_will_be_asked_for():
    article = Article("a", 0, 0, 1, 3, service_level=0.9)
    assert knowing_the_future(review(article, [])) == 21  # what is lost before it arrives is not ordered
    assert by_paths(review(article, [])) == 30


def test_a_stock_lives_as_it_should():
    article = Article("a", 10, 5, 2, 2, price=5, cost=3, salvage=1, arrives=1)
    seen = []

    def decide(period, on_hand, arriving):
        seen.append((period, on_hand, arriving[:3].tolist()))
        return 9.0

    life = simulate(article, np.array([6.0, 4.0, 3.0, np.nan, 20.0, 2.0, 1.0]), 2, decide)
    assert seen == [(0, 10.0, [0.0, 5.0, 0.0]), (2, 5.0, [9.0, 0.0, 0.0])]
    assert life.held.tolist() == [[11.0, 11.0], [0.0, 0.0]]
    assert life.lost.tolist() == [[0.0, 0.0], [0.0, 2.0]]
    assert life.asked.sum() == 25
    assert life.stock_outs == 1
    assert life.cost(article.underage, article.overage) == pytest.approx(2 * 2 + 2 * 11)


def test_sales_that_were_cut_are_told_of(sales):
    result = compare_policies(panel(sales), windows(sales, 7, 2), stock(service_level=0.9))
    assert "cut" not in result.table()
    told = replace(result, cut=12)
    assert told.table().splitlines()[-1].startswith("12 of the values that count as demand are sales cut by what was")
    assert told.to_json()["cut"] == 12
