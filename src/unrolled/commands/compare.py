"""The command `unrolled compare`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from unrolled import settings
from unrolled.commands.arguments import Encoding
from unrolled.commands.options import pick, with_options
from unrolled.comparison.combinations import Comparison
from unrolled.storage.files import check_new_file, replace_file
from unrolled.storage.strict_json import to_json

if TYPE_CHECKING:
    from unrolled.comparison.experiment import Experiment

__all__ = ["EXAMPLES", "compare"]

EXAMPLES = """\
unrolled compare reviews.csv -o report.html
unrolled compare reviews.csv --models bag recurrent --cells gru lstm"""


@with_options(Comparison)
def compare(
    data: Annotated[list[str], typer.Argument(metavar="DATA...", help="As of `unrolled fit classify`.")],
    *,
    output: Annotated[str | None, typer.Option("-o", "--output", metavar="FILE.html", help="Write a report.")] = None,
    test: Annotated[
        list[str] | None,
        typer.Option(metavar="DATA", help="Data to measure on, else a tenth of each label is drawn by the seed."),
    ] = None,
    encoding: Encoding = "utf-8",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the report.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False,
    **values: object,
) -> None:
    """Fit vectorizers × models × cells on one split with one budget each: a table, and a report of one file.

    After every fit the report holds what is done so far; Ctrl-C ends with it.
    """
    comparison = Comparison(**pick(Comparison, values))
    settings.check(comparison)
    comparison.task().check()
    from unrolled.comparison.experiment import Experiment
    from unrolled.comparison.report import record, table
    from unrolled.sources.labelled import read_examples

    target = None if output is None else check_new_file(output, overwrite)
    columns, delimiter = [name.strip() for name in comparison.columns.split(",")], comparison.delimiter
    examples = read_examples(data, columns, encoding, comparison.group, delimiter)
    other = read_examples(test, columns, encoding, None, delimiter) if test else None
    experiment = Experiment(comparison, examples, other)
    stopped = not _run(experiment, lambda: _write(experiment, target))
    print(to_json(record(experiment), "the comparison") if as_json else table(experiment), flush=True)
    if target is not None:
        print(f"{target}: {target.stat().st_size:,} bytes", file=sys.stderr)
    if stopped:
        raise typer.Exit(130)
    if not experiment.rows:
        raise typer.Exit(1)


def _write(experiment: "Experiment", target: Path | None) -> None:
    if target is not None:
        from unrolled.comparison.report import page

        content = page(experiment).encode()
        replace_file(target, lambda file: file.write(content))


def _run(experiment: "Experiment", write: Callable[[], None]) -> bool:
    """Run the whole plan, writing what is done after every fit; False where Ctrl-C ended it."""
    try:
        with _progress(experiment) as begin:
            for combination in experiment.plan:
                begin(combination.name)
                experiment.run(combination)
                write()
    except KeyboardInterrupt:
        experiment.stop()
        write()
        return False
    return True


@contextmanager
def _progress(experiment: "Experiment") -> Iterator[Callable[[str], None]]:
    """A bar on a terminal's standard error: what is being fitted, and how long all that follows will take."""
    if not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.text import Text

    began = perf_counter()
    last = began  # when the last fit was done

    class Left(ProgressColumn):
        def render(self, task: Task) -> Text:
            left = _seconds_left(experiment, len(experiment.rows), last - began, perf_counter() - last)
            return Text("" if left is None else f"{left // 60:.0f}:{left % 60:02.0f} left")

    console = Console(stderr=True)
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Left(), console=console) as bar:
        task = bar.add_task("", total=len(experiment.plan))

        def begin(name: str) -> None:
            nonlocal last
            last = perf_counter()
            bar.update(task, description=name, completed=len(experiment.plan) - len(experiment.remaining))

        yield begin
        bar.update(task, description="done", completed=len(experiment.plan))


def _seconds_left(experiment: "Experiment", done: int, spent: float, since: float) -> float | None:
    """From the mean of the fits that are done, or else from the budget; None while nothing is known.

    ``spent`` seconds went into them, ``since`` into the one that is going on.
    """
    minutes = experiment.settings.training.minutes
    seconds = spent / done if done else None if minutes is None else 60 * minutes
    fits = [combination for combination in experiment.remaining if not combination.refusal]
    return None if seconds is None else max(0.0, seconds * len(fits) - since)
