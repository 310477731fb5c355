"""The command line, put together from one file for each command."""

import io
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from unrolled.commands.bench import bench
from unrolled.commands.compare import compare
from unrolled.commands.describe import describe
from unrolled.commands.evaluate import evaluate
from unrolled.commands.export import export
from unrolled.commands.fit import fit_command
from unrolled.commands.generate import generate
from unrolled.commands.inspect import inspect
from unrolled.commands.options import several
from unrolled.commands.predict import predict
from unrolled.commands.serve import serve
from unrolled.commands.vectors import vectors
from unrolled.errors import UnrolledError
from unrolled.tasks import TASKS, renamed_arguments, task_class
from unrolled.version import __version__

__all__ = ["app", "main"]


class _Commands(TyperGroup):
    """The commands in the order of their use."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(self.commands, key=lambda name: name != "fit")


class _FitGroup(TyperGroup):
    """`unrolled fit TASK`. The options of a task are built when they are needed, so that the start is quick."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(TASKS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A command of an earlier version still works; standard error says what to type instead."""
        name, rest, instead = renamed_arguments(args[0], args[1:])
        if instead:
            print(f"this is now: {instead}", file=sys.stderr)
        return super().resolve_command(ctx, [name, *rest])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in TASKS:
            return None
        app = typer.Typer(add_completion=False)
        app.command(cmd_name)(fit_command(task_class(cmd_name)))
        return typer.main.get_command(app)


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
    if isinstance(sys.stdout, io.TextIOWrapper):  # a character that it cannot encode is no reason to stop
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


app.command()(predict)
app.command()(evaluate)
app.command()(generate)
app.command(cls=several("--lengths"))(describe)
app.command()(export)
app.command()(vectors)
app.command()(inspect)
app.command()(serve)
app.command()(bench)
app.command(cls=several("--vectorizers", "--models", "--cells"))(compare)
