"""What a client may ask of a classifier in one message; see docs/serving.md."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inference.messages import Kinds, check_message
from unrolled.inputs import Encoder

__all__ = ["Message", "Sounding"]

LABELS = 100
_TEXT: Kinds = {"text": (str,), "erase": (int,), "append": (str,)}
_OF: dict[str, Kinds] = {
    "text": _TEXT,
    "dna": _TEXT,
    "sound": {"samples": (str,), "rate": (int,), "reset": (bool,)},
    "numbers": {"numbers": (list,), "reset": (bool,)},
}
_ALL: Kinds = {"id": (int,), "n": (int,), "memory": (bool,)}


class Sounding(Protocol):
    """What turns samples that come bit by bit into steps."""

    def anew(self) -> "Sounding":
        """Another that has heard nothing."""

    def feed(self, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        """Samples (N,) in -1 … 1 at ``rate`` Hz → the steps (T, D) that are complete with them."""


@dataclass(frozen=True)
class Message:
    """A checked message."""

    id: int | None = None
    n: int = 3
    memory: bool = False
    text: str | None = None
    erase: int = 0
    append: str = ""
    samples: str = ""
    rate: int = 16_000
    numbers: list[Any] | None = None
    reset: bool = False

    @classmethod
    def read(cls, message: Mapping[str, Any], kind: str) -> Self:
        """Check a message to a model of this ``kind``; InputError says what was received and what is expected."""
        check_message(message, {**_ALL, **_OF[kind]}, LABELS)
        return cls(**message)

    def edited(self, text: str) -> str:
        """The text after the edit."""
        return (
            self.text if self.text is not None else text[: len(text) - self.erase if self.erase else None] + self.append
        )

    def steps(self, encoder: Encoder, sounding: Sounding | None) -> NDArray[np.float32]:
        """The steps that the message brings, of sound or numbers."""
        if sounding is not None:
            try:
                heard = np.frombuffer(base64.b64decode(self.samples, validate=True), "<i2")
            except (binascii.Error, ValueError) as error:
                raise InputError(f"samples: {error}; expected base64 of 16-bit little-endian numbers") from None
            return sounding.feed((heard / 32768).astype(np.float32), self.rate)
        if not self.numbers:
            return np.zeros((0, encoder.width), np.float32)
        found: NDArray[np.float32] = encoder.encode(self.numbers)
        return found
