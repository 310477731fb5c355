"""A correction when the space is typed after an unknown word, which one backspace takes back."""

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from unrolled.completion.dictionary import Dictionary, Suggestion
from unrolled.completion.written import alike
from unrolled.keyboard.misspelt import meant_by

__all__ = ["Autocorrect", "Corrected", "is_part_of_name", "one_word_more"]

CONFIDENT = 0.6  # share of what the suggestions score together
PRONOUN, OFTEN = 1_000, 4  # rank from which on I is a word of its own; times that it is more frequent than i
MOST_FREQUENT = 200  # rank of a word before or after which a space may be missing
SIGNS = frozenset("'’-‐‑")
OF_NAMES = frozenset("@#/\\&=_~.:")


class Corrected(NamedTuple):
    """A word that the keyboard wrote in place of another."""

    typed: str
    written: str


class Autocorrect:
    """Remembers the last correction, while the next change may take it back, and the words that were taken back."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._last: tuple[str, int, Corrected] | None = None
        self._kept: set[tuple[int, str]] = set()

    def made(self, text: str, place: int, corrected: Corrected) -> None:
        """Remember that a correction at a place led to this text."""
        self._last = text, place, corrected

    def taken_back(self, old: str, new: str) -> Corrected | None:
        """The correction that a change takes back, as it only erases the space after it; it is not made there again."""
        last, self._last = self._last, None
        if last is None or old != last[0] or new != old[:-1]:
            return None
        _, place, corrected = last
        self._kept.add((place, alike(corrected.typed)))
        return corrected

    def restart(self) -> None:
        """Forget the corrections of a text that is finished."""
        self._last = None
        self._kept.clear()

    def correction(self, place: int, typed: str, suggest: Callable[[], list[Suggestion]]) -> str | None:
        """What an unknown word at a place of the text was meant to be, where that is all but certain."""
        if not typed or (place, alike(typed)) in self._kept or not all(map(_in_words, typed)):
            return None
        if typed == "i":
            return "I" if self._is_pronoun() else None
        if self._dictionary.variants(typed):
            return None
        best = next(iter(suggest()), None)
        if best is None or best.kind != "correction" or best.score < CONFIDENT:
            return None
        return best.text if self._is_likely(alike(typed), alike(best.text)) else None

    def _is_likely(self, typed: str, meant: str) -> bool:
        """Whether an error is one that people make, more often than the vocabulary lacks a word that looks like one.

        The first letter is mostly right, or swapped; another last letter is mostly another ending. Spaces are left out
        between the most frequent words.
        """
        if " " in meant:
            known = [self._dictionary.known(word) for word in meant.split()]
            return meant.replace(" ", "") == typed and min(known) > 0 and max(known) < MOST_FREQUENT
        if typed[:-1] == meant[:-1] or (sorted(typed[:2]) != sorted(meant[:2]) and typed[0] != meant[0]):
            return False
        return meant in meant_by(typed, self._dictionary.letters)

    def _is_pronoun(self) -> bool:
        """Whether I stands for the person who writes, in the language of the vocabulary."""
        dictionary = self._dictionary
        capital, small = dictionary.known("I"), dictionary.known("i")
        if dictionary.casing.dotted or dictionary.tokens[capital] != "I" or capital > PRONOUN:
            return False
        return small == capital or small > OFTEN * capital


def _in_words(character: str) -> bool:
    return character in SIGNS or unicodedata.category(character)[0] in "LM"


def is_part_of_name(before: str) -> bool:
    """Whether a word that stands after the text ``before`` is a part of an address, a path, a tag or a file's name."""
    chunk = "" if before[-1:].isspace() else (before.split() or [""])[-1]
    return any(character in OF_NAMES or character.isalnum() for character in chunk)


def one_word_more(old: str, new: str) -> bool:
    """Whether typing ended one word by a space between the two texts."""
    added = new[len(old) :]
    return new.startswith(old) and added[-1:] == " " and not any(map(str.isspace, added[:-1])) and new[-2:-1] != " "
