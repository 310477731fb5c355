"""Nats per frame on the JSB chorales (quarter notes, 88 keys): chosen on valid, the test part read once; three seeds.

    python benchmarks/chorales.py FOLDER [--speed] [--epochs N] [--seeds N] [--threads N]

FOLDER holds jsb-chorales-quarter.json.gz (Boulanger-Lewandowski et al. 2012). The figures are those of the mixture,
beside them what its network and its baseline reach alone.
With --speed: how long an epoch takes, and one of a plain torch.nn model of the same shape on the same batches, in turn.
"""

import argparse
import time
from pathlib import Path
from statistics import mean, median, stdev

import numpy as np
import report
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from unrolled import Composer, Training
from unrolled.data.music_windows import PieceWindows
from unrolled.nn import TorchNoise
from unrolled.sources.music import read_pieces
from unrolled.training import Streamed

FILE = "jsb-chorales-quarter.json.gz"
WHOLE = 200  # steps of a window: longer than every piece
# Chosen on the validation part.
MODEL = Composer(events="chords", width=200, dropout=0.3)
TRAINING = Training(epochs=14, batch=8, window=WHOLE, learning_rate=0.01, patience=14)
ROUNDS = 3


def train(file: Path, seed: int, epochs: int) -> dict[str, float]:
    """One seed: nats per frame of each part but the one learnt from."""
    training = Training(**{**vars(TRAINING), "epochs": epochs, "patience": epochs, "seed": seed})
    model = Composer(**{**MODEL.get_params(deep=False), "training": training}).fit(file)
    valid, test = (model.evaluate(f"{file}#{part}") for part in ("valid", "test"))
    return {
        "seed": seed,
        "valid": round(valid.metrics["nats_per_frame"], 4),
        "test": round(test.metrics["nats_per_frame"], 4),
        "test_accuracy": round(test.metrics["accuracy"], 4),
        "test, network alone": round(test.parts["network"]["nats_per_frame"], 4),
        f"test, {test.baseline_name}": round(test.baseline["nats_per_frame"], 4),
        "weight of the network": round(model.learnt_.mixture.network, 3),
        "seconds": round(model.fitted_.seconds, 1),
        "parameters": model.parameters,
    }


class Plain(nn.Module):
    """What one would write with torch.nn."""

    def __init__(self, keys: int, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.GRU(keys, width, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.dropout, self.output = nn.Dropout(dropout), nn.Linear(width, keys)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.output(self.dropout(self.layers(x)[0]))


def seconds_per_epoch(file: Path) -> dict[str, list[float]]:
    """An epoch of ours and of the plain one in turn, after one of each that does not count."""
    pieces = [piece.frames() for piece in read_pieces(file)]
    windows = PieceWindows(pieces, TRAINING.batch, WHOLE)
    recipe = MODEL.recipe()
    model = recipe.build(recipe.input)
    problem = Streamed(model, model.initial(np.random.default_rng(0)), windows, windows)
    plain = Plain(model.output.outcomes, MODEL.width, MODEL.layers, MODEL.dropout)
    noise = TorchNoise(torch.Generator().manual_seed(0))

    def ours(step: int) -> torch.Tensor:
        total, items, _ = problem.loss(step, None, noise)
        return total / items

    def theirs(step: int) -> torch.Tensor:
        inputs, targets, lengths = map(torch.from_numpy, windows.at(step)[:3])
        real = torch.arange(inputs.shape[1]) < lengths[:, None]
        return binary_cross_entropy_with_logits(plain(inputs)[real], targets[real], reduction="sum") / lengths.sum()

    both = {"ours": (ours, problem.module), "torch.nn": (theirs, plain)}
    optimizers = {name: torch.optim.AdamW(module.parameters(), fused=True) for name, (_, module) in both.items()}
    took: dict[str, list[float]] = {"ours": [], "torch.nn": []}
    for epoch in range(ROUNDS + 1):
        for name, (loss, module) in both.items():
            began = time.perf_counter()
            for index in range(len(windows)):
                optimizers[name].zero_grad()
                loss(epoch * len(windows) + index).backward()
                nn.utils.clip_grad_norm_(module.parameters(), TRAINING.clip)
                optimizers[name].step()
            if epoch:
                took[name].append(round(time.perf_counter() - began, 3))
    return took


def main() -> None:
    """Train every seed, or time an epoch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--speed", action="store_true", help="time an epoch, train nothing")
    parser.add_argument("--epochs", type=int, default=TRAINING.epochs)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    file = arguments.folder / FILE
    settings = {**MODEL.get_params(deep=False), "training": {**vars(TRAINING), "epochs": arguments.epochs}}
    if arguments.speed:
        took = seconds_per_epoch(file)
        report.write(
            "chorales_speed",
            settings=settings,
            seconds_per_epoch={name: {"median": median(times), "each": times} for name, times in took.items()},
        )
        return
    runs = [train(file, seed, arguments.epochs) for seed in range(arguments.seeds)]
    tests = [run["test"] for run in runs]
    report.write(
        "chorales",
        settings=settings,
        test_nats_per_frame={"mean": round(mean(tests), 4), "spread": round(stdev(tests), 4) if tests[1:] else 0.0},
        seeds=runs,
    )


if __name__ == "__main__":
    main()
