"""A model of pairs that a benchmark fits once, in a folder outside the work tree, and may go on with."""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import report
import torch

import unrolled

__all__ = ["arguments", "fitted", "measured", "report_of"]


def arguments(about: str | None) -> argparse.ArgumentParser:
    """The arguments that all of them take."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    return parser


def fitted(task: Any, data: Any, valid: Any, given: argparse.Namespace) -> tuple[Any, float]:
    """The fitted task, read from ``given.run`` where it is there already, and the minutes that its fit took."""
    torch.set_num_threads(given.threads)
    folder = given.run / "model"
    if not folder.exists():
        task = task.set_params(training=replace(task.training, minutes=given.minutes, epochs=given.epochs))
        began = time.perf_counter()
        task.fit(data, valid=valid, run=given.run / "run", resume=given.resume)
        (given.run / "minutes.json").write_text(json.dumps((time.perf_counter() - began) / 60))
        task.save(folder)
    return unrolled.load(folder), round(json.loads((given.run / "minutes.json").read_text()), 1)


def measured(task: Any, data: Any) -> dict[str, Any]:
    """What `evaluate` says of data, printed, and as the object of its ``--json`` with its remark."""
    evaluation = task.evaluate(data)
    print(evaluation)
    found: dict[str, Any] = evaluation.to_json()
    return found | {"remark": evaluation.remark}


def report_of(name: str, recipe: Any, task: Any, minutes: float, published: dict[str, Any], rows: Any) -> None:
    """Write the result of a run with dev and test parts."""
    report.write(
        name,
        recipe=repr(recipe),
        model=task.describe(),
        parameters=task.parameters,
        minutes=minutes,
        steps=task.fitted_.steps,
        published_test=published,
        rows=rows,
    )
