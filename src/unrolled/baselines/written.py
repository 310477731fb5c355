"""Baselines that write: a text for each input, which is a text, or a picture as numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

__all__ = ["Baseline", "BaselineKind"]


class Baseline(Protocol):
    """A simple way to answer an input with a text."""

    @property
    def name(self) -> str:
        """Its name, for people."""

    def answers(self, sources: Sequence[Any]) -> list[str]:
        """An answer to each source."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it learnt; texts as bytes."""


class BaselineKind(Protocol):
    """How such baselines are made."""

    file: str
    """The name of its file in a model folder, without the ending."""

    def fit(self, sources: Sequence[Any], targets: Sequence[str]) -> Baseline:
        """Learn from pairs."""

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> Baseline:
        """The inverse of `Baseline.arrays`; InputError for damaged ones."""
