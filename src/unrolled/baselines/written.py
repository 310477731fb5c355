"""Baselines that write: a text for each text."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

__all__ = ["TextBaseline", "TextBaselineKind"]


class TextBaseline(Protocol):
    """A simple way to answer a text with a text."""

    @property
    def name(self) -> str:
        """Its name, for people."""

    def answers(self, sources: Sequence[str]) -> list[str]:
        """An answer to each source."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it learnt; texts as bytes."""


class TextBaselineKind(Protocol):
    """How such baselines are made."""

    file: str
    """The name of its file in a model folder, without the ending."""

    def fit(self, sources: Sequence[str], targets: Sequence[str]) -> TextBaseline:
        """Learn from pairs."""

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> TextBaseline:
        """The inverse of `TextBaseline.arrays`; InputError for damaged ones."""
