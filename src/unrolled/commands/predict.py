"""The command `unrolled predict`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unrolled.commands.arguments import ModelFolder, Threads
from unrolled.commands.forecasts import Forecasting, refuse, typed_settings
from unrolled.commands.forecasts import predict as forecast
from unrolled.commands.options import pick, with_options
from unrolled.errors import InputError
from unrolled.settings import Layout
from unrolled.storage.files import check_new_file
from unrolled.storage.strict_json import to_json
from unrolled.tasks import as_forecaster, load

if TYPE_CHECKING:
    from unrolled.sources.rows import Row
    from unrolled.tasks.predictor import Predictor

__all__ = ["EXAMPLES", "predict"]

EXAMPLES = """\
unrolled predict keyboard 'the sky is' -n 5
unrolled predict mood @reviews.csv -o answers.csv
cat lines.txt | unrolled predict mood -
unrolled predict demand --level 80 95 -o forecast.csv --plot forecast.png"""


@with_options(Layout, Forecasting)
def predict(
    model: ModelFolder,
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="INPUT",
            show_default="-; the series that MODEL learnt from",
            help="A text, @FILE, or - for one text a line; of a model that forecasts series, a table.",
        ),
    ] = None,
    n: Annotated[
        int | None, typer.Option("-n", metavar="N", show_default="3; 1 in a table", help="How many answers.")
    ] = None,
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write a table: .csv, .tsv, JSON lines (.jsonl); forecasts: .parquet.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each input, or row.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="Of @FILE, each line is an input.")] = False,
    threads: Threads = None,
    **values: Any,
) -> None:
    """Say what comes next, or what the input is; of a table, a folder or lines, for each row.

    @FILE may be a table (CSV, TSV, JSON, Parquet, Excel), FASTA, a file of series or a folder, by the model's kind of
    input: a row of answers for each, beside the row's own columns. An empty input has an empty answer. An input that
    cannot be answered is named, and costs no other its answer; the exit code is then 2.

    A model that forecasts series says how those that it learnt from go on, or those in a table, whose rows may be their
    history, new series, or what is known ahead of them.
    """
    if output is not None:
        check_new_file(output, overwrite)
    layout, forecasting = Layout(**pick(Layout, values)), Forecasting(**pick(Forecasting, values))
    task = load(model)
    from unrolled.tasks.predictor import Predictor

    if isinstance(task, Predictor):
        refuse(task, model, typed_settings(forecasting))
        _answers(task, "-" if text is None else text, n, output, as_json, lines, layout)
    else:
        refuse(task, model, {"n": n, "lines": lines, **typed_settings(layout)})
        forecast(as_forecaster(task, model), text, forecasting, output, overwrite, as_json)


def _answers(
    task: "Predictor", text: str, n: int | None, output: str | None, as_json: bool, lines: bool, layout: Layout
) -> None:
    """Answers to one input or to several, each by itself."""
    from unrolled.commands import batches
    from unrolled.inference.answers import checked_count
    from unrolled.sources.rows import Row

    rows = _several(task, text, lines, layout)
    if rows is None:
        item = task.read_input(Path(text[1:])) if text.startswith("@") else text
        if output is None:
            _answer(task, item, text, n, as_json)
            return
        rows = iter([Row(item, text)])
    plain = output is None and (lines or text == "-")
    table = not (as_json or plain) if output is None else batches.is_table(output, as_json)
    count = checked_count((1 if table else 3) if n is None else n)
    bad = list[str]()
    results = batches.said(batches.answered(task, rows, count, 1 if text == "-" else batches.TOGETHER), bad)
    if output is not None:
        batches.write_file(output, results, count, as_json)
        print(f"{output}: {Path(output).stat().st_size:,} bytes", file=sys.stderr)
    elif table:
        batches.write_table(results, sys.stdout, count)
    elif as_json:
        batches.write_json(results, sys.stdout)
    else:
        batches.write_plain(results, sys.stdout)
    if bad:
        raise typer.Exit(2)


def _several(task: "Predictor", text: str, lines: bool, layout: Layout) -> "Iterator[Row] | None":
    """The inputs that the argument means; None where it is a single one."""
    if text == "-":
        return _lines(text)
    if not text.startswith("@"):
        return None
    path = Path(text[1:])
    return _lines(str(path)) if lines else task.read_several(path, layout)


def _lines(name: str) -> "Iterator[Row]":
    """The lines of a file, or of standard input for "-"."""
    from unrolled.sources.rows import line_rows

    if name == "-":
        yield from line_rows(sys.stdin.buffer, "standard input")
        return
    try:
        with open(name, "rb") as file:
            yield from line_rows(file, name)
    except OSError as error:
        raise InputError(f"{name!r}: {error.strerror}; expected a text file behind @") from error


def _answer(task: "Predictor", item: Any, text: str, n: int | None, as_json: bool) -> None:
    """Print the answers to one input."""
    answers = task.predict_many([item], 3 if n is None else n)[0]
    if remark := task.remark(item):
        print(remark, file=sys.stderr, flush=True)
    if as_json:
        predictions = [answer._asdict() | {"score": round(answer.score, 8)} for answer in answers]
        name = item if isinstance(item, str) else text
        print(to_json({"input": name, "predictions": predictions}, "the answer"), flush=True)
    else:
        print("\n".join(f"{answer.score:7.2%}  {answer[0]}" for answer in answers), flush=True)
