"""`unrolled serve`."""

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from unrolled.commands.allowed import Allowed
from unrolled.commands.arguments import Threads
from unrolled.commands.options import pick, with_options
from unrolled.completion.blocked import Blocking, BlockList
from unrolled.errors import InputError, MissingExtra
from unrolled.serve.hosts import allowed_hosts, is_loopback
from unrolled.serve.limits import Limits
from unrolled.serve.workers import shared_numbers, supervise
from unrolled.settings import check, option
from unrolled.tasks import as_predictor, load
from unrolled.tasks import together as joined_languages

if TYPE_CHECKING:
    from unrolled.serve.served import Servable
    from unrolled.tasks.base import Learnt, Task

__all__ = ["EXAMPLES", "serve"]

EXAMPLES = """\
unrolled serve keyboard
unrolled serve keyboard mood --port 9000 --workers 2
unrolled serve english german --together keyboard"""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
TOKEN_VARIABLE = "UNROLLED_TOKEN"


@dataclass(frozen=True)
class Keyboards:
    """What is asked of keyboards."""

    together: str | None = option(
        None, "serve the models as one keyboard of this name, which tells their languages", metavar="NAME"
    )
    block: str | None = option(
        None, "a text file of terms that no model suggests, beside those of its own; one a line", metavar="FILE"
    )


@with_options(Keyboards, Allowed, Limits)
def serve(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help="Model folders; a folder's name is its model's.")
    ],
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that answer.")] = 1,
    token_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help=f"File with the token that clients must send; or set {TOKEN_VARIABLE}."),
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Another name by which clients may call this server.")
    ] = None,
    threads: Threads = None,
    **values: Any,
) -> None:
    """Serve models: a page to try them, an API, its documentation at /docs. Ctrl-C stops it when all is answered."""
    keyboards, limits = Keyboards(**pick(Keyboards, values)), Limits(**pick(Limits, values))
    check(limits)
    token = _token(token_file)
    folders = {_name(folder): folder for folder in models}
    for folder in models:
        if folders[_name(folder)] != folder or models.count(folder) > 1:
            raise InputError(f"two folders are called {_name(folder)!r}; expected each to have a name of its own")
    loaded = _models(folders, keyboards, Allowed(**pick(Allowed, values)))
    with shared_numbers() if workers > 1 else nullcontext():  # before prometheus-client is loaded
        _serve(loaded, (host, port), workers, token, limits, allow_host or [])


def _models(folders: Mapping[str, str], asked: Keyboards, allowed: Allowed) -> "dict[str, Servable]":
    """The models of the folders, by name, ready to answer."""
    tasks = allowed.limit_some({name: load(folder) for name, folder in folders.items()})
    loaded: dict[str, Servable]
    if asked.together is None:
        loaded = {name: _ready(task, folders[name]) for name, task in tasks.items()}
    else:
        loaded = {_checked_name(asked.together, f"--together is {asked.together!a}"): joined_languages(tasks).ready()}
    if asked.block is not None:
        _block(loaded.values(), BlockList.read(asked.block))
    return loaded


def _ready(task: "Task[Learnt]", folder: str) -> "Servable":
    """A model ready to answer: it forecasts series, writes texts, or else reads single inputs."""
    about = task.metadata()
    if about.get("reads") == "table" or about.get("writes") == "text":
        return cast("Servable", task.ready())
    return as_predictor(task, folder).ready()


def _block(models: "Iterable[Servable]", blocked: BlockList) -> None:
    """Let models suggest nothing of a block list, beside their own."""
    suggesting = [model for model in models if isinstance(model, Blocking)]
    if not suggesting:
        raise InputError("--block: none of the models suggests what one types; expected a keyboard, or leave it out")
    for model in suggesting:
        model.blocked_ |= blocked


def _name(folder: str) -> str:
    return _checked_name(
        Path(os.path.abspath(folder)).name, f"{folder!a}: its name is the model's"
    )  # of a link its own


def _checked_name(name: str, problem: str) -> str:
    if not _NAME.fullmatch(name):
        raise InputError(f"{problem}; expected letters, digits, dots, dashes, underscores")
    return name


def _token(file: str | None) -> str | None:
    if file is None:
        token = os.environ.get(TOKEN_VARIABLE)
        where = TOKEN_VARIABLE
    else:
        where = file
        try:
            token = Path(file).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{file}: {reason}; expected a file with a token") from error
    if token is not None and not re.fullmatch(r"[!-~]{16,4096}", token):
        raise InputError(f"{where}: expected a token of 16 to 4096 letters, digits and marks, without spaces")
    return token


def _serve(
    models: "Mapping[str, Servable]",
    address: tuple[str, int],
    workers: int,
    token: str | None,
    limits: Limits,
    names: Sequence[str],
) -> None:
    try:
        from unrolled.serve.app import create_app
        from unrolled.serve.served import parted
        from unrolled.serve.server import listen, run
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "fastapi", "serve", "the server") from error
    host, _ = address
    listener = listen(*address)
    shown = f"[{host}]" if ":" in host else host
    if not is_loopback(host) and token is None:
        print(f"warning: {host} can be reached from other machines, and no token is asked for", file=sys.stderr)
    print(
        f"Serving {', '.join(models)} at http://{shown}:{listener.getsockname()[1]} (Ctrl-C stops)",
        file=sys.stderr,
        flush=True,
    )

    def work() -> None:
        for model in parted(models).readers.values():  # so that the first to ask need not wait for what is made once
            with suppress(InputError):
                model.session().receive({})
        run(create_app(models, limits, allowed_hosts(host, names), token), listener, limits)

    if workers == 1:
        work()
        return
    raise typer.Exit(supervise(work, workers))
