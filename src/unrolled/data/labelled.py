"""Encoded examples with their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Labelled"]


@dataclass(frozen=True)
class Labelled:
    """Encoded examples, the numbers of their labels (N,), and what each belongs to, where that was asked for."""

    encoded: Sequence[NDArray[Any]]
    targets: NDArray[np.integer]
    groups: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.encoded)
