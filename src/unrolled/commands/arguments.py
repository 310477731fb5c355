"""Arguments and options that several commands share, described once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from unrolled.errors import InputError

__all__ = ["Encoding", "Json", "ModelFolder", "Threads", "paths"]

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


def paths(sources: Sequence[str]) -> list[Path]:
    """The sources of data that were typed: none of them is a text itself, as a string may be in Python."""
    if "" in sources:
        raise InputError("DATA is empty; expected a file or a folder")
    return [Path(source) for source in sources]
