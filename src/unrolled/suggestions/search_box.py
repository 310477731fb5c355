"""A search box: what one user types, how it may go on, and what the user has searched for before."""

import json
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Protocol, Self

from unrolled.errors import InputError
from unrolled.inference.messages import Message
from unrolled.inputs.queries import Queries
from unrolled.storage.strict_json import parse_json
from unrolled.suggestions.completions import Completion
from unrolled.text.queries import LONGEST, begun, normal

__all__ = ["RECENT", "SearchBox", "Typing"]

RECENT = 100
"""Queries of the user's own that are remembered."""
_LONGEST_TEXT = 10_000  # characters, of which the first LONGEST are read


class Typing(Protocol):
    """A query that is being typed: letter by letter it reads on from where it was."""

    def change(self, prefix: str) -> object:
        """Replace what is typed; most of it is mostly the same."""

    def best(self, n: int) -> list[Completion]:
        """The ``n`` best completions, best first."""


class SearchBox:
    """Suggestions for what is being typed. The user's own queries come first; nobody else is shown them.

    ``begin`` gives a typing in which nothing is typed, ``blocks`` says what is never shown.
    """

    def __init__(self, begin: Callable[[], Typing], blocks: Callable[[str], bool]) -> None:
        self._typing, self._blocks = begin(), blocks
        self.text = ""
        """What is typed, as it was typed."""
        self.recent: list[str] = []
        """The user's own queries, the latest first."""

    def write(self, text: str) -> Self:
        """Replace what is typed. Raises InputError for what is no text, or one of more than 10,000 characters."""
        if not isinstance(text, str):
            raise InputError(f"the text is {type(text).__name__}; expected a string")
        if len(text) > _LONGEST_TEXT:
            raise InputError(f"the text has {len(text):,} characters; expected at most {_LONGEST_TEXT:,}")
        self._typing.change(begun(text))
        self.text = text
        return self

    def searched(self, query: str) -> Self:
        """Remember a query of the user's own, in this session alone; nothing is typed then."""
        query = normal(query)[:LONGEST].rstrip()
        if query:
            self.recent = [query, *(other for other in self.recent if other != query)][:RECENT]
        return self.write("")

    def forget(self, query: str | None = None) -> Self:
        """Forget all of the user's own queries, or one."""
        gone = None if query is None else normal(query)
        self.recent = [] if gone is None else [other for other in self.recent if other != gone]
        return self

    def suggest(self, n: int = 10) -> list[Completion]:
        """The ``n`` best completions of what is typed: first the user's own, the latest first."""
        prefix = begun(self.text)
        own = [query for query in self.recent if query.startswith(prefix) and query != prefix.rstrip()]
        first = [Completion(query, "recent", 1.0) for query in own if not self._blocks(query)][:n]
        if len(first) == n:
            return first
        known = {completion.text for completion in first}
        others = [other for other in self._typing.best(n + len(first)) if other.text not in known]
        return (first + others)[:n]

    def receive(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a message as docs/serving.md defines it; on InputError nothing has changed."""
        began = perf_counter()
        asked = Message.read(message, Queries.message_keys)
        content = asked.content
        if content.get("forget", True) in (False, ""):
            raise InputError("forget is false or empty; expected true or a query")
        if "searched" in content and ("text" in content or "append" in content or "erase" in content):
            raise InputError("a message has searched and an edit; expected one of them: searched empties the box")
        text = asked.edited(self.text)
        if text != self.text:
            self.write(text)
        if "forget" in content:
            self.forget(content["forget"] if isinstance(content["forget"], str) else None)
        if "searched" in content:
            self.searched(content["searched"])
        answer: dict[str, Any] = {"suggestions": [one._asdict() for one in self.suggest(asked.n)]}
        if asked.id is not None:
            answer["id"] = asked.id
        return answer | {"microseconds": round((perf_counter() - began) * 1e6, 1)}

    def save(self) -> bytes:
        """What is typed and the user's own queries, as JSON."""
        return json.dumps({"text": self.text, "recent": self.recent}, ensure_ascii=False).encode()

    def restore(self, saved: bytes) -> Self:
        """Continue from what `save` gave; InputError for anything else, and then nothing has changed."""
        values = parse_json(bytes(saved), "the saved search box")
        if not isinstance(values, dict) or values.keys() != {"text", "recent"}:
            raise InputError("the saved search box is none: expected an object with text and recent")
        recent = values["recent"]
        if not isinstance(recent, list) or not all(isinstance(query, str) for query in recent):
            raise InputError("the saved search box is none: recent is no list of strings")
        if len(recent) > RECENT or any(not 0 < len(query) <= LONGEST or normal(query) != query for query in recent):
            raise InputError(f"the saved search box is none: expected at most {RECENT} queries as they are remembered")
        self.write(values["text"])
        self.recent = recent
        return self
