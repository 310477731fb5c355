"""A block list: terms that are never suggested.

A term counts as whole words, in any case, composed or not, of full or half width, with invisible characters or
without: *ass* blocks *Ass* and *ass-kicker*, but no *class* and no *asses*; each form of a word is a term of its own.
All that is neither a letter, a mark of one nor a digit ends a word, so *hell* blocks *hell's* and *idiot* *l'idiot*. Of
a term of several words these must follow each other, whatever stands between them. A term in a script without spaces
between words, or with signs (*c++*, an emoji), counts wherever it stands, but not within a word of another script.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

from unrolled.errors import InputError
from unrolled.sources.text_file import TextFile
from unrolled.text.word_pattern import is_unspaced

__all__ = ["BLOCKED", "MOST_TERMS", "BlockList", "Blocking"]

BLOCKED = "blocked.txt"
"""Its file in a model folder."""
MOST_TERMS, LONGEST = 100_000, 200
_ASCII_WORD = re.compile("[a-z0-9]+")
_COMMENT = re.compile(r"(?:^|\s)#")
_IN_TERMS = frozenset("'’-‐‑_ ")  # signs that only end a word
_VARIATIONS = "\ufe0e\ufe0f"


class BlockList:
    """Terms that are never suggested; see the module. Raises InputError for what is no term."""

    def __init__(self, terms: Iterable[str] = ()) -> None:
        if isinstance(terms, str):
            raise InputError(f"the terms are one string, {terms[:40]!r}; expected several strings")
        self._fill((term, "the block list") for term in terms)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """The terms of a text file in UTF-8, one a line; # begins a comment, at a line's start or after a space.

        Raises InputError that names file and line.
        """
        return cls._of_lines(TextFile.at(Path(path)))

    @classmethod
    def of_text(cls, text: str, name: str) -> Self:
        """The terms of a text as `text` gives it; ``name`` is that of its file, for errors."""
        return cls._of_lines(TextFile.in_memory(text, name))

    @property
    def text(self) -> str:
        """The terms, one a line, for a file."""
        return "".join(f"{term}\n" for term in self.terms)

    def __or__(self, other: "BlockList") -> "BlockList":
        """The terms of both."""
        return BlockList((*self.terms, *other.terms))

    def __len__(self) -> int:
        return len(self.terms)

    def blocks(self, text: str, before: str = "") -> bool:
        """Whether a text has a term in it, or ends one that began in the text ``before`` it."""
        if not self.terms:
            return False
        folded = _folded(text)
        words = _words(folded)
        if not self._words.isdisjoint(words):
            return True
        earlier = _folded(before[-self._reach :]) if before and self._reach else ""
        return self._ends_phrase(_words(earlier), words) or self._ends_anywhere(earlier + folded, len(earlier))

    def allows(self, text: str, before: str = "") -> bool:
        """Whether a text has no term in it, nor ends one that began before it."""
        return not self.blocks(text, before)

    @classmethod
    def _of_lines(cls, file: TextFile) -> Self:
        blocked = cls()
        lines = ((_COMMENT.split(line, maxsplit=1)[0].strip(), n) for n, line in enumerate(file.lines("utf-8"), 1))
        blocked._fill((term, f"{file.name}:{number}") for term, number in lines if term)
        return blocked

    def _fill(self, terms: Iterable[tuple[str, str]]) -> None:
        """Enter terms, each with where it stands."""
        kept: dict[str, None] = {}
        self._words: set[str] = set()
        self._phrases: dict[str, set[tuple[str, ...]]] = {}
        self._anywhere: dict[str, set[str]] = {}
        self._reach = 0  # characters before a text in which a term may have begun that it ends
        for term, where in terms:
            _check(term, where)
            if len(kept) >= MOST_TERMS and term not in kept:
                raise InputError(f"{where}: the block list has more than {MOST_TERMS:,} terms")
            kept[term.strip()] = None
            self._enter(_folded(term.strip()))
        self.terms: tuple[str, ...] = tuple(kept)
        """As they were given, each once."""

    def _enter(self, folded: str) -> None:
        words = _words(folded)
        if any(is_unspaced(letter) or not (_in_word(letter) or letter in _IN_TERMS) for letter in folded):
            self._anywhere.setdefault(folded[0], set()).add(folded)
        elif len(words) == 1:
            self._words.update(words)
            return
        else:
            self._phrases.setdefault(words[0], set()).add(tuple(words))
        self._reach = max(self._reach, 2 * len(folded))

    def _ends_phrase(self, before: list[str], words: list[str]) -> bool:
        """Whether the words of a phrase follow each other, the last of them not before a text."""
        if not self._phrases:
            return False
        written = before + words
        return any(
            i + len(phrase) > len(before) and tuple(written[i : i + len(phrase)]) == phrase
            for i, word in enumerate(written)
            for phrase in self._phrases.get(word, ())
        )

    def _ends_anywhere(self, text: str, least: int) -> bool:
        """Whether a term that counts anywhere stands in a text, and ends after ``least`` characters."""
        if not self._anywhere:
            return False
        return any(
            start + len(term) > least
            and text.startswith(term, start)
            and not (_joined(text, start) or _joined(text, start + len(term)))
            for start, first in enumerate(text)
            for term in self._anywhere.get(first, ())
        )


@runtime_checkable
class Blocking(Protocol):
    """What suggests, but nothing that its block list has in it."""

    blocked_: BlockList


def _check(term: object, where: str) -> None:
    if not isinstance(term, str):
        raise InputError(f"{where}: a term is {term!r:.80}; expected a string")
    if len(term) > LONGEST:
        raise InputError(f"{where}: a term of {len(term):,} characters; expected at most {LONGEST}")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in term.strip()):
        raise InputError(f"{where}: the term {term[:80]!r} has a control character in it; expected one term a line")
    if _COMMENT.search(term):
        raise InputError(f"{where}: the term {term[:80]!r} has a #, which begins a comment; expected no # there")
    folded = _folded(term)
    if not folded.strip() or not (_words(folded) or folded.strip("".join(_IN_TERMS))):
        raise InputError(f"{where}: the term {term[:80]!r} has nothing in it that can be seen; expected a word")


def _folded(text: str) -> str:
    """The text in one of the ways in which it may be written."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(_visible(text))


def _visible(text: str) -> Iterator[str]:
    return (one for one in text if one not in _VARIATIONS and unicodedata.category(one) != "Cf")


def _words(folded: str) -> list[str]:
    if folded.isascii():
        return _ASCII_WORD.findall(folded)
    return "".join(letter if _in_word(letter) else " " for letter in folded).split()


def _in_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN"


def _joined(text: str, place: int) -> bool:
    """Whether a word of a script with spaces goes on at a place."""
    around = text[place - 1 : place + 1] if place else ""
    return len(around) == 2 and all(_in_word(letter) and not is_unspaced(letter) for letter in around)
