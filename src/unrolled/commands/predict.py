"""The command `unrolled predict`."""

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unrolled.commands.allowed import Allowed
from unrolled.commands.arguments import ModelFolder, Threads
from unrolled.commands.forecasts import Forecasting, refuse, typed_settings
from unrolled.commands.forecasts import predict as forecast
from unrolled.commands.lines import always
from unrolled.commands.lines import several as several_of
from unrolled.commands.options import pick, with_options
from unrolled.commands.pairs import Constraints
from unrolled.commands.pairs import predict as write
from unrolled.commands.places import Place
from unrolled.settings import Layout, Search
from unrolled.storage.files import check_new_file
from unrolled.tasks import as_forecaster, load

if TYPE_CHECKING:
    from unrolled.tasks.base import Learnt, Task
    from unrolled.tasks.predictor import Predictor

__all__ = ["EXAMPLES", "predict"]

EXAMPLES = """\
unrolled predict keyboard 'the sky is' -n 5
unrolled predict mood @reviews.csv -o answers.csv
unrolled predict search 'how to bu' -n 5 --must-match items.csv
unrolled predict en-de 'a man is riding a bicycle' --beam 12 --n-best 3
unrolled predict en-de @film.srt -o film.de.srt
unrolled predict describe photos/ -o captions.csv
unrolled predict demand --level 80 95 -o forecast.csv --plot forecast.png"""


@with_options(Layout, Forecasting, Search, Constraints, Allowed)
def predict(
    model: ModelFolder,
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="INPUT",
            show_default="-; the series that MODEL learnt from",
            help="A text, @FILE, or - for one text a line; of a model that reads pictures, one or a folder of them; of "
            "a model that forecasts series, a table.",
        ),
    ] = None,
    n_best: Annotated[
        int | None,
        typer.Option(
            "-n", "--n-best", metavar="N", show_default="3; 1 in a table and of texts", help="How many answers."
        ),
    ] = None,
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write a table: .csv, .tsv, JSON lines (.jsonl); forecasts: .parquet; texts and documents: their own.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each input, or row.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="Of @FILE, each line is an input.")] = False,
    threads: Threads = None,
    **values: Any,
) -> None:
    """Say what comes next, what the input is, or how it reads translated; of a table or lines, for each.

    @FILE may be a table (CSV, TSV, JSON, Parquet, Excel), FASTA, a file of series or a folder, by the model's kind of
    input: a row of answers for each, beside the row's own columns. An empty input has an empty answer. An input that
    cannot be answered is named, and costs no other its answer; the exit code is then 2.

    A model that writes texts takes a text of many sentences as well, .srt, .html and .po: paragraphs, times, tags and
    placeholders stay. Lines come out line by line. Of one that reads pictures, INPUT is a picture, a folder of them or
    a table that names one in each row.

    A model that forecasts series says how those that it learnt from go on, or those in a table, whose rows may be their
    history, new series, or what is known ahead of them.
    """
    if output is not None:
        check_new_file(output, overwrite)
    task = Allowed(**pick(Allowed, values)).limit(load(model))
    _ask(task, model, text, n_best, Place(output, as_json, lines, overwrite), values)


def _ask(
    task: "Task[Learnt]", model: str, text: str | None, n: int | None, place: Place, values: dict[str, Any]
) -> None:
    """What a task of this sort is asked; options of another sort are refused."""
    layout, forecasting = Layout(**pick(Layout, values)), Forecasting(**pick(Forecasting, values))
    search, constraints = Search(**pick(Search, values)), Constraints(**pick(Constraints, values))
    from unrolled.tasks.pairs import PairTask
    from unrolled.tasks.predictor import Predictor

    if isinstance(task, PairTask):
        refuse(task, model, typed_settings(dataclasses.replace(forecasting, seed=0)))
        search = dataclasses.replace(search, n_best=1 if n is None else n)
        write(task, "-" if text is None else text, search, constraints, layout, place)
        return
    writing = typed_settings(constraints) | typed_settings(dataclasses.replace(search, seed=0))
    if isinstance(task, Predictor):
        refuse(task, model, writing | typed_settings(forecasting))
        _answers(task, "-" if text is None else text, n, place, layout)
    else:
        refuse(task, model, {"n": n, "lines": place.lines, **typed_settings(layout), **writing})
        forecast(as_forecaster(task, model), text, forecasting, place.output, place.overwrite, place.as_json)


def _answers(task: "Predictor", text: str, n: int | None, place: Place, layout: Layout) -> None:
    """Answers to one input or to several, each by itself."""
    from unrolled.commands import batches
    from unrolled.inference.answers import checked_count
    from unrolled.sources.rows import Row

    output, as_json, lines, _ = place
    rows = several_of(task, text, lines, layout)
    if rows is None:
        item = task.read_input(Path(text[1:])) if text.startswith("@") else text
        if output is None:
            _answer(task, item, text, n, as_json)
            return
        rows = iter([Row(item, text)]), always
    several, arrived = rows
    plain = output is None and (lines or text == "-")
    table = not (as_json or plain) if output is None else not batches.is_json(output, as_json)
    count = checked_count((1 if table else 3) if n is None else n)
    bad = list[str]()
    results = batches.said(batches.answered(task, several, count, arrived=arrived), bad)
    if output is not None:
        batches.write_answers(output, results, count, as_json)
    elif table:
        batches.write_table(results, sys.stdout, count)
    elif as_json:
        batches.write_json(results, sys.stdout)
    else:
        batches.write_plain(results, sys.stdout)
    if bad:
        raise typer.Exit(2)


def _answer(task: "Predictor", item: Any, text: str, n: int | None, as_json: bool) -> None:
    """Print the answers to one input."""
    from unrolled.commands import batches

    answers = task.predict_many([item], 3 if n is None else n)[0]
    if remark := task.remark(item):
        print(remark, file=sys.stderr, flush=True)
    batches.print_answers(answers, item if isinstance(item, str) else text, as_json)
