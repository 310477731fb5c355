"""The command `unrolled evaluate`."""

import json
import math
from typing import Annotated

import typer

from unrolled.commands.arguments import Encoding, Json, ModelFolder
from unrolled.tasks import load

__all__ = ["evaluate"]


def evaluate(
    model: ModelFolder,
    data: Annotated[list[str], typer.Argument(metavar="DATA...", help="As of the `unrolled fit` that made MODEL.")],
    encoding: Encoding = "utf-8",
    as_json: Json = False,
) -> None:
    """Measure a model on data it has not seen, beside the baseline."""
    task = load(model)
    result = task.evaluate(data, encoding=encoding)
    if as_json:
        metrics, baseline = map(_finite, (result.metrics, result.baseline))
        print(json.dumps({"metrics": metrics, "baseline": {"name": result.baseline_name, **baseline}}))
        return
    print(result.table())


def _finite(measures: dict[str, float]) -> dict[str, float | None]:
    """JSON has no infinity, which perplexity is where a token's probability is 0: null stands for it."""
    return {name: value if math.isfinite(value) else None for name, value in measures.items()}
