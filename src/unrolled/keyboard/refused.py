"""Suggestions that the user took and erased again: they are not suggested again in their place at once."""

from collections.abc import Iterable
from typing import NamedTuple

from unrolled.completion.written import alike

__all__ = ["Refused", "unchanged"]

MOST = 32  # suggestions taken that may still be refused


class Taken(NamedTuple):
    """A suggestion in the text: the word, the place after which it stands, without the spaces there, and its end."""

    word: str
    place: int
    end: int


class Refused:
    """Follows the edits of a text. What was offered counts as taken where an edit puts it into the text at once, and
    as refused where a later edit erases some of it.

    A refused word may be offered again once a word stands in its place, or once the text before it has changed.
    """

    def __init__(self) -> None:
        self._offered: tuple[str, list[str]] = "", []
        self._taken: list[Taken] = []
        self._place = 0
        self._words: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._words)

    def offered(self, before: str, suggestions: Iterable[str]) -> None:
        """Remember what was offered to follow the text ``before``."""
        self._offered = before, list(suggestions)

    def changed(self, old: str, new: str, corrected: str | None = None) -> None:
        """Follow a change of the text; ``corrected`` is the word with a space after it that a correction wrote."""
        kept = unchanged(old, new)
        if kept < self._place:
            self._words.clear()
        for taken in self._taken:
            if taken.place <= kept < taken.end:
                self._refuse(taken)
        self._taken = [taken for taken in self._taken if taken.end <= kept]
        word = corrected or self._put_in(old, new)
        if word is not None:
            end = len(new.rstrip())
            self._taken = [*self._taken, Taken(word, len(new[: end - len(word)].rstrip()), end)][-MOST:]

    def refuses(self, word: str, before: str, typed: str) -> bool:
        """Whether a word is not to be offered for what is typed of it after the text ``before``; what was typed is."""
        if not self._words:
            return False
        place = len(before.rstrip())
        if place > self._place:
            self._words.clear()  # a word stands there
        key = alike(word.strip())
        return place == self._place and key in self._words and key != alike(typed)

    def restart(self) -> None:
        """Forget all."""
        self.__init__()  # type: ignore[misc]

    def _refuse(self, taken: Taken) -> None:
        if taken.place != self._place:
            self._place, self._words = taken.place, set()
        self._words.add(alike(taken.word))

    def _put_in(self, old: str, new: str) -> str | None:
        """The suggestion that a change put in at once, with or without a space after it: not by its last letter."""
        before, texts = self._offered
        if not new.startswith(before) or len(new) - unchanged(old, new) < 2:
            return None
        put = new[len(before) :]
        return next((text.strip() for text in texts if put in (text, f"{text} ")), None)


def unchanged(old: str, new: str) -> int:
    """How many characters at the beginning of two texts are the same."""
    if new.startswith(old):
        return len(old)
    if old.startswith(new):
        return len(new)
    return next(i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
