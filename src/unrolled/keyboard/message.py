"""A client's message to a keyboard, checked; see docs/serving.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from unrolled.errors import InputError
from unrolled.inference.messages import check_message
from unrolled.inputs.base import Input, Keys

__all__ = ["KeyboardMessage"]

SUGGESTIONS = 10
_KEYS: Keys = {
    "id": (int,),
    **Input.message_keys,
    "n": (int,),
    "memory": (bool,),
    "forget": (bool, str),
    "learn": (bool,),
    "autocorrect": (bool,),
    "stroke": (list,),
    "layout": (str,),
}


@dataclass(frozen=True)
class KeyboardMessage:
    """A checked message; None for a key that is missing, where that differs from any value."""

    id: int | None = None
    text: str | None = None
    erase: int = 0
    append: str = ""
    n: int = 3
    memory: bool = False
    forget: str | bool | None = None
    learn: bool | None = None
    autocorrect: bool | None = None
    stroke: list[Any] | None = None
    layout: str | None = None

    @property
    def edits(self) -> bool:
        """Whether the message changes the text."""
        return self.text is not None or bool(self.erase or self.append)

    @classmethod
    def read(cls, message: Mapping[str, Any]) -> Self:
        """Check a JSON object; InputError says what was received and what is expected."""
        check_message(message, _KEYS, SUGGESTIONS)
        if message.get("forget", True) in (False, ""):
            raise InputError("forget is false or empty; expected true or a word")
        if "layout" in message and "stroke" not in message:
            raise InputError("a message has a layout and no stroke; expected both")
        return cls(**message)
