"""Settings: small dataclasses whose fields carry their own help and bounds; the command line is generated from them."""

import dataclasses
import inspect
import math
import textwrap
import types
import typing
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from unrolled.errors import InputError

__all__ = [
    "Decoding",
    "Layout",
    "Search",
    "Settings",
    "Training",
    "about",
    "changed",
    "check",
    "documented",
    "from_dict",
    "option",
    "shown",
    "to_dict",
]

T = TypeVar("T")


class Settings(Protocol):
    """An instance of any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[object]]]

    def __init__(self, **values: object) -> None: ...


S = TypeVar("S", bound=Settings)
C = TypeVar("C", bound=type)
_SETTINGS = "Settings\n--------"
D = TypeVar("D", bound="Training | Decoding | Search")


def option(
    default: T,
    help: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
    metavar: str | None = None,
    required: bool = False,
) -> T:
    """A dataclass field with a help text and the values it may take: ``low`` ≤ value ≤ ``high``, or ``choices``.

    ``metavar`` stands for a text in the help of the command line. A ``required`` one is not allowed its default.
    """
    about = {"help": help, "low": low, "high": high, "choices": choices, "metavar": metavar, "required": required}
    return dataclasses.field(default=default, metadata=about)


def documented(kind: C) -> C:
    """A dataclass whose docstring ends with its settings: their types, defaults and help, for `help`."""
    hints, lines = typing.get_type_hints(kind), list[str]()
    for field in dataclasses.fields(kind):
        if "help" in field.metadata:
            low, high, choices = (field.metadata[key] for key in ("low", "high", "choices"))
            about = str(field.metadata["help"])
            about += f" ({', '.join(choices)})" if choices else ""
            about += "" if low is None else f" (at least {low:,})" if high is None else f" ({low:,} to {high:,})"
            of_type = getattr(hints[field.name], "__name__", "") or str(hints[field.name])
            of_type = str(hints[field.name]) if isinstance(hints[field.name], types.UnionType) else of_type
            about = textwrap.fill(about, 104, break_on_hyphens=False)
            default = "required" if field.metadata["required"] else f"default {field.default!r}"
            lines.append(f"{field.name} : {of_type}, {default}\n{textwrap.indent(about, '    ')}")
        else:
            lines.append(
                f"{field.name} : {hints[field.name].__name__}\n    see help(unrolled.{hints[field.name].__name__})"
            )
    kind.__doc__ = f"{inspect.cleandoc(kind.__doc__ or '')}\n\n{_SETTINGS}\n" + "\n".join(lines)
    return kind


def about(kind: type) -> str:
    """The docstring of a `documented` dataclass without its examples and settings."""
    return inspect.cleandoc(kind.__doc__ or "").partition(f"\n\n{_SETTINGS}")[0].partition("\n\n>>>")[0]


def shown(settings: Settings) -> str:
    """The call that makes these settings: what differs from the defaults."""
    differing = [f"{field.name}={value!r}" for field, value in _differing(settings)]
    return f"{type(settings).__name__}({', '.join(differing)})"


def _differing(settings: Settings) -> list[tuple[dataclasses.Field[object], object]]:
    fields = sorted(dataclasses.fields(settings), key=lambda field: "help" not in field.metadata)
    pairs = [(field, getattr(settings, field.name)) for field in fields]
    return [(field, value) for field, value in pairs if value != _default(field)]


def _default(field: dataclasses.Field[object]) -> object:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


@documented
@dataclass(frozen=True, repr=False)
class Training:
    """How a model learns. It stops at the first of ``minutes``, ``epochs`` and ``patience``.

    Where neither minutes nor epochs are given: 5 minutes, at most 40 epochs or 1,000 steps, whichever is more.

    >>> from unrolled import Training
    >>> Training(minutes=2, learning_rate=0.001)
    Training(minutes=2, learning_rate=0.001)
    """

    minutes: float | None = option(
        None,
        "stop after this many minutes of training, not counting preparation, turned into steps once; "
        "5 where no epochs are given either",
        0.001,
        1e6,
    )
    epochs: int | None = option(None, "stop after this many passes over the data", 1, 1_000_000)
    batch: int | None = option(None, "sequences side by side in one step; 20 where not given, of pairs 64", 1, 65536)
    window: int = option(35, "time steps that the gradient flows back through (truncated BPTT)", 1, 65536)
    optimizer: str = option("adamw", "how weights are updated", choices=("adamw", "sgd"))
    learning_rate: float | None = option(
        None, "size of the updates at their largest; 0.003 where not given, of pairs 0.001", 0.0, 1000.0
    )
    schedule: str = option(
        "wsd",
        "learning rate over the run; wsd: warm-up, stable, and a decay that begins when patience or four fifths of the "
        "budget are over; halving: full for a third of the epochs, then half of it after each",
        choices=("wsd", "cosine", "constant", "halving"),
    )
    clip: float = option(1.0, "largest norm of the gradient of the mean loss; 0 for any", 0.0, 1e9)
    weight_decay: float = option(0.0, "shrink weights at this rate, times the learning rate", 0.0, 1.0)
    patience: int = option(
        5, "stop after this many validations in a row without improvement, from step 300 on", 1, 1_000_000
    )
    seed: int = option(0, "random seed", 0, 2**32 - 1)
    watch_gradients: bool = option(False, "at each validation, measure how far back the gradient reaches")

    @property
    def budget(self) -> tuple[float | None, int | None]:
        """The minutes and epochs that apply: 5 and 40 where neither is set, as the schedule needs an end."""
        return (5.0, 40) if self.minutes is None and self.epochs is None else (self.minutes, self.epochs)

    def filled(self, batch: int = 20, learning_rate: float = 0.003) -> "Training":
        """The same with these, where it leaves them to the task."""
        return dataclasses.replace(
            self,
            batch=batch if self.batch is None else self.batch,
            learning_rate=learning_rate if self.learning_rate is None else self.learning_rate,
        )

    def __repr__(self) -> str:
        return shown(self)


@documented
@dataclass(frozen=True, repr=False)
class Decoding:
    """How the next token is chosen from a language model's probabilities.

    ``model.generate("once upon", 50, Decoding(temperature=0.8))`` is ``model.generate("once upon", 50,
    temperature=0.8)``.

    >>> from unrolled import Decoding
    >>> Decoding(temperature=0.8, top=40)
    Decoding(temperature=0.8, top=40)
    """

    temperature: float = option(1.0, "0 takes the most probable; below 1 plays safe, above 1 dares", 0.0, 100.0)
    top: int = option(0, "sample among this many most probable only; 0 for all", 0)
    seed: int = option(0, "random seed", 0, 2**32 - 1)

    def __repr__(self) -> str:
        return shown(self)


@documented
@dataclass(frozen=True, repr=False)
class Search:
    """How an encoder–decoder chooses what it writes: by beam search or, with a ``temperature``, by drawing.

    >>> from unrolled import Search
    >>> Search(beam=12, n_best=3)
    Search(beam=12, n_best=3)
    """

    beam: int = option(5, "hypotheses side by side; 1 is greedy", 1, 1_000)
    n_best: int = option(
        1, "answers to each input, best first; at most as many as the beam, fewer where some read the same", 1, 1_000
    )
    length_penalty: float | None = option(
        None, "log p is divided by length to this power; 1, of summaries 1.5", 0.0, 10.0
    )
    coverage_penalty: float = option(
        0.0, "how much it costs to leave parts of the input unattended (Wu et al. 2016)", 0.0, 100.0
    )
    no_repeat: int | None = option(None, "no run of so many tokens may come twice; 0: any, of summaries 2", 0, 1_000)
    repeats: int | None = option(None, "times in a row a token, or run of up to 4, may come; 0: any, else 2", 0, 1_000)
    min_ratio: float = option(0.0, "tokens at least, in proportion to those of the input", 0.0, 1_000.0)
    max_ratio: float = option(2.0, "tokens at most, in proportion to those of the input, and 10 more", 0.0, 1_000.0)
    length: str | None = option(None, "how long summaries and descriptions are", choices=("short", "long"))
    min_length: int | None = option(None, "tokens at least, in the place of --min-ratio", 0, 100_000)
    max_length: int | None = option(None, "tokens at most, in the place of --max-ratio", 1, 100_000)
    consensus: bool | None = option(
        None, "take what most others of the beam are like; the model's own way if not given"
    )
    temperature: float = option(0.0, "above 0 answers are drawn instead: 1 as probable as they are", 0.0, 100.0)
    top: int = option(0, "draw from so many most probable tokens only; 0 for all", 0)
    nucleus: float = option(1.0, "draw from the most probable tokens that together have this probability", 0.0, 1.0)
    seed: int = option(0, "random seed of what is drawn", 0, 2**32 - 1)

    def __repr__(self) -> str:
        return shown(self)


@dataclass(frozen=True)
class Layout:
    """How a table with an input in each row is read."""

    columns: str | None = option(
        None,
        "the column of the input, or those of a table with a row for each step of a series; as in fit where not given",
        metavar="INPUT",
    )
    delimiter: str | None = option(None, "what stands between columns; found where not given", metavar="SIGN")
    encoding: str = option("utf-8", "the encoding of the text", metavar="NAME")

    @property
    def names(self) -> list[str]:
        """The names of the columns, the input's first."""
        return [name.strip() for name in (self.columns or "text").split(",")]


def check(settings: Settings) -> None:
    """Raise InputError naming the first field whose type or value is not allowed, or that is required and not given."""
    hints = typing.get_type_hints(type(settings))
    for field in dataclasses.fields(settings):
        if "help" in field.metadata:
            if field.metadata["required"] and getattr(settings, field.name) == field.default:
                raise InputError(f"{field.name} is not given; expected {field.metadata['help']}", field.name)
            _check_field(field, hints[field.name], _plain(getattr(settings, field.name)))


def _check_field(field: dataclasses.Field[object], hint: type[object] | types.UnionType, value: object) -> None:
    allowed: tuple[type[object], ...] = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and type(None) in allowed:
        return
    accepted = tuple(t for t in allowed if t is not type(None))
    expected = " or ".join("None" if t is type(None) else t.__name__ for t in allowed)
    number = isinstance(value, int) and not isinstance(value, bool) and float in accepted
    if not number and (not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted)):
        raise InputError(f"{field.name} is {value!r:.200}; expected {expected}", field.name)
    low, high, choices = (field.metadata[key] for key in ("low", "high", "choices"))
    if choices is not None and value not in choices:
        raise InputError(f"{field.name} is {value!r:.200}; expected one of {', '.join(choices)}", field.name)
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{field.name} is {value!r:.200}; expected a finite number", field.name)
    assert isinstance(value, int | float) or (low is None and high is None), "only numbers have bounds"
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"at least {low}" if high is None else f"between {low} and {high}"
        raise InputError(f"{field.name} is {value!r:.200}; expected {bounds}", field.name)


def to_dict(settings: Settings) -> dict[str, Any]:
    """The fields that carry a help text, by name: values that JSON can hold."""
    return {f.name: _plain(getattr(settings, f.name)) for f in dataclasses.fields(settings) if "help" in f.metadata}


def changed(settings: D, values: dict[str, Any]) -> D:
    """A copy with other ``values``; InputError for an unknown name."""
    known = [field.name for field in dataclasses.fields(settings)]
    for name in values:
        if name not in known:
            raise InputError(f"{type(settings).__name__} has no setting {name!r}; it has {', '.join(known)}")
    return dataclasses.replace(settings, **values)


def _plain(value: Any) -> Any:
    """A number of numpy's, as searches over settings give it, as one of Python's."""
    return value.item() if type(value).__module__ == "numpy" and getattr(value, "shape", None) == () else value


def from_dict(kind: type[S], values: object) -> S:
    """The inverse of `to_dict`, checked: InputError on an unknown name or a value that is not allowed."""
    if not isinstance(values, dict):
        raise InputError(f"settings of {kind.__name__} are {type(values).__name__}; expected an object")
    known = {f.name for f in dataclasses.fields(kind) if "help" in f.metadata}
    if unknown := sorted(set(values) - known):
        raise InputError(f"{kind.__name__} has no setting {unknown[0]!r}; it has {', '.join(sorted(known))}")
    settings = kind(**values)
    check(settings)
    return settings
