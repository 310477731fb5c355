"""The command line, put together from one file for each command."""

import io
import sys
from difflib import get_close_matches
from typing import Annotated, Any

import typer

from unrolled.commands import (
    bench,
    compare,
    describe,
    evaluate,
    export,
    fit,
    generate,
    inspect,
    plan,
    predict,
    serve,
    update,
    vectors,
)
from unrolled.commands.help import Command, Group, Reading, refusal, write_examples
from unrolled.commands.options import several, typed, typed_remarks
from unrolled.errors import UnrolledError
from unrolled.tasks import TASKS, renamed_arguments, task_class
from unrolled.version import __version__

__all__ = ["app", "main"]


class _Commands(Group):
    """The commands in the order of their use."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(self.commands, key=lambda name: name != "fit")


class _FitGroup(Group):
    """`unrolled fit TASK`. The options of a task are built when they are needed, so that the start is quick."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(TASKS)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """An example of each task."""
        write_examples([fit.examples(task_class(name)).splitlines()[0] for name in TASKS], formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A command of an earlier version still works; standard error says what to type instead."""
        name, rest, instead = renamed_arguments(args[0], args[1:])
        if instead:
            print(f"this is now: {instead}", file=sys.stderr)
        if name not in TASKS and not name.startswith("-"):
            near = get_close_matches(name, TASKS)
            ctx.fail(f"no such task {name!r}; {'did you mean' if near else 'there are'} {', '.join(near or TASKS)}")
        return super().resolve_command(ctx, [name, *rest])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in TASKS:
            return None
        task, app = task_class(cmd_name), typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(cmd_name, cls=Command, epilog=fit.examples(task))(fit.fit_command(task))
        return typer.main.get_command(app)


app = typer.Typer(
    cls=_Commands,
    help="Teach a machine sequential data with recurrent networks.",
    epilog="unrolled fit --help\nunrolled predict keyboard 'the sky is'\nunrolled serve keyboard",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,  # plain text: it is read at any width, and rich is not loaded
    pretty_exceptions_enable=False,
)
app.add_typer(
    typer.Typer(cls=_FitGroup, no_args_is_help=True, rich_markup_mode=None),
    name="fit",
    help="Learn from data; write a model folder.",
)


def main() -> None:
    """Run the command line; exit 0, 1 where a run failed, 2 for bad input, 130 where Ctrl-C stopped it."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a character that it cannot encode is no reason to stop
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with typed_remarks():
            sys.exit(app(prog_name="unrolled", standalone_mode=False))
    except typer.TyperException as error:
        print(refusal(error), file=sys.stderr)
        sys.exit(error.exit_code)
    except UnrolledError as error:
        print(f"error: {typed(error)}", file=sys.stderr)
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


for _name, _run, _examples, _class in (
    ("predict", predict.predict, predict.EXAMPLES, several("--level", "--quantiles", of=Reading)),
    ("evaluate", evaluate.evaluate, evaluate.EXAMPLES, several("--level")),
    ("update", update.update, update.EXAMPLES, Command),
    ("plan", plan.plan, plan.EXAMPLES, Command),
    ("generate", generate.generate, generate.EXAMPLES, Command),
    ("describe", describe.describe, describe.EXAMPLES, several("--lengths")),
    ("export", export.export, export.EXAMPLES, Command),
    ("vectors", vectors.vectors, vectors.EXAMPLES, Command),
    ("inspect", inspect.inspect, inspect.EXAMPLES, Reading),
    ("serve", serve.serve, serve.EXAMPLES, Command),
    ("bench", bench.bench, bench.EXAMPLES, Command),
    ("compare", compare.compare, compare.EXAMPLES, several("--vectorizers", "--models", "--cells")),
):
    app.command(_name, cls=_class, epilog=_examples)(_run)
