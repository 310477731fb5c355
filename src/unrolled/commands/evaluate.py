"""The command `unrolled evaluate`."""

from typing import Annotated

import typer

from unrolled.commands.arguments import Encoding, Json, ModelFolder, Threads, paths
from unrolled.storage.strict_json import to_json
from unrolled.tasks import load_predictor

__all__ = ["EXAMPLES", "evaluate"]

EXAMPLES = """\
unrolled evaluate keyboard held_out.txt
unrolled evaluate mood test.csv --json"""


def evaluate(
    model: ModelFolder,
    data: Annotated[list[str], typer.Argument(metavar="DATA...", help="As of the `unrolled fit` that made MODEL.")],
    encoding: Encoding = "utf-8",
    as_json: Json = False,
    threads: Threads = None,
) -> None:
    """Measure a model on data it has not seen, beside the baseline."""
    task = load_predictor(model)
    result = task.evaluate(paths(data), encoding=encoding)
    if as_json:
        print(to_json(result.to_json(), "the result"))
        return
    print(result.table())
