"""Encoded examples with their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Labelled"]


@dataclass(frozen=True)
class Labelled:
    """Encoded examples and the numbers of their labels (N,)."""

    encoded: Sequence[NDArray[Any]]
    targets: NDArray[np.integer]

    def __len__(self) -> int:
        return len(self.encoded)
