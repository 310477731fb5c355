"""How soon `Forecaster` is as good as neuralforecast's LSTM and darts' RNNModel are in the end.

    python benchmarks/forecasting_peers.py DATA --peer-python PEERS/bin/python --set m3_month

The peers are installed in an environment of their own (`pip install neuralforecast darts`), which this one starts. All
read the same series up to one horizon before the end of the training part, with the same threads, and are measured on
that last window: mean MASE over the series. A peer keeps its defaults; a fit that would take longer than
``--peer-minutes`` is ended there, which ``ended_early`` says. Ours is fitted anew with limits of 1, 2, 4, ... seconds
until its error is that of the peer or less; its seconds are those of that whole fit. DATA holds the folders that
forecasting_sets.py reads.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import report
import torch
from forecasting import SETTINGS, forecast_of, forecaster_of
from forecasting_sets import SETS, Floats, Series, frame, keys, panel, read

from unrolled import Training
from unrolled.metrics.forecasts import seasonal_scales

NAME = "forecasting_peers"
PEERS = {"neuralforecast": "neuralforecast LSTM", "darts": "darts RNNModel"}
FIRST = 1.0  # seconds


def main() -> None:
    """Measure each pair of a set and a peer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer-python", required=True)
    parser.add_argument("--set", choices=[name for name in SETS if name != "etth1"], nargs="+", dest="sets")
    parser.add_argument("--peer", choices=PEERS, nargs="+", default=list(PEERS), dest="peers")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer-minutes", type=float, default=5.0)
    parser.add_argument("--most", type=int, help="the first so many series alone")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for name in arguments.sets or ["m3_month"]:
        series = read(name, arguments.data).held_out()
        kept = slice(arguments.most)
        series = series._replace(ids=series.ids[kept], train=series.train[kept], test=series.test[kept])
        for peer in arguments.peers:
            row = {
                "set": name,
                "peer": PEERS[peer],
                "series": len(series.ids),
                **_compared(name, series, peer, arguments),
            }
            kept_rows = [each for each in report.rows(NAME) if (each["set"], each["peer"]) != (name, PEERS[peer])]
            print(json.dumps(row), flush=True)
            packages = _versions(arguments.peer_python)
            report.write(NAME, show=False, threads=arguments.threads, peer_versions=packages, rows=[*kept_rows, row])


def _compared(name: str, series: Series, peer: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """The peer's error and time, and the time of the first of our fits that is as good."""
    theirs = _peer(series, peer, arguments)
    reached = mase(series, theirs["point"])
    taken = float(theirs["seconds_fit"])
    row = {
        "setting": str(theirs["setting"]),
        "steps": int(theirs["steps"]),
        "ended_early": taken >= 60 * arguments.peer_minutes,
        "mase": round(reached, 4),
        "seconds": round(taken, 1),
    }
    tried: list[dict[str, float]] = []
    limit = FIRST
    while limit <= max(taken, FIRST):
        began = time.perf_counter()
        model = forecaster_of(series, SETTINGS[name], Training(minutes=limit / 60), defaults=False)
        model.fit(frame(series, stamped=False), show=False)
        seconds = time.perf_counter() - began
        point = forecast_of(model.predict(level=[80, 95]), keys(series), series.horizon).point
        tried.append({"limit": limit, "seconds": round(seconds, 1), "mase": round(mase(series, point), 4)})
        if tried[-1]["mase"] <= reached:
            return {**row, "ours": tried, "times_faster": round(taken / seconds, 1)}
        limit *= 2
    return {**row, "ours": tried, "times_faster": None}


def mase(series: Series, point: Floats) -> float:
    """The mean over the series that have a scale."""
    scale, _ = seasonal_scales(panel(series), np.array([len(y) - 1 for y in series.train]), series.season)
    return float(np.nanmean(np.abs(point - np.stack(series.test)).mean(1) / scale))


def _peer(series: Series, peer: str, arguments: argparse.Namespace) -> dict[str, Any]:
    script = Path(__file__).with_name("forecasting_peer_models.py")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.npz"), Path(folder, "out.npz")
        np.savez(
            source,
            y=np.concatenate(series.train),
            offsets=np.cumsum([0, *map(len, series.train)]),
            horizon=series.horizon,
            threads=arguments.threads,
            seconds=60 * arguments.peer_minutes,
        )
        command = [arguments.peer_python, str(script), peer, str(source), str(target)]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if run.returncode:
            raise SystemExit(f"{' '.join(command)}\n{run.stderr[-2000:]}")
        with np.load(target) as made:
            return dict(made)


def _versions(python: str) -> dict[str, str]:
    names = "neuralforecast", "darts", "torch"
    code = f"import importlib.metadata as m, json; print(json.dumps({{n: m.version(n) for n in {names}}}))"
    run = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return dict(json.loads(run.stdout))


if __name__ == "__main__":
    main()
