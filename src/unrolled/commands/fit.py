"""The command `unrolled fit`: its options are generated from a task's settings."""

import shlex
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unrolled.commands.arguments import Encoding, paths
from unrolled.commands.options import pick, with_options
from unrolled.errors import InputError, MissingExtra
from unrolled.settings import Training, about
from unrolled.sources.folder import counted
from unrolled.storage.files import CACHE, RESUME_FILE, check_writable_target
from unrolled.tasks import load

__all__ = ["examples", "fit_command"]

if TYPE_CHECKING:
    from unrolled.tasks.base import Learnt, Task


def fit_command(kind: "type[Task[Learnt]]") -> Callable[..., None]:
    """The function behind `unrolled fit TASK`, with an option for each setting of the task."""

    @with_options(kind, Training)
    def fit(
        ctx: typer.Context,
        data: Annotated[list[str], typer.Argument(metavar="DATA...", help=kind.reads)],
        *,
        output: Annotated[str, typer.Option("-o", "--output", metavar="MODEL", help="The folder to write.")],
        valid: Annotated[
            list[str] | None,
            typer.Option(
                metavar="DATA", help="Data for early stopping, else a part is held out.", hidden=not kind.takes_valid
            ),
        ] = None,
        encoding: Encoding = "utf-8",
        overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace MODEL, or an unfinished run.")] = False,
        resume: Annotated[
            bool, typer.Option("--resume", help="Go on with the run in MODEL.run, also with more minutes or epochs.")
        ] = False,
        start: Annotated[
            str | None,
            typer.Option("--from", metavar="MODEL", help="Tune this model: go on from its weights, with its settings."),
        ] = None,
        **values: Any,
    ) -> None:
        reading: dict[str, Any] = {"valid": None if valid is None else paths(valid), "encoding": encoding}
        training, chosen = Training(**pick(Training, values)), pick(kind, values)
        if start is None:
            task = kind(**chosen, training=training)
            learn = partial(task.fit, paths(data), **reading)
        else:
            task = _start(start, kind, {name: value for name, value in chosen.items() if _was_typed(ctx, name)})
            learn = partial(task.tune, paths(data), **reading, training=training)
        own = kind.extends and len(data) == 1 and Path(output).resolve() == Path(data[0]).resolve()
        run = Path(output.rstrip("/") + (f".{kind.name}.run" if kind.extends else ".run"))
        _fit(learn, output, run, overwrite, resume, data, own)

    fit.__doc__ = about(kind).replace("``", "")
    return fit


def examples(kind: "type[Task[Learnt]]") -> str:
    """Lines for the help of `unrolled fit TASK`."""
    lines = [*kind.examples, f"{kind.examples[0]} --minutes 10 --resume"]
    return "\n".join(f"unrolled fit {kind.name} {line}" for line in lines)


def _was_typed(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _start(folder: str, kind: "type[Task[Learnt]]", typed: dict[str, Any]) -> "Task[Learnt]":
    """The model to tune; InputError where it is of another task, or has other settings than those typed."""
    task = load(folder)
    if not isinstance(task, kind):
        raise InputError(f"--from {folder}: holds a {task.name} model; tune it by unrolled fit {task.name}")
    for name, value in typed.items():
        if name in kind.adjustable:
            setattr(task, name, value)
        elif value != (own := getattr(task, name)):
            option = f"--{name}".replace("_", "-")
            raise InputError(f"{option} is {value}, but {folder} was made with {own}; leave it out to tune that model")
    return task


def _fit(
    learn: "Callable[..., Task[Learnt]]",
    output: str,
    run: Path,
    overwrite: bool,
    resume: bool,
    data: Sequence[str],
    own: bool,
) -> None:
    """``own``: the model that is written is the one that is learnt from, with more in it."""
    check_writable_target(output, overwrite or resume or own)
    new = not run.exists()
    try:
        task = learn(run=run, resume=resume, overwrite=overwrite)
        task.save(output, overwrite or resume or own)
    except (InputError, MissingExtra, KeyboardInterrupt) as error:
        begun = (run / RESUME_FILE).exists()
        if new and not begun:  # nothing was learnt: leave nothing behind
            _discard(run)
        if isinstance(error, KeyboardInterrupt):  # the second, or one before or after the training
            print(f"stopped at once, {output} is not written{_resumable(run) if begun else ''}", file=sys.stderr)
        raise
    fitted = task.fitted_
    if not (fitted.interrupted or fitted.out_of_time):
        rmtree(run / CACHE, ignore_errors=True)
        _discard(run)  # the log has gone into the model folder
    learnt = f"learnt from {counted(data, 'source') if len(data) > 1 else data[0]}"
    print(f"{output}: {task.summary()}\n{learnt}\n{_next(task, output, run)}", file=sys.stderr)
    if fitted.interrupted:
        raise typer.Exit(130)


def _next(task: "Task[Learnt]", output: str, run: Path) -> str:
    """What to do after a fit, by how it went."""
    fitted = task.fitted_
    if fitted.interrupted:
        return f"stopped early, the best so far is saved{_resumable(run)}"
    loss = fitted.loss if fitted.mixed_loss is None else fitted.mixed_loss
    worse = fitted.baseline_loss is not None and loss > fitted.baseline_loss + 0.01  # as much as no one notices
    if fitted.out_of_time:
        minutes, epochs = task.training.budget
        more = f"--epochs {2 * epochs}" if minutes is None and epochs else f"--minutes {2 * (minutes or 5):g}"
        state = f"worse than {task.baseline_name} so far" if worse else "it was still learning"
        return f"{state}: the same command with {more} --resume goes on ({run})"
    if worse:
        return f"worse than {task.baseline_name}: {task.advice}"
    return f"try it: unrolled {task.tried_by} {shlex.quote(output)} {task.example}".rstrip()


def _resumable(run: Path) -> str:
    return f"; the same command with --resume goes on ({run})"


def _discard(run: Path) -> None:
    """Remove the folder of a run, but for files that are not the run's."""
    for name in (RESUME_FILE, "train.bin", "valid.bin", "log.jsonl"):
        (run / name).unlink(missing_ok=True)
    if run.is_dir() and not any(run.iterdir()):
        run.rmdir()
