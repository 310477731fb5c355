"""`Forecaster` on M3, M4 hourly, NN5 and ETTh1, beside seasonal naive, AutoETS and AutoTheta.

    python benchmarks/forecasting.py DATA --set nn5_daily m3_month
    python benchmarks/forecasting.py DATA --set nn5_daily --defaults   # horizon and frequency alone
    python benchmarks/forecasting.py DATA --set nn5_daily --tune --setting '{"width": 64}'   # never reads the test part

One setting for all series of a set, chosen on the last window of the training part; the test part is read once, by the
run that writes results/forecasting.json. sMAPE (0 to 200) and MASE are those of the competitions: means over series.
Widths and Winkler scores are in multiples of MASE's scale. ETTh1: mean squared and absolute error of all 2,785 windows
of 96 hours of seven channels, one model fitted once to the months before; the classical methods are fitted to the six
weeks before every 96th window, and measured there alone. DATA holds the folders that forecasting_sets.py reads.

``--classical FOLDER`` keeps the classical forecasts and reads those that stand there; "again" makes them in this run.
Seconds of a fit and of predictions are those of the clock; those of classical methods of the processor, one thread.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import report
import torch
from forecasting_sets import ANCHORS, HOURS, SETS, Floats, Series, classical, fitted, frame, keys, panel, read

from unrolled import Forecaster, Training
from unrolled.baselines.classical import SHARES, ClassicalForecast, seasonal_naive
from unrolled.metrics.forecasts import Window, forecast_scores

NAME = "forecasting"
MINUTES = 5.0
SETTINGS: dict[str, dict[str, Any]] = {name: {} for name in SETS}
"""What each set has otherwise than a new `Forecaster` with its horizon, whole numbers for stamps, and its season."""
ENDS = "lo-95", "lo-80", "", "hi-80", "hi-95"


def main() -> None:
    """Measure each set; of the test part, each set and mode that has no row yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", choices=SETS, nargs="+", default=list(SETS), dest="sets")
    parser.add_argument("--defaults", action="store_true", help="horizon and frequency alone")
    parser.add_argument("--tune", action="store_true", help="hold out the last training window; write nothing")
    parser.add_argument("--setting", type=json.loads, default={}, help="with --tune: other settings, as JSON")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--classical", default="again", metavar="FOLDER", help='where they are kept, or "again"')
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    mode = "tune" if arguments.tune else "defaults" if arguments.defaults else "one setting"
    for name in arguments.sets:
        key = {"set": name, "mode": mode}
        if not arguments.tune and any(key.items() <= row.items() for row in report.rows(NAME)):
            continue
        setting = {} if arguments.defaults else {**SETTINGS[name], **arguments.setting}
        series = read(name, arguments.data)
        training = Training(minutes=arguments.minutes, **setting.pop("training", {}))
        row = {**key, "setting": _shown(setting), "minutes": arguments.minutes}
        if name == "etth1":
            row |= _long_windows(series, setting, training, arguments)
        else:
            row |= _one_window(name, series.held_out() if arguments.tune else series, setting, training, arguments)
        print(json.dumps(row), flush=True)
        if not arguments.tune:
            rows = sorted([*report.rows(NAME), row], key=lambda row: (row["mode"], list(SETS).index(row["set"])))
            report.write(NAME, show=False, rows=rows)


def _shown(setting: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value!r}" for key, value in setting.items()) or "defaults"


def forecaster_of(series: Series, setting: dict[str, Any], training: Training, defaults: bool) -> Forecaster:
    if defaults:
        return Forecaster(horizon=series.horizon, frequency=series.frequency, training=training)
    return Forecaster(horizon=series.horizon, frequency="1", season=str(series.season), training=training, **setting)


def _one_window(
    name: str, series: Series, setting: dict[str, Any], training: Training, arguments: argparse.Namespace
) -> dict[str, Any]:
    """All measures of one window after the training part of each series."""
    model = forecaster_of(series, setting, training, arguments.defaults)
    table = frame(series, arguments.defaults)
    began = time.perf_counter()
    model.fit(table, show=False)
    fitted_at = time.perf_counter()
    ours = forecast_of(model.predict(level=[80, 95]), keys(series), series.horizon)
    done = time.perf_counter()
    last = np.array([len(y) - 1 for y in series.train])
    whole = panel(series)
    others, seconds = _others(name, series, arguments)
    scores = forecast_scores(whole, [Window(last, {"Forecaster": ours, **others})], series.season)
    columns = {method: _measures(values) for method, values in scores.columns().items()}
    return {
        "series": scores.scored,
        **columns.pop("Forecaster"),
        "seconds_fit": round(fitted_at - began, 1),
        "seconds_predict": round(done - fitted_at, 2),
        **{method: {**values, "seconds": seconds.get(method)} for method, values in columns.items()},
    }


def _others(
    name: str, series: Series, arguments: argparse.Namespace
) -> tuple[dict[str, ClassicalForecast], dict[str, float]]:
    """The classical forecasts and their seconds; for a choice of settings those that are kept, or seasonal naive."""
    if arguments.tune and Path(arguments.classical, f"{name}_held_out.jsonl").exists():
        return classical(f"{name}_held_out", series, Path(arguments.classical))
    if arguments.tune:
        last = np.array([len(y) - 1 for y in series.train])
        return {"SeasonalNaive": seasonal_naive(panel(series), last, series.horizon, series.season)}, {}
    if arguments.classical == "again":
        with tempfile.TemporaryDirectory() as folder:
            return classical(name, series, Path(folder))
    return classical(name, series, Path(arguments.classical))


def _long_windows(
    series: Series, setting: dict[str, Any], training: Training, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Mean squared and absolute errors of every window of ETTh1's test part, or every 24th of the months before."""
    if arguments.tune:  # the months for choices in the place of the test part, fitted to those before
        train, test = ([y[part] for y in series.train] for part in (slice(HOURS[0]), slice(HOURS[0], None)))
        series = series._replace(train=train, test=test)
    model = forecaster_of(series, setting, training, arguments.defaults)
    began = time.perf_counter()
    model.fit(frame(series, arguments.defaults), show=False)
    fitted_at = time.perf_counter()
    ours, truth = _rolled(model, series, 24 if arguments.tune else 1, arguments.defaults)
    done = time.perf_counter()
    row = {"windows": len(truth), **_errors(ours, truth)}
    row |= {"seconds_fit": round(fitted_at - began, 1), "seconds_predict": round(done - fitted_at, 2)}
    if arguments.tune:
        return row
    others, seconds = _others("etth1", series, arguments)
    some = np.stack([y for _, _, y in fitted(series)])
    row["at_every_96th_window"] = _errors(_Rolled(*(each[::ANCHORS] for each in ours)), truth[::ANCHORS])
    for method, made in others.items():
        shape = len(some) // len(series.ids), len(series.ids), series.horizon
        rolled = _Rolled(made.point.reshape(shape), made.quantiles.reshape(*shape, len(SHARES)))
        row[method] = {**_errors(rolled, some.reshape(shape)), "seconds": seconds[method]}
    return row


class _Rolled(NamedTuple):
    """``point`` (W, N, H) and ``quantiles`` (W, N, H, Q) of W windows."""

    point: Floats
    quantiles: Floats


def _rolled(model: Forecaster, series: Series, step: int, stamped: bool) -> tuple[_Rolled, Floats]:
    """Forecasts of windows ``step`` hours apart without fitting again, and the truth (W, N, H)."""
    values = [np.concatenate(parts) for parts in zip(series.train, series.test, strict=True)]
    whole = frame(series._replace(train=values), stamped)
    windows = (len(series.test[0]) - series.horizon) // step + 1
    table = model.cross_validation(whole, n_windows=windows, step_size=step, refit=False, level=[80, 95])
    table = table.sort_values(["cutoff", "unique_id", "ds"])
    shape = windows, len(series.ids), series.horizon
    columns = {name: table[name].to_numpy(float).reshape(shape) for name in ["y", *_names()]}
    ends = [columns[name] for name in _names()]
    return _Rolled(ends[2], np.stack(ends, axis=-1)), columns["y"]


def _errors(made: _Rolled, truth: Floats) -> dict[str, float]:
    error = made.point - truth
    row = {"mse": _round((error**2).mean()), "mae": _round(np.abs(error).mean())}
    for level, low, high in ((80, 1, 3), (95, 0, 4)):
        lower, upper = made.quantiles[..., low], made.quantiles[..., high]
        row[f"coverage_{level}"] = _round(100 * ((truth >= lower) & (truth <= upper)).mean())
        row[f"width_{level}"] = _round((upper - lower).mean())
    return row


def _names() -> list[str]:
    return [f"Forecaster-{end}" if end else "Forecaster" for end in ENDS]


def forecast_of(table: Any, ids: list[str], horizon: int) -> ClassicalForecast:
    """The table that `predict` gives as arrays, in the order of the set."""
    table = table.sort_values(["unique_id", "ds"])
    values = np.stack([table[name].to_numpy(float).reshape(len(ids), horizon) for name in _names()], axis=2)
    return ClassicalForecast(values[:, :, 2], SHARES, np.sort(values, axis=2))


def _measures(values: dict[str, float]) -> dict[str, float]:
    """Shares in per cent, as the competitions give them."""
    shares = ("smape", "scaled_crps", "coverage_80", "coverage_95")
    return {name: _round(value * (100 if name in shares else 1)) for name, value in values.items()}


def _round(value: float) -> float:
    return float(f"{value:.4g}")


if __name__ == "__main__":
    main()
