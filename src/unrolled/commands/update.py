"""The command `unrolled update`."""

import sys
from typing import Annotated

import typer

from unrolled.commands.arguments import ModelFolder, Threads, paths
from unrolled.storage.files import check_writable_target
from unrolled.tasks import load_forecaster

__all__ = ["EXAMPLES", "update"]

EXAMPLES = """\
unrolled update demand today.csv
unrolled update demand today.csv -o tomorrow"""


def update(
    model: ModelFolder,
    data: Annotated[list[str], typer.Argument(metavar="DATA...", help="Tables of rows that came after those known.")],
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="MODEL", help="Write another folder; MODEL stays as it is.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the other folder.")] = False,
    threads: Threads = None,
) -> None:
    """Let a model that forecasts series read new rows; nothing is learnt anew.

    MODEL is replaced, whole or not at all.
    """
    target = model if output is None else output
    check_writable_target(target, output is None or overwrite)
    task = load_forecaster(model).update(paths(data))
    task.save(target, output is None or overwrite)
    rows, series = task.updated_
    print(f"{target}: read {rows:,} rows of {series:,} series", file=sys.stderr)
