"""Options of the command line, generated from the fields of settings."""

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

__all__ = ["pick", "with_options"]


def with_options(*kinds: type[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Replace a command's ``**settings`` by one option for each field with a help text of the dataclasses ``kinds``."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command)
        own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        options = [option for kind in kinds for option in _options(kind)]
        command.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
        command.__annotations__ |= {p.name: p.annotation for p in [*own, *options]}
        return command

    return decorate


def _options(kind: type[Any]) -> Iterator[inspect.Parameter]:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if "help" not in field.metadata:
            continue
        about = field.metadata["help"] + (f" ({', '.join(choices)})" if (choices := field.metadata["choices"]) else "")
        annotation: Any = Annotated[hints[field.name], typer.Option(help=about, rich_help_panel=kind.__name__)]
        yield inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=annotation
        )


def pick(kind: type[Any], values: dict[str, Any]) -> dict[str, Any]:
    """Those values that are fields of ``kind``."""
    return {f.name: values[f.name] for f in dataclasses.fields(kind) if f.name in values}
