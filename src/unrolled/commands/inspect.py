"""The command `unrolled inspect`: a model, an input and one of four views, as a picture, as JSON or both.

What it shows is loaded when it is asked for, so that the command line starts quickly.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from unrolled.commands.options import with_options
from unrolled.errors import InputError
from unrolled.settings import option
from unrolled.storage.files import check_new_file
from unrolled.storage.strict_json import to_json

__all__ = ["EXAMPLES", "inspect"]

EXAMPLES = """\
unrolled inspect mood 'I had my laptop fixed' --words -o words.png
unrolled inspect keyboard 'the sky is' --memory -o memory.svg --dark
unrolled inspect keyboard --gradients --json"""


@dataclass(frozen=True)
class Views:
    """What to look at; one of them."""

    memory: bool = option(False, "state and gates at each step")
    gradients: bool = option(False, "how far back the gradient reaches, beside other cells")
    words: bool = option(False, "which steps drove the decision")
    unrolled: bool = option(False, "the network over its time steps")


@with_options(Views)
def inspect(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A folder that `unrolled fit` wrote.")],
    text: Annotated[str | None, typer.Argument(metavar="INPUT", help="A text, or @FILE.")] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="The picture to write: .png or .svg.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the picture.")] = False,
    dark: Annotated[bool, typer.Option("--dark", help="Light on dark.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as one JSON object.")] = False,
    **views: Any,
) -> None:
    """Look into a model: its memory, how far it learns back, what drove a decision, the network unrolled.

    --gradients and --unrolled need no INPUT; the gradient is then measured over 50 steps drawn at random.
    """
    chosen = [name for name, asked in views.items() if asked]
    if len(chosen) != 1:
        received = " and ".join(f"--{name}" for name in chosen) or "none"
        raise InputError(f"received {received}; expected one of {', '.join(f'--{name}' for name in views)}")
    if output is None and not as_json:
        raise InputError("there is nowhere to show it; expected -o FILE.png, -o FILE.svg or --json")
    from unrolled import inspection
    from unrolled.inspection.views import VIEWS, plain
    from unrolled.inspection.views import inspect as inspect_task
    from unrolled.tasks import load_predictor

    if output is not None:
        inspection.check_picture(output)
        check_new_file(output, overwrite)
    task = load_predictor(model)
    raw = task.read_input(Path(text[1:])) if text is not None and text.startswith("@") else text
    seen = inspect_task(task, model, raw, chosen[0])
    numbers, draw, remark = VIEWS[chosen[0]](seen)
    if output is not None:
        inspection.write_picture(output, draw, dark)
        print(f"{output}: {remark}", file=sys.stderr)
    if as_json:
        print(to_json(plain({"view": chosen[0], "steps": seen.words, **numbers}), "the view"))
