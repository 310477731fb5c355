"""Adaptation to the user: a cache of recent words, and words of their own that the vocabulary does not know."""

import unicodedata

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.lexicon import LONGEST, Lexicon
from unrolled.keyboard.cache import Cache
from unrolled.text.cutting import SPECIAL, UNKNOWN

__all__ = ["Adaptation", "OWN_WORDS", "may_be_own"]

OWN_WORDS = 2_000  # kept when a text is finished: the most frequent ones
NEVER_SEEN = 20.0  # as if this many unknown words had come that are not among the own words yet


class Adaptation:
    """Learns a text word by word and can unlearn its last words, so that nothing erased is learnt.

    The user's own words have the ids from V on. Such a word gets its share of the model's probability of an unknown
    word, p(unknown) · count / (all counts + 20), before the cache is mixed in. Words with digits are never learnt: they
    may be a private number.
    """

    def __init__(self, vocabulary_size: int, features: int) -> None:
        self._size = vocabulary_size
        self.cache = Cache(features)
        self.words: list[str] = []
        self.counts = np.zeros(0, np.int64)
        self.active = True
        self._ids: dict[str, int] = {}
        self.skipped = 0
        self._lexicon: Lexicon | None = None

    @property
    def own(self) -> tuple[list[str], Lexicon]:
        """The own words, the one with id V first, and their trie."""
        if self._lexicon is None:
            self._lexicon = Lexicon(self.words, self._size)
        return self.words, self._lexicon

    def load(self, words: list[str], counts: NDArray[np.int64], skipped: int, active: bool) -> None:
        """Replace the own words by saved ones; a forgotten word is empty."""
        self.words, self.counts, self.skipped, self.active = words, counts, skipped, active
        self._ids = {word: self._size + i for i, word in enumerate(words) if word}
        self._lexicon = None

    def add(self, features: NDArray[np.float32], word: str, known: int) -> None:
        """Learn the word that came after ``features`` (E,); ``known`` is its id in the vocabulary, or UNKNOWN."""
        number = self._own(word) if known == UNKNOWN and may_be_own(word) else known
        self.cache.add(features[None], np.array([number]))

    def cut(self, words: int) -> None:
        """Unlearn all words of the unfinished text but its first ``words``."""
        removed = self.cache.cut(min(self.cache.size, self.cache.kept + max(0, words - self.skipped)))
        self.skipped = min(self.skipped, words)
        own = removed[removed >= self._size] - self._size
        np.subtract.at(self.counts, own, 1)

    def finish(self) -> None:
        """Keep what the text taught, since it is finished; where learning is off, unlearn it."""
        if not self.active:
            self.cut(0)
        self.skipped = 0
        self.cache.keep()
        if len(self.words) > OWN_WORDS or not self.counts.all():
            self._compact()

    def forget(self, words: int) -> None:
        """Forget everything; the first ``words`` words of the unfinished text stay unlearnt."""
        self.cache.clear()
        self.words, self._ids, self.counts, self._lexicon = [], {}, np.zeros(0, np.int64), None
        self.skipped = words

    def forget_word(self, word: str, known: int) -> None:
        """Forget a word and each time it was written; what was learnt about other words stays."""
        own = self._ids.pop(word, None)
        if own is not None:
            self.words[own - self._size], self.counts[own - self._size] = "", 0
            self._lexicon = None
        for number in (own, known):
            if number is not None:
                self.cache.ids[self.cache.ids == number] = UNKNOWN

    def probabilities(self, model: NDArray[np.float32], features: NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's probabilities (V,) after features (E,) → those of its V words and of the own words after them."""
        counts = self.counts
        if not self.active and len(counts):
            written = self.cache.ids[self.cache.kept :]
            counts = counts - np.bincount(written[written >= self._size] - self._size, minlength=len(counts))
        if len(counts):
            own = model[UNKNOWN] * counts / (counts.sum() + NEVER_SEEN)
            model = np.concatenate([model, own.astype(np.float32)])
        return self.cache.mix(model, features, not self.active)

    def _own(self, word: str) -> int:
        """The id of an own word, a new one where it is new; counts it."""
        number = self._ids.get(word)
        if number is None:
            if len(self.words) >= 4 * OWN_WORDS:
                self._compact()
            number = self._ids[word] = self._size + len(self.words)
            self.words.append(word)
            self.counts = np.append(self.counts, 0)
            self._lexicon = None
        self.counts[number - self._size] += 1
        return number

    def _compact(self) -> None:
        """Drop the own words with a count of 0 and, beyond OWN_WORDS, the rarest, of equals the oldest."""
        ranked = np.lexsort((-np.arange(len(self.counts)), -self.counts))
        kept = np.sort(ranked[: min(OWN_WORDS, int(np.count_nonzero(self.counts)))])
        places = np.full(self._size + len(self.words), UNKNOWN)
        places[: self._size] = np.arange(self._size)
        places[self._size + kept] = self._size + np.arange(len(kept))
        self.cache.ids[:] = places[self.cache.ids]
        self.words, self.counts = [self.words[i] for i in kept], self.counts[kept]
        self._ids = {word: self._size + i for i, word in enumerate(self.words)}
        self._lexicon = None


def may_be_own(word: str) -> bool:
    """Whether an unknown word may be learnt: it has a letter or a picture, no digit, and is no special token."""
    if word in SPECIAL or not 0 < len(word) <= LONGEST or any(map(str.isnumeric, word)):
        return False
    return any(letter.isalpha() or unicodedata.category(letter) == "So" for letter in word)
