"""What many series take: time and the most memory of reading a frame, fitting a forecaster for a while and predicting.

    python benchmarks/forecast_scale.py [--series 1000 4000 10000] [--values 1000] [--minutes 1]

Each size runs in a process of its own, of which the peak of resident memory is told after each stage, and how much of
it was there before any data. `growth`: of the largest size over the smallest, beside that of the series.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
import report

MIB = 1024


def frame(series: int, values: int) -> Any:
    """Daily sales with a week's season as a frame of polars."""
    import polars

    rng, t = np.random.default_rng(0), np.arange(values)
    level = rng.lognormal(3, 1, (series, 1))
    y = level * (1 + 0.3 * np.sin(2 * np.pi * (t + rng.integers(0, 7, (series, 1))) / 7))
    y = (y * rng.lognormal(0, 0.2, (series, values))).round(2)
    stamps = np.datetime64("2021-01-01") + t
    ids = np.repeat([f"article {i}" for i in range(series)], values)
    return polars.DataFrame({"unique_id": ids, "ds": np.tile(stamps, series), "y": y.reshape(-1)})


def peak() -> int:
    """The most memory that was resident, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MIB


def measured(series: int, values: int, minutes: float) -> dict[str, Any]:
    """One size in this process."""
    from unrolled import Forecaster, Training
    from unrolled.sources.panel import read_panel

    task = Forecaster(horizon=28, frequency="D")
    task.training = Training(minutes=minutes)
    import torch  # noqa: F401  memory that is there in any case

    found: dict[str, Any] = {"series": series, "values": values, "before_mib": peak()}

    def stage(name: str, began: float) -> None:
        found[f"{name}_s"], found[f"{name}_mib"] = round(time.perf_counter() - began, 1), peak()

    data = frame(series, values)
    found["frame_mib"] = peak()
    began = time.perf_counter()
    read_panel(data, task.layout())
    stage("read", began)
    began = time.perf_counter()
    task.fit(data, show=False)
    stage("fit", began)
    began = time.perf_counter()
    task.predict(level=[80, 95])
    stage("predict", began)
    return found | {"steps": task.fitted_.steps}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, nargs="+", default=[1_000, 4_000, 10_000])
    parser.add_argument("--values", type=int, default=1_000)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--one", action="store_true", help="one size, in this process")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measured(arguments.series[0], arguments.values, arguments.minutes)))
        return
    rows = []
    for series in arguments.series:
        words = ["--one", "--series", series, "--values", arguments.values, "--minutes", arguments.minutes]
        command = [sys.executable, __file__, *map(str, words)]
        rows.append(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        print(rows[-1], file=sys.stderr)
    least, most = rows[0], rows[-1]
    growth = {name: round(most[name] / max(least[name], 0.1), 2) for name in ("series", "read_s", "predict_s")}
    growth["memory"] = round(
        (most["predict_mib"] - most["before_mib"]) / (least["predict_mib"] - least["before_mib"]), 2
    )
    report.write("forecast_scale", minutes=arguments.minutes, rows=rows, growth=growth)


if __name__ == "__main__":
    main()
