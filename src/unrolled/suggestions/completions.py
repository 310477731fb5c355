"""A completion of a query: what search boxes suggest."""

from typing import NamedTuple

__all__ = ["Completion"]


class Completion(NamedTuple):
    """A query that what was typed may become."""

    text: str
    kind: str
    """Whether it is ``known`` from the log, ``written`` by the model, or ``recent``: the user's own in this session."""
    score: float
    """How probable it is beside the others."""
