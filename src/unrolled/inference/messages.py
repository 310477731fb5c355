"""A conversation with a model: messages in, answers out, as the server's WebSocket carries them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from unrolled.errors import InputError
from unrolled.inputs.base import Keys

__all__ = ["Conversation", "Message", "check_message"]

_NAMES = {str: "a string", int: "a whole number", bool: "true or false", list: "a list"}
_ALWAYS: Keys = {"id": (int,), "n": (int,), "memory": (bool,)}
_MOST_ANSWERS = 100


class Conversation(Protocol):
    """A message and an answer are JSON objects; what they hold follows from the model's input and answer."""

    def receive(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a message. Raises InputError for one that is not allowed, and then has changed nothing."""

    def save(self) -> bytes:
        """All that the conversation remembers."""

    def restore(self, saved: bytes) -> object:
        """Continue from what `save` gave; InputError for anything else."""


@dataclass(frozen=True)
class Message:
    """A checked message to a session; ``content`` is what it holds under the keys of the model's input."""

    content: Mapping[str, Any]
    id: int | None = None
    n: int = 3
    memory: bool = False

    @classmethod
    def read(cls, message: Mapping[str, Any], keys: Keys) -> Self:
        """Check a message to a model whose input has these ``keys``; InputError where something is wrong."""
        check_message(message, {**_ALWAYS, **keys}, _MOST_ANSWERS)
        own = {name: value for name, value in message.items() if name in _ALWAYS}
        return cls({name: value for name, value in message.items() if name not in _ALWAYS}, **own)

    def edited(self, text: str) -> str:
        """The text after the edit: all of it, or what is erased at its end and then appended."""
        if "text" in self.content:
            whole: str = self.content["text"]
            return whole
        erase: int = self.content.get("erase", 0)
        append: str = self.content.get("append", "")
        return text[: max(0, len(text) - erase)] + append


def check_message(message: object, keys: Keys, most: int) -> None:
    """Raise InputError for a message that is no object, has unknown keys or wrong types, or contradicts itself.

    ``most`` is the largest ``n``; ``text`` is all that is written, ``erase`` and ``append`` an edit of it.
    """
    if not isinstance(message, Mapping):
        raise InputError(f"a message is {type(message).__name__}; expected an object")
    for key, value in message.items():
        if key not in keys:
            raise InputError(f"a message has the unknown key {str(key)[:40]!a}; expected {', '.join(keys)}")
        if type(value) not in keys[key]:
            expected = " or ".join(_NAMES[kind] for kind in keys[key])
            raise InputError(f"{key} is {type(value).__name__}; expected {expected}")
    if "text" in message and ("erase" in message or "append" in message):
        raise InputError("a message has text and an edit; expected text, or erase and append")
    if not 1 <= message.get("n", 1) <= most:
        raise InputError(f"n is {message['n']}; expected 1 to {most}")
    if message.get("erase", 0) < 0:
        raise InputError(f"erase is {message['erase']}; expected at least 0")
