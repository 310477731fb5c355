"""What a task asks of its baseline."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.inputs.features import Features

__all__ = ["Arrays", "Baseline", "BaselineKind", "LabelledPart", "Predictions", "Sizes"]

Arrays = Mapping[str, NDArray[Any]]
Predictions = Iterator[tuple[NDArray[Any], NDArray[Any]]]
"""Blocks of (predictions, targets), as the measures of a task read them."""


class LabelledPart(Protocol):
    """Encoded examples, the numbers of their labels (N,), and the groups (speakers, patients) that they belong to."""

    @property
    def encoded(self) -> Sequence[NDArray[Any]]: ...
    @property
    def targets(self) -> NDArray[np.integer]: ...
    @property
    def groups(self) -> Sequence[str] | None: ...


class Baseline(Protocol):
    """A fitted baseline over one kind of data: a corpus, or labelled examples."""

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
    """K ``outcomes``; for examples, also the ``features`` of their input, and whether a near one is alike."""

    outcomes: int
    features: Sequence[Features] = ()
    nearest: bool = False
