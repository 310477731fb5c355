"""Recurrent models of neuralforecast and darts at their defaults, in an environment of their own.

    PYTHON benchmarks/forecasting_peer_models.py MODEL IN.npz OUT.npz

forecasting_peers.py starts it. IN.npz holds ``y`` of all series one after another, ``offsets``, ``horizon``,
``threads`` and ``seconds``, the longest that a fit may take; OUT.npz gets ``point`` (N, H), ``seconds_fit``,
``seconds_predict``, ``steps`` and, as text, ``setting``.
"""

import logging
import os
import sys
import time
import warnings
from datetime import timedelta
from typing import Any

import numpy as np

Values = list[Any]
STEPS = [0]


def main() -> None:
    """Fit one model and write what it forecasts."""
    model, source, target = sys.argv[1:]
    with np.load(source) as given:
        arrays = dict(given)
    threads = int(arrays["threads"])
    os.environ["OMP_NUM_THREADS"] = str(threads)
    import torch

    torch.set_num_threads(threads)
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    values = np.split(arrays["y"].astype(np.float32), arrays["offsets"][1:-1])
    fit = {"neuralforecast": neuralforecast, "darts": darts}[model]
    np.savez(target, **fit(values, int(arrays["horizon"]), float(arrays["seconds"])), steps=STEPS[0])


def trainer(seconds: float) -> dict[str, Any]:
    """Options of Lightning's trainer; ``max_time`` ends a fit that takes too long."""
    from pytorch_lightning import Callback

    class Counter(Callback):  # type: ignore[misc]
        def on_train_batch_end(self, *_: Any) -> None:
            STEPS[0] += 1

    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    return {
        "accelerator": "cpu",
        "enable_checkpointing": False,
        "max_time": timedelta(seconds=seconds),
        **quiet,
        "callbacks": [Counter()],
    }


def neuralforecast(values: Values, horizon: int, seconds: float) -> dict[str, Any]:
    """neuralforecast's LSTM: 1,000 steps, an input of three horizons."""
    import pandas as pd
    from neuralforecast import NeuralForecast
    from neuralforecast.models import LSTM

    lengths = [len(y) for y in values]
    table = pd.DataFrame(
        {
            "unique_id": np.repeat([f"{row:05d}" for row in range(len(values))], lengths),
            "ds": np.concatenate([np.arange(length) for length in lengths]),
            "y": np.concatenate(values),
        }
    )
    short = min(lengths) < 4 * horizon  # windows of the input and the horizon, some of which begin before the series
    model = NeuralForecast([LSTM(h=horizon, start_padding_enabled=short, **trainer(seconds))], freq=1)
    began = time.perf_counter()
    model.fit(table)
    fitted_at = time.perf_counter()
    made = model.predict().reset_index().sort_values(["unique_id", "ds"])
    return {
        "point": made["LSTM"].to_numpy(float).reshape(len(values), horizon),
        "seconds_fit": fitted_at - began,
        "seconds_predict": time.perf_counter() - fitted_at,
        "setting": f"LSTM(h={horizon}, start_padding_enabled={short})",
    }


def darts(values: Values, horizon: int, seconds: float) -> dict[str, Any]:
    """darts' RNNModel: an LSTM, 100 epochs, each series brought to [0, 1], an input of three horizons where it fits."""
    from darts import TimeSeries
    from darts.dataprocessing.transformers import Scaler
    from darts.models import RNNModel

    read = min(3 * horizon, min(map(len, values)) - horizon - 1)
    scaler = Scaler()
    series = scaler.fit_transform([TimeSeries.from_values(y) for y in values])
    model = RNNModel(
        read, model="LSTM", training_length=read + horizon, random_state=0, pl_trainer_kwargs=trainer(seconds)
    )
    began = time.perf_counter()
    model.fit(series, verbose=False)
    fitted_at = time.perf_counter()
    made = scaler.inverse_transform(model.predict(horizon, series=series, verbose=False))
    return {
        "point": np.stack([each.values()[:, 0] for each in made]),
        "seconds_fit": fitted_at - began,
        "seconds_predict": time.perf_counter() - fitted_at,
        "setting": f"RNNModel({read}, model='LSTM', training_length={read + horizon})",
    }


if __name__ == "__main__":
    main()
