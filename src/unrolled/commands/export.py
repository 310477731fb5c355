"""The command `unrolled export`."""

import sys
from typing import Annotated

import typer

from unrolled.commands.arguments import ModelFolder
from unrolled.tasks import load_predictor

__all__ = ["EXAMPLES", "export"]

EXAMPLES = """\
unrolled export keyboard --onnx keyboard.onnx
unrolled export keyboard --onnx keyboard.onnx --overwrite"""


def export(
    model: ModelFolder,
    onnx: Annotated[
        str, typer.Option(metavar="FILE.onnx", help="The graph over sequences; FILE.step.onnx: of a step.")
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the files.")] = False,
) -> None:
    """Write a model for other programs: ONNX, with the state in and out."""
    from unrolled.export import export_onnx

    task = load_predictor(model)
    for file in export_onnx(task, onnx, overwrite):
        print(f"{file}: {file.stat().st_size:,} bytes", file=sys.stderr)
    if task.mixed:
        print("the files hold the network alone; the other commands mix its answers with an n-gram", file=sys.stderr)
