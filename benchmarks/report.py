"""Where a figure comes from: machine, threads, versions; and writing it to `benchmarks/results/`."""

import json
import subprocess
import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import unrolled
from unrolled.bench.machine import about, versions
from unrolled.storage.strict_json import to_json

RESULTS = Path(__file__).parent / "results"
_written = partial(to_json, where="the report")


def environment() -> dict[str, Any]:
    """Processor, cores, memory, threads, versions and the commit that was measured."""
    import torch

    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=RESULTS.parent, capture_output=True, text=True, check=False
    )
    here = about()
    here["versions"] |= versions(("tokenizers", "gensim"))
    return {
        "date": date.today().isoformat(),
        "commit": commit.stdout.strip(),
        "torch_threads": torch.get_num_threads(),
        **here,
    }


def about_model(folder: str) -> str:
    """What a model folder holds, wherever it lies."""
    task = unrolled.load(folder)
    return f"{task.name}, {task.describe()}; {task.parameters:,} parameters, learnt from {task.fitted_.items:,} tokens"


def rows(name: str) -> list[dict[str, Any]]:
    """The rows that stand in `results/NAME.json` already, so that a benchmark may be run in pieces."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []


def write(name: str, show: bool = True, **figures: Any) -> None:
    """Write the figures with the environment to `results/NAME.json` and, with ``show``, print them."""
    command = " ".join(Path(word).name if "/" in word else word for word in sys.argv)
    report = {"command": command, "environment": environment(), **figures}
    entries = [f" {_written(key)}: {_text(value)}" for key, value in report.items()]
    text = "{\n" + ",\n".join(entries) + "\n}"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    if show:
        print(text)


def _text(value: Any) -> str:
    """JSON with one entry a line."""
    if isinstance(value, list) and value:
        return "[\n  " + ",\n  ".join(_written(one) for one in value) + "\n ]"
    if isinstance(value, dict):
        entries = (f"{_written(name)}: {_written(one)}" for name, one in value.items())
        return "{\n  " + ",\n  ".join(entries) + "\n }"
    return _written(value)
