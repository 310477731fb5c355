"""The command `unrolled describe`."""

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from unrolled.commands.arguments import Json, ModelFolder
from unrolled.storage.strict_json import to_json
from unrolled.tasks import as_predictor, load

__all__ = ["EXAMPLES", "describe"]

EXAMPLES = """\
unrolled describe keyboard
unrolled describe mood --lengths 5 50 500 --json"""


def describe(
    model: ModelFolder,
    lengths: Annotated[
        str | None,
        typer.Option(metavar="N...", help="Count the dense and the recurrent network for such sequences, too."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a model's layers, the shapes of its weights, its parameters and its size on disk."""
    from unrolled.comparison.lengths import lengths_of, lengths_table, sizes

    task = load(model)
    grown = [] if lengths is None else sizes(as_predictor(task, model), lengths_of(lengths))
    shapes = task.shapes()
    size = {file.name: file.stat().st_size for file in sorted(Path(model).iterdir())}
    if as_json:
        about = {
            "task": task.name,
            "weights": shapes,
            "parameters": task.parameters,
            "bytes": sum(size.values()),
            "files": size,
        }
        if grown:
            about["lengths"] = [size_of_length._asdict() for size_of_length in grown]
        about["settings"] = json.loads((Path(model) / "config.json").read_text())["settings"]
        print(to_json(about, "the description"))
        return
    print(f"{model}: {task.name}, {task.describe()}")
    print(f"\n{'weights':28}{'shape':>16}{'parameters':>14}")
    for name, shape in shapes.items():
        print(f"{name:28}{' × '.join(map(str, shape)):>16}{math.prod(shape):>14,}")
    print(f"{'all':28}{'':16}{task.parameters:>14,}\n\n{'file':44}{'bytes':>14}")
    for name, length in size.items():
        print(f"{name:44}{length:>14,}")
    print(f"{'all':44}{sum(size.values()):>14,}")
    if grown:
        print(f"\n{lengths_table(as_predictor(task, model), grown)}")
