"""The command `unrolled predict`."""

import json
import sys
from typing import Annotated

import typer

from unrolled.commands.arguments import Json, ModelFolder, Threads, raw_inputs
from unrolled.tasks import load

__all__ = ["EXAMPLES", "predict"]

EXAMPLES = """\
unrolled predict keyboard 'the sky is' -n 5
unrolled predict digits @clip.wav --json
cat lines.txt | unrolled predict mood -"""


def predict(
    model: ModelFolder,
    text: Annotated[str, typer.Argument(metavar="INPUT", help="A text, @FILE, or - for one text a line.")] = "-",
    n: Annotated[int, typer.Option("-n", help="How many answers.")] = 3,
    as_json: Json = False,
    threads: Threads = None,
) -> None:
    """Say what comes next, or what the input is. With --json and -, one object a line."""
    task = load(model)
    for item in raw_inputs(task, text):
        answers = task.predict(item, n)
        if remark := task.remark(item):
            print(remark, file=sys.stderr, flush=True)
        if as_json:
            predictions = [answer._asdict() | {"score": round(answer.score, 8)} for answer in answers]
            name = item if isinstance(item, str) else text
            print(json.dumps({"input": name, "predictions": predictions}, ensure_ascii=False), flush=True)
        else:
            heading = [f"{item} ..."] if text == "-" else []
            print("\n".join([*heading, *(f"{answer.score:7.2%}  {answer[0]}" for answer in answers)]), flush=True)
