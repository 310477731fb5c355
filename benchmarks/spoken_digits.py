"""Spoken digits (FSDD): the official test part, and speakers never heard, one after the other.

    python benchmarks/spoken_digits.py fsdd.npz --seeds 0 1 2

Official: recordings 0 to 4 of each speaker and digit are the test, as the set's authors have it; they share all
speakers with the rest. Leave one speaker out: five speakers to learn from, the sixth to test. A tenth of what is learnt
from is for early stopping. Beside each: the baseline of the same run. The features and
augmentations were chosen on pairs of the same six speakers, as there are no others: the figure for new ones is somewhat
hopeful. Rows that stand in results/spoken_digits.json already are not run again.
"""

import argparse
import dataclasses
import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import report
import torch
from classification import step_times

from unrolled import Classifier, Training
from unrolled.data.examples import Examples

NAME = "spoken_digits"
TEST = 5  # recordings before this one are the official test
RECIPE = Classifier(training=Training(epochs=20, batch=32, patience=20))


def main() -> None:
    """Measure each split with each seed that has no row yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--splits", nargs="+", help="official, or speakers' names; all where not given")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    data = np.load(arguments.data)
    clips = np.split(data["samples"].astype(np.float32) / 32768, np.cumsum(data["length"])[:-1])
    where = [f"recording {row}" for row in range(len(clips))]
    examples = Examples("sound", [(clip, int(data["rate"])) for clip in clips], list(map(str, data["digit"])), where)
    masks = {
        "official": data["index"] < TEST,
        **{str(name): data["speaker"] == name for name in np.unique(data["speaker"])},
    }
    for seed in arguments.seeds:
        for split in arguments.splits or masks:
            if not any(row["split"] == split and row["seed"] == seed for row in report.rows(NAME)):
                mask = masks[split]
                train, test = (examples.take(np.flatnonzero(chosen)) for chosen in (~mask, mask))
                rows = [*report.rows(NAME), {"split": split, "seed": seed, **_measured(train, test, seed)}]
                report.write(NAME, show=False, recipe=repr(RECIPE), summary=_summary(rows), rows=rows)
                print(json.dumps(rows[-1]), flush=True)


def _measured(train: Examples, test: Examples, seed: int) -> dict[str, Any]:
    recipe = dataclasses.replace(RECIPE, training=dataclasses.replace(RECIPE.training, seed=seed))
    model = recipe.fit(train, show=False)
    evaluation = model.evaluate(test, show=False)
    ours, theirs = step_times(model, train)
    return {
        "accuracy": evaluation.metrics["accuracy"],
        "baseline": evaluation.baseline["accuracy"],
        "baseline_name": evaluation.baseline_name,
        "clips": len(test),
        "parameters": model.parameters,
        "seconds": round(model.fitted_.seconds, 1),
        "ms_a_step": round(1e3 * ours, 2),
        "torch_ms_a_step": round(1e3 * theirs, 2),
    }


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Per seed the official part and the mean over speakers; mean and spread (largest less smallest) over seeds."""
    summary: dict[str, Any] = {}
    for name, of in (("official", ("official",)), ("new_speaker", {r["split"] for r in rows} - {"official"})):
        for key in ("accuracy", "baseline"):
            by_seed = [[r[key] for r in rows if r["split"] in of and r["seed"] == s] for s in {r["seed"] for r in rows}]
            means = [statistics.mean(values) for values in by_seed if values]
            if means:
                summary[f"{name}_{key}"] = round(statistics.mean(means), 4)
                summary[f"{name}_{key}_spread"] = round(max(means) - min(means), 4)
    ratios = [row["torch_ms_a_step"] / row["ms_a_step"] for row in rows]
    return summary | {"torch_time_to_ours": round(statistics.median(ratios), 2)}


if __name__ == "__main__":
    main()
