"""The command `unrolled export`."""

import sys
from typing import Annotated

import typer

from unrolled.commands.arguments import ModelFolder
from unrolled.tasks import as_predictor, load

__all__ = ["EXAMPLES", "export"]

EXAMPLES = """\
unrolled export keyboard --onnx keyboard.onnx
unrolled export en-de -o en-de.onnx --overwrite"""


def export(
    model: ModelFolder,
    onnx: Annotated[
        str,
        typer.Option("-o", "--onnx", metavar="FILE.onnx", help="What reads sequences; FILE.step.onnx: a single step."),
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the files.")] = False,
) -> None:
    """Write a model for other programs: ONNX, with the state in and out, and the texts that its tokens need."""
    from unrolled.export import export_onnx, export_pairs
    from unrolled.tasks.pairs import PairTask

    task = load(model)
    if isinstance(task, PairTask):
        files, mixed = export_pairs(task, task.texts(), onnx, overwrite), False
    else:
        predictor = as_predictor(task, model)
        files, mixed = export_onnx(predictor, onnx, overwrite), predictor.mixed
    for file in files:
        print(f"{file}: {file.stat().st_size:,} bytes", file=sys.stderr)
    if mixed:
        print("the files hold the network alone; the other commands mix its answers with an n-gram", file=sys.stderr)
