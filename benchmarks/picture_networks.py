"""Milliseconds in which a pretrained network sees one picture: each engine, on one thread, by turns in one process.

    python benchmarks/picture_networks.py

Beside them how large the weights are in a model folder, and how far features move when these are kept as float16.
"""

from functools import partial

import numpy as np
import report
import torch

from unrolled.bench.timing import alternate
from unrolled.pictures import ENGINES, PRETRAINED, Pretrained, runner

ROUNDS = 9


def measured(name: str) -> dict[str, object]:
    """The figures of one network."""
    network = Pretrained.from_package(name)
    noise = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 3), np.uint8)
    picture = noise.repeat(-(-network.size // 8), 1).repeat(-(-network.size // 8), 2)[:, : network.size, : network.size]
    runs = {engine: runner(network.network, network.params, engine) for engine in ENGINES}
    features = {engine: run(picture) for engine, run in runs.items()}
    timing = alternate({engine: partial(run, picture) for engine, run in runs.items()}, ROUNDS)
    halved = network.save()
    kept = Pretrained.restore(name, halved, name)
    moved = runner(kept.network, kept.params)(picture) - features["torch"]
    return {
        "network": name,
        "pixels": network.size,
        "cells": network.cells,
        "features": network.network.outputs,
        "milliseconds": {engine: round(1000 * timing.seconds(engine), 1) for engine in ENGINES},
        "fastest_milliseconds": {engine: round(1000 * min(timing.rounds[engine]), 1) for engine in ENGINES},
        "largest_difference_to_torch": {e: float(np.abs(features[e] - features["torch"]).max()) for e in ENGINES},
        "float16_megabytes": round(sum(array.nbytes for array in halved.values()) / 1e6, 2),
        "float16_relative_difference": round(float(np.linalg.norm(moved) / np.linalg.norm(features["torch"])), 5),
    }


def main() -> None:
    """Measure every network."""
    torch.set_num_threads(1)
    report.write("picture_networks", rows=[measured(name) for name in PRETRAINED])


if __name__ == "__main__":
    main()
