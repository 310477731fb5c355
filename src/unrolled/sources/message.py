"""A message of a chat."""

from typing import NamedTuple

__all__ = ["Message"]


class Message(NamedTuple):
    """Who wrote it, and what."""

    author: str
    text: str
