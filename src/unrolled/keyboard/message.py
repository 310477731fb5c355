"""What a client may ask of a keyboard in one message; see docs/serving.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from unrolled.errors import InputError
from unrolled.inference.messages import check_message
from unrolled.inputs.base import Keys

__all__ = ["Message"]

SUGGESTIONS = 10
_KINDS: Keys = {
    "id": (int,), "text": (str,), "erase": (int,), "append": (str,), "n": (int,), "memory": (bool,),
    "forget": (bool, str), "learn": (bool,),
}  # fmt: skip


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
        check_message(message, _KINDS, SUGGESTIONS)
        if message.get("forget", True) in (False, ""):
            raise InputError("forget is false or empty; expected true or a word")
        return cls(**message)
