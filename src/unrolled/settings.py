"""Settings: small dataclasses whose fields carry their own help and bounds; the command line is generated from them."""

import dataclasses
import math
import types
import typing
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from unrolled.errors import InputError

__all__ = ["Decoding", "Settings", "Training", "VectorTraining", "check", "from_dict", "option", "to_dict"]

T = TypeVar("T")


class Settings(Protocol):
    """An instance of any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[object]]]

    def __init__(self, **values: object) -> None: ...


S = TypeVar("S", bound=Settings)


def option(
    default: T,
    help: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
    metavar: str | None = None,
) -> T:
    """A dataclass field with a help text and the values it may take: ``low`` ≤ value ≤ ``high``, or ``choices``.

    ``metavar`` stands for a text in the help of the command line.
    """
    about = {"help": help, "low": low, "high": high, "choices": choices, "metavar": metavar}
    return dataclasses.field(default=default, metadata=about)


@dataclass(frozen=True)
class Training:
    """How a model learns. It stops at the first of ``minutes``, ``epochs`` and ``patience``.

    Where neither minutes nor epochs are given: 5 minutes, at most 40 epochs.
    """

    minutes: float | None = option(
        None,
        "stop after this many minutes of training, not counting preparation, turned into steps once; "
        "5 where no epochs are given either",
        0.001,
        1e6,
    )
    epochs: int | None = option(None, "stop after this many passes over the data", 1, 1_000_000)
    batch: int = option(20, "sequences side by side in one step", 1, 65536)
    window: int = option(35, "time steps that the gradient flows back through (truncated BPTT)", 1, 65536)
    optimizer: str = option("adamw", "how weights are updated", choices=("adamw", "sgd"))
    learning_rate: float = option(0.003, "size of the updates at their largest", 0.0, 1000.0)
    schedule: str = option(
        "cosine",
        "learning rate over the run; halving: full for a third of the epochs, then half of it after each",
        choices=("cosine", "constant", "halving"),
    )
    clip: float = option(1.0, "largest norm of the gradient of the mean loss; 0 for any", 0.0, 1e9)
    weight_decay: float = option(0.0, "shrink weights at this rate, times the learning rate", 0.0, 1.0)
    patience: int = option(5, "stop after this many validations in a row without improvement", 1, 1_000_000)
    seed: int = option(0, "random seed", 0, 2**32 - 1)
    watch_gradients: bool = option(False, "at each validation, measure how far back the gradient reaches")

    @property
    def budget(self) -> tuple[float | None, int | None]:
        """The minutes and epochs that apply: 5 and 40 where neither is set, as the schedule needs an end."""
        return (5.0, 40) if self.minutes is None and self.epochs is None else (self.minutes, self.epochs)


@dataclass(frozen=True)
class Decoding:
    """How the next token is chosen from a language model's probabilities."""

    temperature: float = option(1.0, "0 takes the most probable; below 1 plays safe, above 1 dares", 0.0, 100.0)
    top: int = option(0, "sample among this many most probable only; 0 for all", 0)
    seed: int = option(0, "random seed", 0, 2**32 - 1)


@dataclass(frozen=True)
class VectorTraining:
    """How word vectors are learnt (word2vec)."""

    width: int = option(100, "numbers in a vector", 1, 65_536)
    window: int = option(5, "words on each side that a word is learnt with", 1, 10_000)
    algorithm: str = option(
        "skip-gram",
        "guess the words around from the one within, or the other way about",
        choices=("skip-gram", "cbow"),
    )
    epochs: int = option(5, "passes over the text", 1, 1_000_000)
    min_count: int = option(2, "rarer words get no vector", 1)
    lowercase: bool = option(True, "all letters are made small")
    seed: int = option(0, "random seed", 0, 2**32 - 1)


def check(settings: Settings) -> None:
    """Raise InputError naming the first field whose type or value is not allowed."""
    hints = typing.get_type_hints(type(settings))
    for field in dataclasses.fields(settings):
        if "help" in field.metadata:
            _check_field(field, hints[field.name], getattr(settings, field.name))


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
    return {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings) if "help" in f.metadata}


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
