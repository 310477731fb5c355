"""What a client may ask of a keyboard in one message; see docs/serving.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from unrolled.errors import InputError

__all__ = ["Message"]

SUGGESTIONS = 10
_KINDS = {str: "a string", int: "a whole number", bool: "true or false"}


@dataclass(frozen=True)
class Message:
    """A checked message; None where a key is not given and that makes a difference."""

    id: int | None = None
    text: str | None = None
    erase: int = 0
    append: str = ""
    n: int = 3
    memory: bool = False
    forget: str | bool | None = None
    learn: bool | None = None

    @classmethod
    def read(cls, message: Mapping[str, Any]) -> Self:
        """Check a message; InputError says what was received and what is expected."""
        if not isinstance(message, Mapping):
            raise InputError(f"a message is {type(message).__name__}; expected an object")
        for key, value in message.items():
            _check(key, value)
        if "text" in message and ("erase" in message or "append" in message):
            raise InputError("a message has text and an edit; expected text, or erase and append")
        if not 1 <= message.get("n", 3) <= SUGGESTIONS:
            raise InputError(f"n is {message['n']}; expected 1 to {SUGGESTIONS}")
        if message.get("erase", 0) < 0:
            raise InputError(f"erase is {message['erase']}; expected at least 0")
        if message.get("forget", True) in (False, ""):
            raise InputError("forget is false or empty; expected true or a word")
        return cls(**message)


_EXPECTED: dict[str, tuple[type, ...]] = {
    "id": (int,), "text": (str,), "erase": (int,), "append": (str,), "n": (int,), "memory": (bool,),
    "forget": (bool, str), "learn": (bool,),
}  # fmt: skip


def _check(key: Any, value: Any) -> None:
    if key not in _EXPECTED:
        raise InputError(f"a message has the unknown key {str(key)[:40]!a}; expected {', '.join(_EXPECTED)}")
    kinds = _EXPECTED[key]
    if type(value) not in kinds:
        raise InputError(f"{key} is {type(value).__name__}; expected {' or '.join(_KINDS[kind] for kind in kinds)}")
