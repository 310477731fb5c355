"""One conversation with a model: messages in, answers out. What the server's WebSocket carries, for any task."""

from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ["Session"]


class Session(Protocol):
    """A message and an answer are JSON objects; what they hold is the task's."""

    def receive(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a message. Raises InputError for one that is not allowed, and then has changed nothing."""

    def save(self) -> bytes:
        """All that the session remembers."""

    def restore(self, saved: bytes) -> Any:
        """Go on from what `save` gave; InputError for anything else."""
