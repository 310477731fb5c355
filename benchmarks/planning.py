"""What orders cost that are planned by sample paths, beside the textbook's formula at the same target.

    python benchmarks/planning.py DATA

NN5 (the demand of 111 cash machines, its last 56 days held out) and `sample:shop` (articles made by code, the last 112
days held out). An order is placed at each review, for several lead times, reviews and targets; stock is carried on, and
who finds nothing goes: see docs/planning.md. Paths are those of a `Forecaster` that is fitted once to the days before,
at its defaults, and reads each new day; beside them those of a stand-in, the mean of the same days of the last weeks
with what it missed in each past stretch of days, which tells what joint paths are worth without a network. "textbook"
takes mean and standard deviation of the last 8 times lead time and review; "textbook, N days" those of the last N, in
each row the one of 28, 56, 112 and 364 that turns out to cost least. The demand of the shop is what was asked for,
also where its shelf ran empty; what forecasts and the textbook look at are its sales.
DATA holds nn5_daily/nn5.jsonl.gz.
"""

import argparse
import gzip
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas
import report
import torch
from numpy.typing import NDArray

from unrolled import Forecaster, Training
from unrolled.data.panel import Panel
from unrolled.inference.forecasts import Paths
from unrolled.planning import Article, PolicyComparison, Stock, Window, compare_policies, read_stock
from unrolled.planning.policies import KNOWING, PATHS, POLICIES, TEXTBOOK, Policy, Review, by_textbook
from unrolled.sources.panel import PanelFormat, PanelLayout, read_panel
from unrolled.sources.shop import shop_demand, shop_stock
from unrolled.tasks.ahead import joint_from
from unrolled.tasks.forecasting import KnownPanel
from unrolled.tasks.rolled import before

NAME = "planning"
HORIZON, N_PATHS, WEEKS, DECAY = 14, 500, 26, 0.9
SETTINGS: dict[str, dict[str, str]] = {"NN5": {}, "sample:shop": {}}
"""What a `Forecaster` is told beside horizon and frequency."""
PASTS = 28, 56, 112, 364
TIMES = (1, 1), (2, 2), (3, 4), (2, 7), (7, 7)  # lead time and review in days
TARGETS: tuple[dict[str, float], ...] = (
    {"service_level": 0.95},
    {"fill_rate": 0.98},
    {"price": 10.0, "cost": 6.0, "salvage": 4.0},
)
Floats = NDArray[np.float64]
PathsAt = Callable[[int], Floats]
"""Sample paths (N, P, H) of the days from this one on."""


class Demand(NamedTuple):
    """A set: what was sold up to each day (N, T), what was asked for, the days held out, the articles of each row."""

    name: str
    panel: Panel
    sold: Floats
    asked: Floats
    held_out: int
    stocks: Mapping[str, Stock]
    format: PanelFormat


def main() -> None:
    """Measure both sets, and write each row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--stand-in", action="store_true", help="without a network; writes nothing")
    parser.add_argument("--set", choices=("NN5", "sample:shop"), nargs="+", default=["NN5", "sample:shop"], dest="sets")
    parser.add_argument("--minutes", type=float, default=5.0, help="of the training on each set")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    rows = list[dict[str, Any]]()
    makers = {"NN5": lambda: cash_machines(arguments.data), "sample:shop": shop}
    for demand in (makers[name]() for name in arguments.sets):
        sources = {"stand-in": stand_in(demand)}
        if not arguments.stand_in:
            sources["Forecaster"] = forecaster(demand, arguments.minutes)
        for source, paths_at in sources.items():
            kept = dict[int, Floats]()
            for name, stock in demand.stocks.items():
                began = time.perf_counter()
                row = {"set": demand.name, "paths": source, "setting": name, **measured(demand, stock, paths_at, kept)}
                rows.append(row)
                print(json.dumps(row), f"{time.perf_counter() - began:.1f} s", flush=True)
            print(json.dumps(summary(rows, demand.name, source)), flush=True)
    if not arguments.stand_in:
        means = [
            summary(rows, name, source) for name, source in dict.fromkeys((row["set"], row["paths"]) for row in rows)
        ]
        report.write(NAME, show=False, summary=means, rows=rows)


def summary(rows: Sequence[Mapping[str, Any]], name: str, source: str) -> dict[str, Any]:
    """The savings over the settings of a set: mean, least and greatest."""
    among = [row for row in rows if (row["set"], row["paths"]) == (name, source)]
    figures = {}
    for key in ("saving", "saving_beside_best"):
        savings = [row[key] for row in among]
        figures[key] = {"mean": round(float(np.mean(savings)), 3), "least": min(savings), "greatest": max(savings)}
    return {"set": name, "paths": source, **figures}


def measured(demand: Demand, stock: Stock, paths_at: PathsAt, kept: dict[int, Floats]) -> dict[str, Any]:
    """The costs of each policy over the days held out."""

    def textbook(days: int | None) -> Policy:
        def order(review: Review) -> float:
            times = 8 * (int(review.article.lead_time) + int(review.article.review))
            return by_textbook(review._replace(recent=review.recent[-(days or times) :]))

        return order

    pasts = {f"textbook, {days} days": textbook(days) for days in PASTS}
    policies = {**POLICIES, TEXTBOOK: textbook(None), **pasts}
    windows = list(held_out_windows(demand, stock, paths_at, kept))
    result = compare_policies(demand.panel, windows, stock, policies, recent=max(PASTS))
    best = min(pasts, key=lambda name: result.outcomes[name].cost)
    return {
        "saving": round(result.saving, 4),
        "saving_beside_best": round(1 - result.outcomes[PATHS].cost / result.outcomes[best].cost, 4),
        "orders": result.reviews,
        **{name: outcome_of(result, name) for name in (PATHS, TEXTBOOK, best, KNOWING)},
    }


def outcome_of(result: PolicyComparison, name: str) -> dict[str, float]:
    outcome = result.outcomes[name]
    return {
        "cost": round(outcome.cost, 1),
        "fill_rate": round(outcome.fill_rate, 4),
        "stock_held": round(outcome.stock_held, 1),
        "stock_outs": round(outcome.stock_outs, 4),
    }


def held_out_windows(demand: Demand, stock: Stock, paths_at: PathsAt, kept: dict[int, Floats]) -> Iterator[Window]:
    """A window for each review; all articles of a stock are reviewed on the same days."""
    days, review = demand.sold.shape[1], int(stock.articles[0].review)
    for day in range(days - demand.held_out, days - HORIZON + 1, review):
        if day not in kept:
            kept[day] = paths_at(day)
        last = np.full(len(demand.sold), day - 1)
        paths = Paths(demand.panel.ids, demand.panel.frequency, last + demand.panel.last.max() + 1 - days, kept[day])
        yield Window(paths, demand.asked[:, day : day + HORIZON])


def forecaster(demand: Demand, minutes: float) -> PathsAt:
    """A `Forecaster` that is fitted on the days before those held out."""
    days, began = demand.sold.shape[1], time.perf_counter()
    first = days - demand.held_out
    origins = {day: demand.panel.last - (days - day) for day in range(first, days - HORIZON + 1)}
    known = KnownPanel(before(demand.panel, origins[first]), demand.format)
    setting = SETTINGS[demand.name]
    model = Forecaster(horizon=HORIZON, frequency="D", training=Training(minutes=minutes), **setting)
    model.fit(known, show=False)
    print(f"{demand.name}: fitted in {time.perf_counter() - began:.0f} s", flush=True)
    told = dict(zip(origins, model._roll(demand.panel, list(origins.values())), strict=True))
    positive = np.ones(len(demand.panel), bool)
    return lambda day: joint_from(told[day], model.learnt_, positive, N_PATHS, 0).values


def stand_in(demand: Demand) -> PathsAt:
    """The weighted mean of the same day of the last weeks, and whole past stretches of what it missed."""
    weights = DECAY ** np.arange(WEEKS)[::-1]

    def means(day: int) -> Floats:
        weeks = demand.sold[:, max(day - 7 * WEEKS, day % 7) : day]
        weeks = weeks.reshape(len(weeks), -1, 7)
        there = np.isfinite(weeks) * weights[-weeks.shape[1] :, None]
        mean = (np.nan_to_num(weeks) * there).sum(1) / np.maximum(there.sum(1), 1e-9)
        return np.tile(mean, (1, HORIZON // 7))

    def paths_at(day: int) -> Floats:
        begins = range(day - HORIZON, 7 * 8, -7)
        missed = np.stack([demand.sold[:, begin : begin + HORIZON] - means(begin) for begin in begins], 1)
        return np.maximum(means(day)[:, None] + np.nan_to_num(missed), 0.0)

    return paths_at


def cash_machines(data: Path) -> Demand:
    """NN5; a day without a value is taken as one without demand in the simulation."""
    with gzip.open(data / "nn5_daily" / "nn5.jsonl.gz", "rt", encoding="utf-8") as lines:
        series = [json.loads(line) for line in lines]
    y = np.array([[value or np.nan for value in one["values"]] for one in series], float)  # no value, or 0: closed
    days = np.datetime64("1996-03-18") + np.arange(y.shape[1])
    ids = np.repeat([one["id"] for one in series], len(days))
    table = {"unique_id": ids, "ds": np.tile(days, len(y)).astype("M8[us]"), "y": y.ravel()}
    panel, form = read_panel(pandas.DataFrame(table), PanelLayout(frequency="D", horizon=HORIZON, **SETTINGS["NN5"]))
    held_out = 56
    mean = np.nanmean(y[:, -held_out - 56 : -held_out], axis=1)
    stocks = {}
    for (lead, review), target in ((times, target) for times in TIMES for target in TARGETS):
        articles = [
            Article(name, float(start), 0.0, lead, review, pack=0.01, **target)
            for name, start in zip(panel.ids, mean * (lead + review / 2), strict=True)
        ]
        stocks[f"lead time {lead}, review {review}, {target}"] = Stock(articles)
    return Demand("NN5", panel, y, y, held_out, stocks, form)


def shop() -> Demand:
    """`sample:shop`, its own lead times, reviews and prices, and the other targets."""
    panel, form = read_panel("sample:shop")
    days, asked = int(panel.lengths.max()), shop_demand().astype(float)
    sold = np.full((len(panel), days), np.nan)
    for row, length in enumerate(panel.lengths):
        sold[row, days - length :] = panel.y[panel.offsets[row] : panel.offsets[row + 1]]
    held_out = 112
    known = panel.lengths > held_out + 7 * 8  # the others are new: the textbook has no past to look at
    articles = [a for a, there in zip(read_stock(shop_stock()).articles, known, strict=True) if there]
    mean = np.nan_to_num(np.nanmean(sold[known, -held_out - 56 : -held_out], axis=1))
    stocks = {}
    for target in ({}, *TARGETS[:2]):
        started = [
            replace(
                article,
                on_hand=float(np.ceil(start * (article.lead_time + article.review / 2))),
                on_order=0.0,
                **({"price": None, "cost": None, "salvage": 0.0, **target} if target else {}),
            )
            for article, start in zip(articles, mean, strict=True)
        ]
        stocks[f"lead time 2 to 7, review 7, {target or 'its own prices'}"] = Stock(started)
    return Demand("sample:shop", panel, sold, asked, held_out, stocks, form)


if __name__ == "__main__":
    main()
