"""Options of the command line, generated from the fields of settings."""

import dataclasses
import inspect
import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from unrolled.settings import Settings

__all__ = ["pick", "several", "with_options"]


def with_options(*kinds: type[Settings]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Replace a command's ``**settings`` by options: the fields of the dataclasses ``kinds`` that have a help text."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command)
        own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        options = [option for kind in kinds for option in _options(kind)]
        command.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
        command.__annotations__ |= {p.name: p.annotation for p in [*own, *options]}
        return command

    return decorate


def _options(kind: type[Settings]) -> Iterator[inspect.Parameter]:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if "help" not in field.metadata:
            continue
        about = field.metadata["help"] + (f" ({', '.join(choices)})" if (choices := field.metadata["choices"]) else "")
        annotation: object = Annotated[hints[field.name], typer.Option(help=about, rich_help_panel=kind.__name__)]
        yield inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=annotation
        )


def pick(kind: type[Settings], values: dict[str, Any]) -> dict[str, Any]:
    """Those of ``values`` that are fields of ``kind``."""
    return {f.name: values[f.name] for f in dataclasses.fields(kind) if f.name in values}


def several(*names: str) -> type[TyperCommand]:
    """A command whose options ``names`` take several values: ``--x 1 2``, ``--x 1 --x 2`` and ``--x 1,2`` give "1,2".

    The values end at the next option, and at what names a file or folder: an argument of the command's own.
    """

    class Several(TyperCommand):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            return super().parse_args(ctx, _joined(args, names))

    return Several


def _joined(words: list[str], names: tuple[str, ...]) -> list[str]:
    """The words of a command line with all values of each option in ``names`` joined by commas."""
    rest, values = list[str](), dict[str, list[str]]()
    waiting, left = None, list(words)  # the values of the option that takes the next words
    while left and left[0] != "--":
        word = left.pop(0)
        name, equals, value = word.partition("=")
        if name in names:
            waiting = values.setdefault(name, [])
            waiting += [value] if equals else left[:1]
            left = left if equals else left[1:]
        elif waiting is None or re.match(r"-[^\d.]", word) or Path(word).exists():
            rest.append(word)
            waiting = None
        else:
            waiting.append(word)
    joined = [word for name, parts in values.items() for word in (name, ",".join(parts)) if parts]
    return [*rest, *joined, *left, *(name for name, parts in values.items() if not parts)]
