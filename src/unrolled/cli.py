"""The command line. Options are generated from the settings of the tasks; what a task does is the task's."""

import io
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from unrolled import __version__
from unrolled.bench.command import bench
from unrolled.errors import UnrolledError
from unrolled.files import check_new_file, decoded
from unrolled.options import several, with_options
from unrolled.serve.command import serve
from unrolled.settings import Decoding
from unrolled.tasks import TASKS, load, task_class
from unrolled.tasks.command import Encoding, fit_command
from unrolled.tasks.compare_command import compare
from unrolled.tasks.inspect_command import inspect
from unrolled.tasks.vectors_command import vectors

__all__ = ["app", "main"]

ModelFolder = Annotated[str, typer.Argument(metavar="MODEL", help="A folder that `unrolled fit` wrote.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


class _Commands(TyperGroup):
    """The commands in the order of their use."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(self.commands, key=lambda name: name != "fit")


class _FitGroup(TyperGroup):
    """`unrolled fit TASK`: a task's options are built when they are asked for, so that start-up stays quick."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(TASKS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in TASKS:
            return None
        one = typer.Typer(add_completion=False)
        one.command(cmd_name)(fit_command(task_class(cmd_name)))
        return typer.main.get_command(one)


app = typer.Typer(
    cls=_Commands,
    help="Teach a machine sequential data with recurrent networks.",
    no_args_is_help=True,
    add_completion=False,
)
app.add_typer(
    typer.Typer(cls=_FitGroup, no_args_is_help=True), name="fit", help="Learn from data; write a model folder."
)


def main() -> None:
    """Run the command line; exit 0, 1 where a run failed, 2 for bad input, 130 where Ctrl-C stopped it."""
    if isinstance(
        sys.stdout, io.TextIOWrapper
    ):  # what it cannot encode, such as half a character, is no reason to stop
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except UnrolledError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:  # such as a full disk behind standard output
        print(f"error: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
        sys.exit(1)


def _version(asked: bool) -> None:
    if asked:
        print(f"unrolled {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _items(task: Any, text: str) -> Iterator[Any]:
    """A text; what the file behind "@" holds; or the lines of standard input for "-"."""
    if text == "-":
        for number, line in enumerate(sys.stdin.buffer, 1):
            yield decoded(line, f"standard input:{number}").rstrip("\r\n")
    elif text.startswith("@"):
        yield task.read_input(Path(text[1:]))
    else:
        yield text


@app.command()
def predict(
    model: ModelFolder,
    text: Annotated[str, typer.Argument(metavar="INPUT", help="A text, @FILE, or - for one text a line.")] = "-",
    n: Annotated[int, typer.Option("-n", help="How many answers.")] = 3,
    as_json: Json = False,
) -> None:
    """Say what comes next, or what the input is. With --json and -, one object a line."""
    task = load(model)
    for item in _items(task, text):
        found = task.predict(item, n)
        if remark := task.remark(item):
            print(remark, file=sys.stderr, flush=True)
        if as_json:
            answers = [one._asdict() | {"score": round(one.score, 8)} for one in found]
            shown = item if isinstance(item, str) else text
            print(json.dumps({"input": shown, "predictions": answers}, ensure_ascii=False), flush=True)
        else:
            heading = [f"{item} ..."] if text == "-" else []
            print("\n".join([*heading, *(f"{one.score:7.2%}  {one[0]}" for one in found)]), flush=True)


@app.command()
def evaluate(
    model: ModelFolder,
    data: Annotated[list[str], typer.Argument(metavar="DATA...", help="As of the `unrolled fit` that made MODEL.")],
    encoding: Encoding = "utf-8",
    as_json: Json = False,
) -> None:
    """Measure a model on data it has not seen, beside the baseline."""
    task = load(model)
    result = task.evaluate(data, encoding=encoding)
    if as_json:
        metrics, baseline = map(_finite, (result.metrics, result.baseline))
        print(json.dumps({"metrics": metrics, "baseline": {"name": result.baseline_name, **baseline}}))
        return
    print(result.table())


def _finite(measures: dict[str, float]) -> dict[str, float | None]:
    """JSON has no infinity, which perplexity is where a token's probability is 0: null stands for it."""
    return {name: value if math.isfinite(value) else None for name, value in measures.items()}


@app.command()
@with_options(Decoding)
def generate(
    model: ModelFolder,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="How it begins.")] = "",
    words: Annotated[int, typer.Option(help="How many tokens (of chords: steps) to add.")] = 50,
    seconds: Annotated[
        float | None, typer.Option(help="Of music: how many seconds to add; 20 where not given.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE.mid", help="Of music: the MIDI file to write."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.mid.")] = False,
    **values: Any,
) -> None:
    """Write on from a text, or from the notes or chords of music; with --seconds alone, the notes as JSON."""
    if output is not None:
        check_new_file(output, overwrite)
    task, decoding = load(model), Decoding(**values)
    if seconds is None and output is None:
        print(task.generate(text, words, decoding))
        return
    tune = task.play(text, 20.0 if seconds is None else seconds, decoding)
    if output is None:
        print(json.dumps({"tempo": tune.tempo, "notes": tune.as_json()}))
        return
    tune.write(output)
    print(f"{output}: {len(tune.notes):,} notes", file=sys.stderr)


@app.command(cls=several("--lengths"))
def describe(
    model: ModelFolder,
    lengths: Annotated[
        str | None,
        typer.Option(metavar="N...", help="Count the dense and the recurrent network for such sequences, too."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a model's layers, the shapes of its weights, its parameters and its size on disk."""
    from unrolled.tasks.lengths import lengths_of, lengths_table, sizes

    task = load(model)
    grown = [] if lengths is None else sizes(task, lengths_of(lengths))
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
            about["lengths"] = [one._asdict() for one in grown]
        print(json.dumps(about | {"settings": json.loads((Path(model) / "config.json").read_text())["settings"]}))
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
        print(f"\n{lengths_table(task, grown)}")


@app.command()
def export(
    model: ModelFolder,
    onnx: Annotated[
        str, typer.Option(metavar="FILE.onnx", help="The graph over sequences; FILE.step.onnx: of a step.")
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the files.")] = False,
) -> None:
    """Write a model for other programs: ONNX, with the state in and out."""
    from unrolled.export import export_onnx

    for file in export_onnx(load(model), onnx, overwrite):
        print(f"{file}: {file.stat().st_size:,} bytes", file=sys.stderr)


app.command()(vectors)
app.command()(inspect)
app.command()(serve)
app.command()(bench)
app.command(cls=several("--vectorizers", "--models", "--cells"))(compare)
