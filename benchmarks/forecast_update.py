"""One further value of one series of a forecaster: as a row, as a number, and beside what AutoETS does with it.

    python benchmarks/forecast_update.py [--series 1000] [--values 1000]

A model of the default size, hours with the seasons 24 and 168, weights by chance, which take the same time as others.
By turns in blocks, medians and 99th percentiles of a call. "feed" leaves the network's memory to the next forecast,
"feed, memory" lets it read each value at once, "feed, forecast" asks for one each time, and "share of memory" is what
1,000 values read together add to each. The peer is statsforecast's AutoETS of the same series with one season, 24:
`forward` reads the whole series by the fitted model and forecasts it; a fit chooses the model anew. neuralforecast
moves no state on.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import report
from statsforecast.models import AutoETS

from unrolled import Forecaster
from unrolled.arrays import map_tree
from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel
from unrolled.inference.conformal import Conformal
from unrolled.inference.correction import Correction
from unrolled.inference.recent_values import RecentValues
from unrolled.inputs.covariates import Covariates
from unrolled.inputs.outline import Outline
from unrolled.models.likelihoods import LEVELS
from unrolled.smoothing.fit import fit_bank
from unrolled.sources.panel import read_panel
from unrolled.tasks.panel_learnt import LearntPanel
from unrolled.tasks.standing import read_to_the_end
from unrolled.tasks.updating import settle

HORIZON, BLOCK, ZERO = 48, 50, np.datetime64("2024-01-01T00", "h")


def stamps(begin: int, count: int) -> list[str]:
    return [str(ZERO + t).replace("T", " ") + ":00" for t in range(begin, begin + count)]


def by_chance(count: int, values: int) -> Forecaster:
    """A forecaster of ``count`` series whose smoothing is fitted and whose weights are by chance."""
    task = Forecaster(horizon=HORIZON, frequency="h")
    recipe, rng = task.recipe(), np.random.default_rng(0)
    t = np.arange(values)
    shape = 10 + 3 * np.sin(2 * np.pi * t / 24) + np.sin(2 * np.pi * t / 168)
    y = (shape * rng.lognormal(0, 1, (count, 1)) + rng.normal(0, 0.5, (count, values))).reshape(-1)
    few = [{"unique_id": "0", "ds": ds, "y": float(i)} for i, ds in enumerate(stamps(0, 50))]
    few_panel, form = read_panel(few, task.layout())
    offsets, nothing = np.arange(count + 1) * values, np.zeros((len(y), 0))
    ids, first = [str(i) for i in range(count)], np.repeat(few_panel.first, count)
    ahead, none = np.zeros(count + 1, np.int64), np.zeros((0, 0))
    static = np.zeros((count, 0))
    panel = Panel(ids, Frequency("h"), first, offsets, y, np.zeros(len(y), bool), nothing, ahead, none, static)
    outline = Outline((24, 168), 336, HORIZON, len(panel.frequency.calendar_names))
    size = (HORIZON, len(LEVELS))
    correction = Correction(LEVELS, 0.5, np.zeros(size) + np.array(LEVELS) - 0.5, Conformal(LEVELS, np.ones(size)))
    learnt = LearntPanel(
        format=form,
        ids=ids,
        outline=outline,
        likelihood="quantiles",
        covariates=Covariates.of(panel),
        bank=fit_bank(y[: 20 * values], offsets[:21], panel.cut[: 20 * values], (24, 168), HORIZON).rows(
            np.arange(count) % 20
        ),
        last=panel.last,
        nonnegative=np.ones(count, bool),
        state=None,
        correction=correction,
        templates=np.zeros((1, HORIZON)),
        future=np.zeros((count, HORIZON, 0)),
        static=static,
        recent=RecentValues.of(panel, 336),
        cold=np.zeros(count, bool),
    )
    initial = recipe.model(learnt).initial(rng)
    task.weights_ = map_tree(lambda leaf: np.asarray(leaf, np.float32), initial)
    task.learnt_ = read_to_the_end(learnt, recipe.network(learnt, task.weights_), panel)
    return task


def microseconds(calls: dict[str, Callable[[int], Any]], rounds: int) -> dict[str, list[float]]:
    """The time of each call of each, in blocks by turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call(0)
    for block in range(rounds):
        for name, call in calls.items():
            for i in range(1 + block * BLOCK, 1 + (block + 1) * BLOCK):
                began = time.perf_counter()
                call(i)
                times[name].append(1e6 * (time.perf_counter() - began))
    return times


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, default=1_000)
    parser.add_argument("--values", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    task = by_chance(arguments.series, arguments.values)
    network, rounds = task._network(), arguments.rounds
    ends = stamps(arguments.values, rounds * BLOCK + 1)
    rows = [{"unique_id": "0", "ds": ds, "y": 10.0 + i % 24} for i, ds in enumerate(ends)]
    fed, settled, asked = (task.stream(str(i)) for i in (1, 2, 3))
    series = task.learnt_.recent.y[5].copy()
    ets = AutoETS(season_length=24).fit(series)

    def memory(i: int) -> None:
        settled.feed(10.0 + i % 24)
        settle(task.learnt_, network)

    def forecast(i: int) -> None:
        asked.feed(10.0 + i % 24)
        task.forecasts(ids=["3"])

    calls: dict[str, Callable[[int], Any]] = {"row": lambda i: task.update(rows[i])}
    calls |= {"feed": lambda i: fed.feed(10.0 + i % 24), "feed, memory": memory, "feed, forecast": forecast}
    times = microseconds(calls, rounds)
    settle(task.learnt_, network)
    for i in range(1_000):
        fed.feed(10.0 + i % 24)
    began = time.perf_counter()
    settle(task.learnt_, network)
    share = 1e6 * (time.perf_counter() - began) / 1_000
    peers = microseconds({"AutoETS forward": lambda i: ets.forward(series, HORIZON)}, 1)
    began = time.perf_counter()
    AutoETS(season_length=24).fit(series)
    fit = 1e6 * (time.perf_counter() - began)
    medians = {name: statistics.median(values) for name, values in {**times, **peers}.items()}
    report.write(
        "forecast_update",
        series=arguments.series,
        values=arguments.values,
        unit="microseconds a value",
        medians={name: round(value, 1) for name, value in medians.items()},
        high={name: round(float(np.quantile(values, 0.99)), 1) for name, values in {**times, **peers}.items()},
        share_of_memory=round(share, 1),
        autoets_fit=round(fit, 1),
        ratios={
            "forward / feed with its share of memory": round(medians["AutoETS forward"] / (medians["feed"] + share), 2),
            "forward / feed, forecast": round(medians["AutoETS forward"] / medians["feed, forecast"], 2),
            "fit / row": round(fit / medians["row"]),
        },
    )


if __name__ == "__main__":
    main()
