"""Learning curves: what a `Classifier` at its defaults learns from the first 100, 300, 1,000 and 3,000 examples.

    python benchmarks/learning_curves.py DATA --set trec --sizes 100 300 --seeds 0 1 2

DATA holds the folders that classification_sets.py reads. Some sets stand in the order of their labels: the first
examples are those of one order of the training part, drawn by a fixed seed and the same for every size and seed. Of
them `fit` holds out for early stopping what it does for anybody; the test part is whole, and no choice depends on it.
The accuracy is that of the answers, which mix the network with the baseline; beside it stands that of each alone, and
the network's mean negative log-likelihood with the temperature and without it (T = 1). Milliseconds are those of one
answer, medians. One thread. Rows that stand in results/learning_curves.json already are not run again, so that it may
be run in pieces.
"""

import argparse
import dataclasses
import json
import statistics
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import report
import torch
from classification_sets import SETS, Parts

from unrolled import Classifier, Training
from unrolled.comparison.measured import microseconds_of
from unrolled.data.examples import Examples
from unrolled.data.labelled import Labelled
from unrolled.metrics import classification_scores

NAME = "learning_curves"
CHOSEN = ("sst2", "mr", "subj", "trec", "splice")
SIZES = (100, 300, 1_000, 3_000)
ORDER = 0  # the seed of the order of the training part


def main() -> None:
    """Measure each set with each size and seed that has no row yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", choices=CHOSEN, nargs="+", default=list(CHOSEN), dest="sets")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="more than there are: all there are")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    parts = {name: SETS[name](arguments.data) for name in arguments.sets}
    for seed, size, name in product(arguments.seeds, arguments.sizes, arguments.sets):
        key = {"set": name, "examples": min(size, len(parts[name].train)), "seed": seed}
        if not any(key.items() <= row.items() for row in report.rows(NAME)):
            row = {**key, **_measured(parts[name], key["examples"], seed)}
            rows = sorted(
                [*report.rows(NAME), row], key=lambda row: (CHOSEN.index(row["set"]), row["examples"], row["seed"])
            )
            report.write(NAME, show=False, summary=_summary(rows), rows=rows)
            print(json.dumps(row), flush=True)


def _summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over the seeds of each point, and by how much the accuracy is above the baseline's."""
    lines = []
    for name, examples in dict.fromkeys((row["set"], row["examples"]) for row in rows):
        of_point = [row for row in rows if (row["set"], row["examples"]) == (name, examples)]
        line: dict[str, Any] = {"set": name, "examples": examples, "seeds": len(of_point)}
        for key in ("accuracy", "network_accuracy", "baseline_accuracy", "answers_nll", "nll", "nll_at_1"):
            line[key] = round(statistics.mean(row[key] for row in of_point), 4)
        lines.append(line | {"above_the_baseline": round(line["accuracy"] - line["baseline_accuracy"], 4)})
    return lines


def _measured(parts: Parts, examples: int, seed: int) -> dict[str, Any]:
    """Fit on the first examples with one seed and read the test part."""
    order = np.random.default_rng(ORDER).permutation(len(parts.train))
    model = Classifier(training=Training(seed=seed)).fit(parts.train.take(order[:examples]), show=False)
    return measured(model, parts.test)


def measured(model: Classifier, test: Examples) -> dict[str, Any]:
    """What a fitted classifier and its baseline make of the test part, and what it took."""
    learnt, recipe = model.learnt_, model.recipe()
    assert learnt.labels is not None
    known = [row for row, target in enumerate(test.targets) if target in learnt.labels.labels]
    part = recipe.part(learnt, test.take(known), "utf-8", Path())
    alone = dataclasses.replace(learnt.labels, network=1.0)
    answers, network, at_1 = (
        classification_scores(
            recipe.probabilities(dataclasses.replace(learnt, labels=labels), model.frozen(), part.encoded),
            part.targets,
        )
        for labels in (learnt.labels, alone, dataclasses.replace(alone, temperature=1.0))
    )
    ((simple, _),) = model.baseline_.predictions(part)
    baseline = classification_scores(simple, part.targets)
    seen = len(known) / len(test)  # what has a label that was never seen is wrong

    def simple_answer(raw: Any) -> Any:
        return next(iter(model.baseline_.predictions(Labelled([model.input_.example(raw)], np.zeros(1, np.int64)))))

    return {
        "accuracy": round(answers["accuracy"] * seen, 4),
        "answers_nll": round(answers["loss"], 4),
        "network_share": round(learnt.labels.network, 3),
        "network_accuracy": round(network["accuracy"] * seen, 4),
        "nll": round(network["loss"], 4),
        "nll_at_1": round(at_1["loss"], 4),
        "temperature": round(model.temperature_, 3),
        "valid": round(model.accuracy_, 4),
        "baseline": model.baseline_.name,
        "baseline_accuracy": round(baseline["accuracy"] * seen, 4),
        "baseline_nll": round(baseline["loss"], 4),
        "steps": model.fitted_.steps,
        "seconds": round(model.fitted_.seconds, 1),
        "ms": round(microseconds_of(lambda raw: model.predict(raw, 1), test.inputs) / 1_000, 3),
        "baseline_ms": round(microseconds_of(simple_answer, test.inputs) / 1_000, 3),
        "parameters": model.parameters,
        "unseen_labels": len(test) - len(known),
    }


if __name__ == "__main__":
    main()
