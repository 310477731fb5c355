"""The user's own words, which the vocabulary lacks: how each is written, how often, and whether it may be an error."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.dictionary import Dictionary, Own
from unrolled.completion.lexicon import LONGEST, Lexicon
from unrolled.completion.written import alike
from unrolled.keyboard.misspelt import meant_by
from unrolled.text.case import case_of
from unrolled.text.cutting import SPECIAL
from unrolled.text.graphemes import is_half_flag

__all__ = ["OWN_WORDS", "Entry", "OwnWords", "may_be_own"]

OWN_WORDS = 2_000  # kept when a text is finished: the most frequent ones
WAYS = 3  # of writing a word, kept of each
NEVER_SEEN = 20.0  # as if this many unknown words had come that are not among the own words yet
DOUBTED = 3  # uses after which a word is offered that looks like an error
SETTLED = 2  # uses after which a word is what another word may be corrected to
FREQUENT = 20_000  # a known word of this rank is so rare that an unknown one is hardly an error of it
FREQUENT_SHORT, SHORT = 2_000, 4  # that of words of so many letters, which mostly have some neighbour by chance
_HEAD = re.compile(r"(.+?)['’‐‑-]")


class Entry(NamedTuple):
    """One way of writing a word, and whether it was written so where its case means something (``sure``).

    ``doubted``: it looks like an error, and is not offered before it was written several times. ``below`` is the id of
    a known word that it never outranks: mother for mother-in-law, or the one that it may be an error of; else -1.
    """

    word: str
    sure: bool = True
    doubted: bool = False
    below: int = -1


NOTHING = Entry("")
"""In place of an entry that was forgotten."""


class OwnWords:
    """Entries with the ids after the dictionary's. Those whose words are `alike` are one word: it is offered as it was
    written most often where case means something, and in small letters where it never was.
    """

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary, self._size = dictionary, len(dictionary)
        self.entries: list[Entry] = []
        self.counts = np.zeros(0, np.int64)
        self.trusted: set[str] = set()
        self._ids: dict[tuple[str, bool], int] = {}
        self._alike: dict[str, list[int]] = {}
        self._counted = np.full(1, -1)  # the counts that what follows was made for
        self._shown_by = self._below = np.zeros(0, np.int64)  # (W,) the entry as which each is offered
        self._held_back = self._settled = np.zeros(0, bool)
        self._shown: list[str] = []
        self._lexicon: Lexicon | None = None

    def __len__(self) -> int:
        return len(self.entries)

    def load(self, entries: Iterable[Entry], counts: NDArray[np.int64]) -> None:
        """Take other entries in place of these."""
        self.entries, self.counts, self._counted = list(entries), counts, np.full(1, -1)
        self._ids, self._alike = {}, {}
        for i, entry in enumerate(self.entries):
            self._enter(i, entry)

    def _enter(self, i: int, entry: Entry) -> None:
        if entry.word:
            self._ids[entry.word, entry.sure] = i
            self._alike.setdefault(alike(entry.word), []).append(i)

    def holds(self, word: str) -> bool:
        """Whether a word was written, in any way."""
        return self._uses(alike(word)) > 0

    def knows(self, word: str) -> bool:
        """Whether a word was written often enough to be one."""
        key = alike(word)
        doubted = any(self.entries[i].doubted for i in self._alike.get(key, []))
        return self._uses(key) >= (DOUBTED if doubted else 1)

    def use(self, word: str, sure: bool) -> int:
        """Count one use of a word; returns its id."""
        word = unicodedata.normalize("NFC", word)
        word = word if sure else self._plain(word)
        i = self._ids.get((word, sure))
        if i is None:
            i = len(self.entries)
            self.entries.append(Entry(word, sure))
            self.counts = np.append(self.counts, 0)
            self._enter(i, self.entries[i])
        if not self.counts[i]:  # new, or what was erased again, which proves nothing
            used = [self.entries[other] for other in self._alike[alike(word)] if self.counts[other]]
            doubted, below = used[0][2:] if used else self._judged(word)
            self.entries[i] = Entry(word, sure, doubted, below)
        self.counts[i] += 1
        return self._size + i

    def trust(self, word: str) -> None:
        """Take a word for no error, whatever it looks like."""
        self.trusted.add(alike(word))
        for i in self._alike.get(alike(word), []):
            self.entries[i] = self.entries[i]._replace(doubted=False)
        self._counted = np.full(1, -1)

    def _judged(self, word: str) -> tuple[bool, int]:
        """Whether a new word may be an error, and the known word that it is not to outrank, or -1."""
        key, known = alike(word), self._dictionary.variants
        if same := known(word):  # in a case of the user's own, or an everyday word
            return key not in self.trusted and same[0] < self._dictionary.known_to_model, -1
        likely = [] if key in self.trusted else [*meant_by(key, self._dictionary.letters)]
        meant = self._dictionary.most_frequent(likely)
        if 0 <= meant < (FREQUENT_SHORT if len(key) <= SHORT else FREQUENT):
            return True, meant
        head = known(key.partition("-")[0]) if "-" in key[3:] else []
        return any(self._uses(other) >= DOUBTED for other in likely), head[0] if head else -1

    def _uses(self, key: str) -> int:
        return sum(int(self.counts[i]) for i in self._alike.get(key, []))

    def _plain(self, word: str) -> str:
        """A word from where its case means nothing: in small letters, but for a beginning that mostly has capitals."""
        dictionary, head = self._dictionary, _HEAD.match(word)
        plain = dictionary.casing.lower(word)
        known = dictionary.variants(head[1]) if head else []
        beginning = dictionary.tokens[known[0]] if known else ""
        return beginning + plain[len(beginning) :] if len(plain) == len(word) else plain

    def forget(self, word: str) -> tuple[set[str], list[int]]:
        """Forget a word in every way of writing it, also as it is shown in capitals; returns what was forgotten.

        These are what its ways of writing have in common, see `alike`, and the ids it had.
        """
        key, upper = alike(word), self._dictionary.casing.upper
        keys = {own for own in self._alike if own == key or alike(upper(own)) == key}
        found = [i for own in keys for i in self._alike.pop(own)]
        for i in found:
            del self._ids[self.entries[i].word, self.entries[i].sure]
            self.entries[i], self.counts[i] = NOTHING, 0
        self._counted = np.full(1, -1)
        return {key, *keys}, [self._size + i for i in found]

    def compact(self) -> NDArray[np.int64]:
        """Drop what is not used and, beyond OWN_WORDS words, the rarest, of equals the oldest; returns what is kept.

        Of a word the WAYS of writing it are kept that were used most.
        """
        used = [[i for i in of if self.counts[i]] for of in self._alike.values()]
        ranked = sorted(filter(None, used), key=lambda of: (int(self.counts[of].sum()), max(of)), reverse=True)
        most = [sorted(of, key=lambda i: self.counts[i])[-WAYS:] for of in ranked[:OWN_WORDS]]
        kept = np.array(sorted(chain(*most)), np.int64)
        self.load([self.entries[i] for i in kept], self.counts[kept])
        return kept

    def shares(self, unknown: float, counts: NDArray[np.int64]) -> NDArray[np.float32]:
        """The probability (W,) of each entry, where that of an unknown word is ``unknown``."""
        shares: NDArray[np.float32] = (unknown * counts / (counts.sum() + NEVER_SEEN)).astype(np.float32)
        return shares

    def offered(self, p: NDArray[np.float32], counts: NDArray[np.int64]) -> NDArray[np.float32]:
        """Of p (V + W,) the entries' part gathered where a word is shown; 0 of doubted words, none above another's."""
        self._refresh(counts)
        own = np.bincount(self._shown_by, p[self._size :], len(self.entries)).astype(np.float32)
        own[self._held_back] = 0.0
        capped = self._below >= 0
        own[capped] = np.minimum(own[capped], p[self._below[capped]])
        return np.concatenate([p[: self._size], own])

    def shown(self) -> Own:
        """The words as `offered` last gathered them."""
        if self._lexicon is None:
            self._lexicon = Lexicon(self._shown, self._size)
        return Own(self._shown, self._lexicon, self._settled)

    def _refresh(self, counts: NDArray[np.int64]) -> None:
        if np.array_equal(counts, self._counted):
            return
        self._counted = counts.copy()
        entries, places = self.entries, np.arange(len(self.entries))
        shown_by = places.copy()
        for of in self._alike.values():
            if len(of) > 1:
                shown_by[of] = min(of, key=lambda i: (-entries[i].sure * counts[i], -counts[i], *_likely(entries[i])))
        uses = np.bincount(shown_by, counts, len(entries))[shown_by]
        self._shown_by, self._settled = shown_by, uses >= SETTLED
        self._held_back = np.array([entry.doubted for entry in entries], bool) & (uses < DOUBTED)
        self._below = np.array([entry.below for entry in entries], np.int64)
        whole = [own and not is_half_flag(entry.word) for entry, own in zip(entries, shown_by == places, strict=True)]
        shown = [entry.word if one else "" for entry, one in zip(entries, whole, strict=True)]
        if shown != self._shown:
            self._shown, self._lexicon = shown, None


def _likely(entry: Entry) -> tuple[int, str]:
    """Of ways of writing a word that were used as often: a capital is mostly meant, capitals throughout mostly not."""
    return ("capital", "mixed", "lower", "none", "upper").index(case_of(entry.word)), entry.word


def may_be_own(word: str) -> bool:
    """Whether an unknown word may be learnt: it has a letter or a picture, no digit, and is no special token."""
    if word in SPECIAL or not 0 < len(word) <= LONGEST:
        return False
    if "\u20e3" in word:  # a keycap
        return True
    if any(map(str.isnumeric, word)):
        return False
    return any(letter.isalpha() or unicodedata.category(letter) == "So" for letter in word)
