"""Queries that are known, as completions of what is typed."""

from collections.abc import Callable

from unrolled.suggestions.completions import Completion
from unrolled.suggestions.items import Items
from unrolled.suggestions.popular import Popular

__all__ = ["KnownTyping"]


class KnownTyping:
    """What is typed, completed by known queries alone."""

    def __init__(self, popular: Popular, allows: Callable[[str], bool], items: Items | None) -> None:
        self._popular, self._allows, self._items = popular, allows, items
        self._prefix = ""

    def change(self, prefix: str) -> None:
        """Replace what is typed."""
        self._prefix = prefix

    def best(self, n: int) -> list[Completion]:
        """The ``n`` best completions, best first."""
        found = [one for one in self._popular.best(self._prefix, 4 * n) if self._may(one.text)]
        total = sum(one.times for one in found)
        return [Completion(one.text, "known", one.times / total) for one in found][:n]

    def _may(self, text: str) -> bool:
        return self._allows(text) and (self._items is None or self._items.answers(text))
