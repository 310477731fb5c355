"""How the help of a command looks, and what is said of a command line that cannot be read."""

import re
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

__all__ = ["Command", "Group", "Reading", "refusal", "write_examples"]

_WIDEST_NAME = 26
_SPACE = "\xa0"  # at which no line is broken
_METAVARS = {int: "N", float: "X"}
_EXPECTED = {int: "a whole number", float: "a number", bool: "yes or no"}


class Command(TyperCommand):
    """A command; its epilog is examples, lines that can be typed."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The arguments, the options that must be there, and that there are more."""
        params = self.get_params(ctx)
        arguments = [_argument(param) for param in params if isinstance(param, TyperArgument)]
        needed = [f"{param.opts[0]} {_metavar(param)}" for param in params if param.required and _is_option(param)]
        return [*arguments, *needed, "[OPTIONS]"]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments and options, those of one dataclass of settings under its name."""
        _write_parameters(self, ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The examples, as they are."""
        write_examples((self.epilog or "").split("\n"), formatter)


class Reading(Command):
    """A command whose input may be numbers, of which the first may be below 0."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """A blank in front keeps such an input from being taken for an option; no option begins with a digit."""
        return super().parse_args(ctx, [f" {word}" if re.match(r"-\.?\d", word) else word for word in args])


class Group(TyperGroup):
    """A command of commands."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The commands, then the options."""
        self.format_commands(ctx, formatter)
        _write_parameters(self, ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The examples, as they are."""
        write_examples((self.epilog or "").split("\n"), formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each command with the first paragraph of its help."""
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        with formatter.section("Commands"):
            _write_rows([(name, _first_paragraph(command)) for name, command in commands if command], formatter)


def refusal(error: typer.TyperException) -> str:
    """What is wrong with a command line: the option, the value received, what was expected, and where help is."""
    if type(error).__name__ == "NoArgsIsHelpError":  # nothing was typed: the message is the help
        return error.format_message()
    context = getattr(error, "ctx", None)
    message = _refused_value(error) or error.format_message().rstrip(".").replace("\n\t", " ")
    hint = "" if context is None else f"; see {context.command_path} --help"
    return f"error: {message[:1].lower()}{message[1:]}{hint}"


def _refused_value(error: typer.TyperException) -> str:
    """Of a value of the wrong type or size, a message like those of settings; empty for other errors."""
    param, errors = getattr(error, "param", None), getattr(error.__cause__, "errors", None)
    if param is None or errors is None:
        return ""
    name = param.opts[0] if _is_option(param) else _metavar(param)
    return f"{name} is {errors()[0]['input']!r:.200}; expected {_expected(param)}"


def _expected(param: Any) -> str:
    kind = next((kind for kind in _EXPECTED if kind in _types(param)), None)
    what = _EXPECTED.get(kind, "another value") if kind is not None else "another value"
    return what if param.min is None else f"{what} from {param.min} to {param.max}"


def _types(param: Any) -> tuple[Any, ...]:
    annotation = param.type_descriptor.annotation
    return (annotation, *getattr(annotation, "__args__", ()))


def _is_option(param: Any) -> bool:
    return not isinstance(param, TyperArgument)


def _metavar(param: Any) -> str:
    """What stands for a value."""
    if param.metavar is not None:
        return str(param.metavar)
    return next((name for kind, name in _METAVARS.items() if kind in _types(param)), "TEXT")


def _argument(param: TyperArgument) -> str:
    name = _metavar(param)
    return name if param.required else f"[{name}]"


def _write_parameters(command: Any, ctx: Any, formatter: Any) -> None:
    sections = dict[str, list[tuple[str, str]]]()
    for param in command.get_params(ctx):
        if not param.hidden:
            section = getattr(param, "rich_help_panel", None) or ("Options" if _is_option(param) else "Arguments")
            sections.setdefault(section, []).append((_names(param), _about(param, ctx)))
    for section, rows in sections.items():
        with formatter.section(section):
            _write_rows(rows, formatter)


def _write_rows(rows: Sequence[tuple[str, str]], formatter: Any) -> None:
    """Names, and beside them what they mean; no word is cut."""
    width = min(max(len(name) for name, _ in rows), _WIDEST_NAME) + 2
    left, indent = max(formatter.width - width - 2, 20), f"{'':{formatter.current_indent}}"
    for name, meaning in rows:
        lines = wrap(meaning, left, break_on_hyphens=False, break_long_words=False) or [""]
        first = [name] if len(name) + 2 > width else [f"{name:{width}}{lines.pop(0)}"]
        for line in [*first, *(f"{'':{width}}{line}" for line in lines)]:
            formatter.write(f"{indent}{line}".rstrip().replace(_SPACE, " ") + "\n")


def _names(param: Any) -> str:
    """As in "-o, --output FILE" or "--[no-]tied"."""
    if not _is_option(param):
        return _argument(param)
    if param.secondary_opts and param.default:
        return str(param.opts[0]).replace("--", "--[no-]", 1)
    names = ", ".join(sorted(param.opts, key=len))
    return names if param.is_flag or param.count else f"{names} {_metavar(param)}"


def _about(param: Any, ctx: Any) -> str:
    """The help, and what holds where the option is left out."""
    extra = [part.replace(" ", _SPACE) for part in _extra(param, ctx)]
    return f"{param.help or ''} [{'; '.join(extra)}]".strip() if extra else param.help or ""


def _extra(param: Any, ctx: Any) -> Iterator[str]:
    if param.required:
        yield "required"
    default = param.get_default(ctx, call=False)
    if isinstance(param.show_default, str):
        yield f"default: {param.show_default}"
    elif isinstance(default, bool):
        if default:
            yield "default: yes"
    elif default not in (None, "", (), []):
        yield f"default: {default}"


def write_examples(lines: Sequence[str], formatter: Any) -> None:
    """Lines that can be typed, not wrapped."""
    if lines:
        with formatter.section("Examples"):
            for line in lines:
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


def _first_paragraph(command: Any) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())
