"""How the inputs of `predict` are read, and where its answers go."""

from typing import NamedTuple

__all__ = ["Place"]


class Place(NamedTuple):
    """See the module."""

    output: str | None
    as_json: bool
    lines: bool
    overwrite: bool
