"""One conversation with a model: messages in, answers out. What the server's WebSocket carries, for any task."""

from collections.abc import Mapping
from typing import Any, Protocol

from unrolled.errors import InputError

__all__ = ["Kinds", "Session", "check_message"]

Kinds = Mapping[str, tuple[type, ...]]
"""The keys that a message may have, and the types of each."""

_NAMES = {str: "a string", int: "a whole number", bool: "true or false", list: "a list"}


class Session(Protocol):
    """A message and an answer are JSON objects; what they hold is the task's."""

    def receive(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a message. Raises InputError for one that is not allowed, and then has changed nothing."""

    def save(self) -> bytes:
        """All that the session remembers."""

    def restore(self, saved: bytes) -> Any:
        """Go on from what `save` gave; InputError for anything else."""


def check_message(message: Any, kinds: Kinds, most: int) -> None:
    """Raise InputError for a message that is no object, has other keys or types, or asks for what cannot be.

    ``most`` is the largest ``n``; ``text`` is all that is written, ``erase`` and ``append`` an edit of it.
    """
    if not isinstance(message, Mapping):
        raise InputError(f"a message is {type(message).__name__}; expected an object")
    for key, value in message.items():
        if key not in kinds:
            raise InputError(f"a message has the unknown key {str(key)[:40]!a}; expected {', '.join(kinds)}")
        if type(value) not in kinds[key]:
            expected = " or ".join(_NAMES[kind] for kind in kinds[key])
            raise InputError(f"{key} is {type(value).__name__}; expected {expected}")
    if "text" in message and ("erase" in message or "append" in message):
        raise InputError("a message has text and an edit; expected text, or erase and append")
    if not 1 <= message.get("n", 1) <= most:
        raise InputError(f"n is {message['n']}; expected 1 to {most}")
    if message.get("erase", 0) < 0:
        raise InputError(f"erase is {message['erase']}; expected at least 0")
