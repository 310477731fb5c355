"""Options of the command line, generated from the fields of settings."""

import dataclasses
import inspect
import logging
import re
import typing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from unrolled.commands.help import Command
from unrolled.errors import InputError, UnrolledError
from unrolled.settings import Settings

__all__ = ["pick", "several", "typed", "typed_remarks", "with_options"]

_NAMES = {"n": "-n", "start": "--from"}
"""Options that are not called as the argument of Python is."""


def with_options(*kinds: type[Settings]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Replace a command's ``**settings`` by options: the fields of the dataclasses ``kinds`` that have a help text.

    A name that stands in several of them, or among the command's own options, is one option: the first.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command)
        own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        named = {p.name: p for p in own}
        for option in (option for kind in kinds for option in _options(kind)):
            named.setdefault(option.name, option)
        command.__signature__ = signature.replace(parameters=[*named.values()])  # type: ignore[attr-defined]
        command.__annotations__ |= {p.name: p.annotation for p in named.values()}
        return command

    return decorate


def _options(kind: type[Settings]) -> Iterator[inspect.Parameter]:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if "help" not in field.metadata:
            continue
        choices, required = field.metadata["choices"], field.metadata["required"]
        option = typer.Option(
            help=field.metadata["help"] + (f" ({', '.join(choices)})" if choices else ""),
            show_default="none, it must be given" if required else True,
            metavar="NAME" if choices else field.metadata["metavar"],
            autocompletion=_completion(choices) if choices else None,
            rich_help_panel=kind.__name__,
        )
        annotation: object = Annotated[hints[field.name] | None if required else hints[field.name], option]
        default = None if required else field.default
        yield inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _completion(choices: Sequence[str]) -> Callable[[str], list[str]]:
    """What the shell completes a value to."""

    def beginning(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return beginning


def typed(error: UnrolledError) -> str:
    """The message of an error with the options of the command line in the place of arguments of Python."""
    return _in_options(str(error), error.arguments if isinstance(error, InputError) else ())


@contextmanager
def typed_remarks() -> Iterator[None]:
    """Let remarks, too, show the options of the command line in the place of arguments of Python."""
    logger = logging.getLogger("unrolled")
    logger.addFilter(_typed_remark)
    try:
        yield
    finally:
        logger.removeFilter(_typed_remark)


def _typed_remark(record: logging.LogRecord) -> bool:
    if arguments := getattr(record, "arguments", ()):
        record.msg, record.args = "%s", (_in_options(record.getMessage(), arguments),)
    return True


def _in_options(message: str, arguments: Sequence[str]) -> str:
    for argument in arguments:
        pattern = rf"(?<![\w-]){re.escape(argument)}(?![\w=])"
        message = re.sub(pattern, _option_of(argument).replace("\\", r"\\"), message, count=1)
    return message


def _option_of(argument: str) -> str:
    """As in minutes → --minutes, overwrite=True → --overwrite, tied=False → --no-tied, model="bag" → --model bag."""
    name, _, value = argument.partition("=")
    option = _NAMES.get(name, f"--{name}".replace("_", "-"))
    if value == "False":
        return option.replace("--", "--no-", 1)
    return f"{option} {value.strip(chr(34))}" if value not in ("", "True") else option


def pick(kind: type[Settings], values: dict[str, Any]) -> dict[str, Any]:
    """Those of ``values`` that are fields of ``kind``, without those that are required and were not typed."""
    fields = {field.name: field for field in dataclasses.fields(kind) if field.name in values}
    return {
        name: values[name]
        for name, field in fields.items()
        if not (field.metadata.get("required") and values[name] is None)
    }


def several(*names: str, of: type[Command] = Command) -> type[Command]:
    """A command whose options ``names`` take several values: ``--x 1 2``, ``--x 1 --x 2`` and ``--x 1,2`` give "1,2".

    The values end at the next option, and at what names a file or folder: an argument of the command's own.
    """

    class Several(of):  # type: ignore[valid-type,misc]
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            rest: list[str] = super().parse_args(ctx, _joined(args, names))
            return rest

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
