"""What a task asks of its baseline."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

__all__ = ["Arrays", "Baseline", "BaselineKind", "Predictions", "Sizes"]

Arrays = Mapping[str, NDArray[Any]]
Predictions = Iterator[tuple[NDArray[Any], NDArray[Any]]]
"""Blocks of (predictions, targets), as the measures of a task read them."""


class Baseline(Protocol):
    """A fitted baseline over one kind of data: a corpus, or examples as vectors of features with their targets."""

    @property
    def name(self) -> str:
        """Its name, for people."""

    def loss(self, part: Any) -> float:
        """Mean nats per item of a part."""

    def predictions(self, part: Any) -> Predictions:
        """Its predictions for a part."""

    def arrays(self) -> Arrays:
        """The arrays to be saved."""


class BaselineKind(NamedTuple):
    """How a baseline is made: ``fit`` from a training and a validation part, ``restore`` from its `arrays`."""

    fit: Callable[[Any, Any, "Sizes"], Baseline]
    restore: Callable[[Arrays, "Sizes"], Baseline]


class Sizes(NamedTuple):
    """K ``outcomes``; for examples, also F ``features`` and ``of``, their name for people."""

    outcomes: int
    features: int = 0
    of: str = ""
