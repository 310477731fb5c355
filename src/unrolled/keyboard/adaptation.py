"""Adaptation to the user: a cache of recent words, and words of their own that the vocabulary does not know."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.dictionary import Dictionary, Own
from unrolled.keyboard.cache import Cache
from unrolled.keyboard.own_words import OWN_WORDS, Entry, OwnWords, may_be_own
from unrolled.keyboard.segments import BREAK
from unrolled.text.case import case_of
from unrolled.text.cutting import END, UNKNOWN

__all__ = ["Adaptation"]


class Adaptation:
    """Learns a text word by word and can unlearn its last words, so that nothing erased is learnt.

    The user's own words have the ids after the dictionary's. Such a word gets its share of the model's probability of
    an unknown word, p(unknown) · count / (all counts + 20), before the cache is mixed in. Words with digits are never
    learnt: they may be a private number.
    """

    def __init__(self, dictionary: Dictionary, features: int) -> None:
        self._dictionary, self._size = dictionary, len(dictionary)
        self.cache = Cache(features)
        self.own_words = OwnWords(dictionary)
        self.active = True
        self.skipped = 0

    @property
    def own(self) -> Own:
        """The own words that the last `probabilities` are of."""
        return self.own_words.shown()

    def load(self, entries: Sequence[Entry], counts: NDArray[np.int64], skipped: int, active: bool) -> None:
        """Replace the own words by saved ones."""
        self.own_words.load(entries, counts)
        self.skipped, self.active = skipped, active

    def add(self, features: NDArray[np.float32], word: str, sure: bool) -> None:
        """Learn the word that came after ``features`` (E,); ``sure``: where its case means something."""
        self.cache.add(features[None], np.array([self._number(word, sure)]))

    def skip(self, features: NDArray[np.float32]) -> None:
        """Learn of a word only that there was one."""
        self.cache.add(features[None], np.array([UNKNOWN]))

    def cut(self, words: int) -> None:
        """Unlearn all words of the unfinished text but its first ``words``."""
        removed = self.cache.cut(min(self.cache.size, self.cache.kept + max(0, words - self.skipped)))
        self.skipped = min(self.skipped, words)
        np.subtract.at(self.own_words.counts, removed[removed >= self._size] - self._size, 1)

    def finish(self) -> None:
        """Keep what the text taught, since it is finished; where learning is off, unlearn it."""
        if not self.active:
            self.cut(0)
        self.skipped = 0
        self.cache.keep()
        if len(self.own_words) > OWN_WORDS or not self.own_words.counts.all():
            self._compact()

    def forget(self, words: int) -> None:
        """Forget everything; the first ``words`` words of the unfinished text stay unlearnt."""
        self.cache.clear()
        self.own_words = OwnWords(self._dictionary)
        self.skipped = words

    def forget_word(self, word: str) -> set[str]:
        """Forget a word in every case and each time it was written; what was learnt about other words stays.

        Returns what its ways of writing have in common, see `alike`.
        """
        keys, ids = self.own_words.forget(word)
        self.cache.ids[np.isin(self.cache.ids, [*ids, *self._dictionary.variants(word)])] = UNKNOWN
        return keys

    def probabilities(self, model: NDArray[np.float32], features: NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's probabilities (V,) after features (E,) → those of its V words, of the everyday words and of the
        own words after them."""
        model = self._dictionary.widened(model)
        counts = self.own_words.counts
        if not self.active and len(counts):
            written = self.cache.ids[self.cache.kept :]
            counts = counts - np.bincount(written[written >= self._size] - self._size, minlength=len(counts))
        if len(counts):
            model = np.concatenate([model, self.own_words.shares(float(model[UNKNOWN]), counts)])
        return self.own_words.offered(self.cache.mix(model, features, not self.active), counts)

    def _number(self, word: str, sure: bool) -> int:
        """The id of a word of the vocabulary or of the user's own.

        A known word in a case that the vocabulary lacks becomes one of the user's own, with what is written of it then,
        and so does an everyday word.
        """
        if word == BREAK:
            return END
        tokens, size = self._dictionary.tokens, self._dictionary.known_to_model
        known = [number for number in self._dictionary.variants(word) if number < size]
        if known and not sure:
            return known[0]
        exact = [number for number in known if tokens[number] == word]
        same = exact or [number for number in known if case_of(tokens[number]) == case_of(word)]
        if (same and not self.own_words.holds(word)) or not may_be_own(word):
            return (same or known or [UNKNOWN])[0]
        if len(self.own_words) >= 4 * OWN_WORDS:
            self._compact()
        return self.own_words.use(word, sure)

    def _compact(self) -> None:
        """Drop own words that are not used, and the rarest of too many; the others change their ids."""
        places = np.full(self._size + len(self.own_words), UNKNOWN)
        places[: self._size] = np.arange(self._size)
        kept = self.own_words.compact()
        places[self._size + kept] = self._size + np.arange(len(kept))
        self.cache.ids[:] = places[self.cache.ids]
