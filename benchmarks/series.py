"""Series of numbers: a `Classifier` at its defaults on sets of the UCR and UEA archives, with their official parts.

    python benchmarks/series.py DATA --set ItalyPowerDemand --seeds 0 1 2

DATA holds a folder for each set with SET_TRAIN.ts and SET_TEST.ts, as the package aeon has them in
aeon/datasets/data (`pip download aeon --no-deps` and unpack the wheel). `fit` holds out a part of the training part as
it does for anybody; no choice depends on the test part. The accuracy is that of the answers, which mix the network with
the baseline; beside it stands that of each alone, and the network's mean negative log-likelihood with the temperature
and without it (T = 1). Seconds are those of the clock, cpu_seconds those of the processor for the whole fit. One
thread. Rows that stand in results/series.json already are not run again, so that it may be run in pieces.
"""

import argparse
import json
import statistics
from itertools import product
from pathlib import Path
from time import process_time
from typing import Any

import report
import torch
from learning_curves import measured

from unrolled import Classifier, Training
from unrolled.sources.labelled import read_examples

NAME = "series"
SETS = ("ItalyPowerDemand", "OSULeaf", "BasicMotions", "JapaneseVowels", "ArrowHead", "GunPoint", "ACSF1")


def main() -> None:
    """Measure each set with each seed that has no row yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", choices=SETS, nargs="+", default=list(SETS), dest="sets")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for seed, name in product(arguments.seeds, arguments.sets):
        key = {"set": name, "seed": seed}
        if not any(key.items() <= row.items() for row in report.rows(NAME)):
            train, test = (read_examples(arguments.data / name / f"{name}_{part}.ts") for part in ("TRAIN", "TEST"))
            began = process_time()
            model = Classifier(training=Training(seed=seed)).fit(train, show=False)
            spent = round(process_time() - began, 1)
            row = {**key, "examples": len(train), "cpu_seconds": spent, **measured(model, test)}
            rows = sorted([*report.rows(NAME), row], key=lambda row: (SETS.index(row["set"]), row["seed"]))
            report.write(NAME, show=False, summary=_summary(rows), rows=rows)
            print(json.dumps(row), flush=True)


def _summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over the seeds of each set."""
    keys = (
        "accuracy",
        "network_accuracy",
        "baseline_accuracy",
        "answers_nll",
        "nll",
        "nll_at_1",
        "seconds",
        "cpu_seconds",
    )
    lines = []
    for name in dict.fromkeys(row["set"] for row in rows):
        of_set = [row for row in rows if row["set"] == name]
        means = {key: round(statistics.mean(row[key] for row in of_set), 4) for key in keys}
        lines.append({"set": name, "seeds": len(of_set), **means})
    return lines


if __name__ == "__main__":
    main()
