"""A walk beside the beam: which tokens go on with something that is allowed, the texts of items for example."""

from functools import cached_property
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from unrolled.suggestions.parts import Parts

__all__ = ["Allowed", "Walk"]

P = TypeVar("P")
_KEPT = 20_000  # places that are remembered


class Allowed(Protocol[P]):
    """What completions must match, walked letter by letter."""

    def begin(self) -> P:
        """Where nothing is written."""

    def extend(self, place: P, more: str) -> P | None:
        """Where the walk is after more letters; None where nothing goes on so."""

    def following(self, place: P) -> str:
        """The characters that may come next."""

    def ends(self, place: P) -> bool:
        """Whether a query may end here."""


class Walk(Generic[P]):
    """The places of beginnings of queries, each looked up once."""

    def __init__(self, allowed: Allowed[P], parts: Parts) -> None:
        self._allowed, self._parts = allowed, parts
        self._places: dict[str, P | None] = {}

    def may_begin(self, letters: str) -> bool:
        """Whether something allowed begins so."""
        return self._place(letters) is not None

    def ends(self, letters: str) -> bool:
        """Whether these are a whole query that is allowed."""
        place, whole = self._place(letters), self._parts.whole(letters)
        return place is not None and whole is not None and not whole[1] and self._allowed.ends(place)

    def tokens(self, letters: str) -> NDArray[np.int64]:
        """The tokens of which at least the first letter may follow."""
        place, whole = self._place(letters), self._parts.whole(letters)
        if place is None or whole is None:
            return np.zeros(0, np.int64)
        following = map(self._parts.letters, self._allowed.following(place))
        firsts = {one[len(whole[1])] for one in following if one.startswith(whole[1])}
        parts = [self._by_first[first] for first in sorted(firsts) if first in self._by_first]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    @cached_property
    def _by_first(self) -> dict[str, NDArray[np.int64]]:
        return {first: self._parts.beginning_with(first) for first in {text[0] for text in self._parts.texts if text}}

    def _place(self, letters: str) -> P | None:
        if letters not in self._places:
            if len(self._places) > _KEPT:
                self._places.clear()
            self._places[letters] = self._looked_up(letters)
        return self._places[letters]

    def _looked_up(self, letters: str) -> P | None:
        whole = self._parts.whole(letters)
        if whole is None:
            return None
        text, begun = whole
        place = self._allowed.extend(self._allowed.begin(), text) if text else self._allowed.begin()
        if place is None or not begun:
            return place
        following = map(self._parts.letters, self._allowed.following(place))
        return place if any(one.startswith(begun) for one in following) else None
