"""Arguments and options that several commands share, described once."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unrolled.errors import InputError
from unrolled.storage.files import decoded_lines

if TYPE_CHECKING:
    from unrolled.tasks.base import Task

__all__ = ["Encoding", "Json", "ModelFolder", "Threads", "raw_inputs"]

ModelFolder = Annotated[str, typer.Argument(metavar="MODEL", help="A folder that `unrolled fit` wrote.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
_MOST_THREADS = 1_024
Encoding = Annotated[str, typer.Option(metavar="NAME", help="The encoding of the text.")]


def _set_threads(threads: int | None) -> None:
    """Let the kernels use this many threads in the whole process."""
    if threads is not None:
        if not 1 <= threads <= _MOST_THREADS:
            raise InputError(f"--threads is {threads}; expected 1 to {_MOST_THREADS:,}")
        from unrolled import kernels

        kernels.set_threads(threads)


Threads = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        callback=_set_threads,
        expose_value=False,
        help="Threads that the model computes with; 1 where not given.",
    ),
]


def raw_inputs(task: "Task", text: str) -> Iterator[Any]:
    """The inputs that an argument means: a text, the file after "@", or the lines of standard input for "-"."""
    if text == "-":
        import sys

        yield from decoded_lines(sys.stdin.buffer, "standard input")
    elif text.startswith("@"):
        yield task.read_input(Path(text[1:]))
    else:
        yield text
