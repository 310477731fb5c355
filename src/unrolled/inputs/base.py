"""What an encoder is to the rooms that use it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONGEST", "Document", "Encoder"]

LONGEST = 4_096  # steps read of an input; what comes after is left out

Document = tuple[NDArray[np.int64], NDArray[np.float32]]
"""A vector of which only what is not zero is kept: places and values."""


class Encoder(Protocol):
    """Raw inputs in, arrays out. ``vocabulary`` words with ids, or, where that is 0, vectors of ``width`` features."""

    @property
    def vocabulary(self) -> int: ...

    @property
    def width(self) -> int: ...

    def encode(self, given: Any) -> Any:
        """An input as its steps, of which `len` counts; InputError for one that cannot be read or is empty."""

    def names(self, given: Any) -> list[str]:
        """What stands at each step, for a person."""

    def collate(self, encoded: Sequence[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Encoded inputs → ids (B, T) or vectors (B, T, width), lengths (B,)."""

    def document(self, encoded: Any) -> Document:
        """The input as one vector of ``features`` entries, for a baseline without a network."""

    @property
    def features(self) -> int: ...

    def saved(self) -> tuple[Mapping[str, NDArray[Any]], Mapping[str, str]]:
        """Arrays, and texts by file name, from which the encoder is restored."""
