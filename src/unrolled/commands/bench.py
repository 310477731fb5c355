"""`unrolled bench`: the table of ratios on the user's own machine, at the user's own sizes."""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from unrolled.errors import InputError, UnrolledError
from unrolled.progress import track
from unrolled.storage.strict_json import to_json

if TYPE_CHECKING:
    from unrolled.bench.rows import Row
    from unrolled.bench.shapes import Shape

__all__ = ["EXAMPLES", "bench"]

EXAMPLES = """\
unrolled bench
unrolled bench --cell lstm --batch 8 --hidden 512 --json"""

CELLS = ("rnn", "gru", "lstm")
MORE = ("packed", "torch cell", "twin", "twin cell", "onnxruntime bound")
"""Contenders that only --json prints."""


def bench(
    cell: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help=f"Which cell ({', '.join(CELLS)}); may be repeated.")
    ] = None,
    batch: Annotated[int, typer.Option(help="Sequences in a batch.")] = 32,
    time: Annotated[int, typer.Option(help="Steps in a sequence.")] = 35,
    inputs: Annotated[int, typer.Option(help="Features of a step.")] = 200,
    hidden: Annotated[int, typer.Option(help="Hidden units.")] = 200,
    threads: Annotated[int | None, typer.Option(help="Threads; one step always has one.", show_default="all")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False,
) -> None:
    """Measure recurrent layers beside PyTorch and ONNX Runtime on this machine.

    A whole batch forward, training (forward and backward), training on ragged
    sequences (lengths uniform in 1 to --time; torch packs them), and one step.

    Times are medians of runs by turns, beside each how many times as long as
    unrolled it takes. Ctrl-C prints what is measured so far.
    """
    plan = _plan(cell, (batch, time, inputs, hidden), threads)
    rows: list[Row] = []
    stopped = False
    try:
        for row in track(((1, measurement()) for measurement in plan), len(plan), "measuring", unit=""):
            rows.append(row)  # what is measured is kept when Ctrl-C comes
    except KeyboardInterrupt:
        stopped = True
    (_print_json if as_json else _print)(rows)
    if stopped:
        raise typer.Exit(130)


def _plan(cells: list[str] | None, sizes: tuple[int, int, int, int], threads: int | None) -> list[Callable[[], "Row"]]:
    """A call for each row of the table; InputError for sizes or cells that cannot be measured."""
    from unrolled import kernels
    from unrolled.bench.machine import torch_threads
    from unrolled.bench.shapes import Shape, check

    cores, shape = os.cpu_count() or 1, Shape(*sizes)
    for cell in cells or ():
        if cell not in CELLS:
            raise InputError(f"--cell is {cell!r}; expected one of {', '.join(CELLS)}")
    if threads is not None and not 1 <= threads <= cores:
        raise InputError(f"--threads is {threads}; expected 1 to {cores}, the cores of this machine")
    chosen = list(dict.fromkeys(cells or CELLS))
    for cell in chosen:
        check(shape, cell)
    usual = torch_threads()  # called in any case: it says what is missing without PyTorch
    if not kernels.NATIVE:
        raise UnrolledError("the native extension is not installed: there are no kernels to measure")
    return [measurement for cell in chosen for measurement in _rows(cell, shape, threads or usual)]


def _rows(cell: str, shape: "Shape", threads: int) -> Iterator[Callable[[], "Row"]]:
    from unrolled.bench import contenders
    from unrolled.bench.rows import measure

    single = shape._replace(batch=1, time=1)
    yield lambda: measure(("forward", cell, shape, threads), contenders.sequence(cell, shape, False, threads))
    yield lambda: measure(("training", cell, shape, threads), contenders.sequence(cell, shape, True, threads))
    yield lambda: measure(("ragged training", cell, shape, threads), contenders.ragged(cell, shape, True))
    yield lambda: measure(("step", cell, single, 1), contenders.step(cell, 1, *shape[2:]))


def _print(rows: list["Row"]) -> None:
    from unrolled.bench import table

    out = table.console()
    out.print(table.heading())
    if rows:
        out.print(table.table(rows, but=MORE))


def _print_json(rows: list["Row"]) -> None:
    from unrolled.bench.machine import about

    print(to_json({"machine": about(), "rows": [row.as_json() for row in rows]}, "the result"))
