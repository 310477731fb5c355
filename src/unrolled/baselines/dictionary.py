"""A word-for-word dictionary, learnt from pairs of sentences by IBM Model 1 (Brown et al. 1993).

Each word of a target comes from one word of its source, or from none, and the other way round. Both models learn
together, by agreement (Liang et al. 2006): c(s, t), the expected number of times that s and t belong together, sums
over all pairs of sentences, and over the places i of s in the source and j of t in the target,

    p(t | s_i) / Σ_k p(t | s_k) · q(s | t_j) / Σ_k q(s | t_k)

and p(t | s) = c(s, t) / Σ_t' c(s, t'), q(s | t) = c(s, t) / Σ_s' c(s', t).

A source's words are translated one after another, each as its most probable target.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Arrays
from unrolled.baselines.packed import packed, read_array, unpacked
from unrolled.errors import InputError
from unrolled.text.case import Casing
from unrolled.text.cutting import Cutting
from unrolled.text.spacing import join_words

__all__ = ["Dictionary"]

Ids = NDArray[np.int64]
ITERATIONS = 6
CELLS = 6_000_000  # pairs of words in all pairs of sentences, at most
LONGEST = 100  # words of a sentence that are read
KEPT = 5  # translations of a word
RARE = 0.02  # probability below which a translation is not kept
SILENT = 0.25  # words of targets that come from a word at an occurrence, below which it has no translation
ALIKE = 5.0  # how much likelier than others a word is at first that is written the same
NONE = 0  # the word that words come from which have none


class Dictionary:
    """The most probable translations of each word, with their probabilities (V, K), 0 where there are fewer."""

    file: ClassVar[str] = "dictionary"
    name: ClassVar[str] = "word-for-word dictionary"

    def __init__(
        self,
        words: Sequence[str],
        translations: Sequence[str],
        chosen: NDArray[np.int32],
        shares: NDArray[np.float32],
        fertility: NDArray[np.float32],
        capital: bool,
    ) -> None:
        self._words, self._translations = words, translations
        self._numbers = {word: i for i, word in enumerate(words)}
        self._chosen, self._shares, self._fertility, self._capital = chosen, shares, fertility, capital

    @classmethod
    def fit(cls, sources: Sequence[str], targets: Sequence[str]) -> Self:
        """Learn from pairs of sentences; of very many from some."""
        pairs = [(_lower(_cut(s)), _cut(t)) for s, t in zip(*_some(sources, targets), strict=True)]
        forms = Counter(word for _, target in pairs for word in target[1:])  # the first may be a capital for its place
        forms += Counter({word: 1 for _, target in pairs for word in target[:1]})
        words, ids = _numbered([source for source, _ in pairs])
        lowered, target_ids = _numbered([_lower(target) for _, target in pairs])
        best: dict[str, str] = {}
        for form, _ in forms.most_common():
            best.setdefault(form.lower(), form)
        numbers = {word: i for i, word in enumerate(lowered, start=1)}
        alike = np.array([-1, *(numbers.get(word, -1) for word in words)])
        chosen, shares, fertility = _learnt(ids, target_ids, alike, len(lowered) + 1)
        openings = [target[0] for _, target in pairs if target]
        capital = 2 * sum(word[:1] != word[:1].lower() for word in openings) > len(openings)
        forms_kept = ["", *(best.get(word, word) for word in lowered)]
        used, places = np.unique(chosen, return_inverse=True)
        kept = [forms_kept[i] for i in used.tolist()]
        return cls(["", *words], kept, places.reshape(chosen.shape).astype(np.int32), shares, fertility, capital)

    def translations(self, word: str) -> list[tuple[str, float]]:
        """What a word may be translated as, and how probable each is, most probable first; none for an unknown word."""
        number = self._numbers.get(word.lower())
        if not number:
            return []
        row = zip(self._chosen[number].tolist(), self._shares[number].tolist(), strict=True)
        return [(self._translations[i], share) for i, share in row if share > 0]

    def answers(self, sources: Sequence[str]) -> list[str]:
        """Each source translated word for word; words that it does not know stay as they are."""
        return [self._answer(source) for source in sources]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that `restore` reads."""
        return {
            "words": packed(self._words),
            "translations": packed(self._translations),
            "chosen": self._chosen,
            "shares": self._shares,
            "fertility": self._fertility,
            "capital": np.array([self._capital], np.int32),
        }

    @classmethod
    def restore(cls, arrays: Arrays) -> Self:
        """The inverse of `arrays`; InputError where they are damaged."""
        words, translations = unpacked(arrays, "words"), unpacked(arrays, "translations")
        chosen = read_array(arrays, "chosen", "i", 2).astype(np.int32)
        shares = read_array(arrays, "shares", "f", 2).astype(np.float32)
        fertility = read_array(arrays, "fertility", "f", 1).astype(np.float32)
        if chosen.shape != shares.shape or len(words) != len(chosen) or len(words) != len(fertility):
            raise InputError(f"the dictionary has {len(words)} words, and translations {chosen.shape} {shares.shape}")
        if chosen.size and not 0 <= chosen.min() <= chosen.max() < len(translations):
            raise InputError(f"the dictionary's translations are not numbers from 0 to {len(translations) - 1}")
        return cls(words, translations, chosen, shares, fertility, bool(read_array(arrays, "capital", "i", 1).any()))

    def _answer(self, source: str) -> str:
        written = [self._translated(word) for word in _cut(source)]
        words = [word for word in written if word]
        if words and self._capital:
            words[0] = Casing().capitalized(words[0])
        return join_words(words)

    def _translated(self, word: str) -> str:
        number = self._numbers.get(word.lower())
        if not number:
            return word
        found = self.translations(word)
        return found[0][0] if found and self._fertility[number] >= SILENT else ""


def _some(sources: Sequence[str], targets: Sequence[str]) -> tuple[list[str], list[str]]:
    """As many pairs, spread over all, as have few enough pairs of words."""
    cells = np.array([(s.count(" ") + 3) * (t.count(" ") + 2) for s, t in zip(sources, targets, strict=True)])
    step = max(1, -(-int(np.minimum(cells, LONGEST**2).sum()) // CELLS))
    return list(sources[::step]), list(targets[::step])


def _cut(text: str) -> list[str]:
    cutting = Cutting("word")
    return [piece for piece, _ in cutting.pieces(cutting.composed(text))][:LONGEST]


def _lower(words: Sequence[str]) -> list[str]:
    return [word.lower() for word in words]


def _numbered(sentences: Sequence[Sequence[str]]) -> tuple[list[str], list[Ids]]:
    """The words of all sentences, and each sentence as their numbers, from 1 on."""
    numbers: dict[str, int] = {}
    ids = [np.array([numbers.setdefault(word, len(numbers) + 1) for word in words], np.int64) for words in sentences]
    return list(numbers), ids


def _learnt(
    sources: Sequence[Ids], targets: Sequence[Ids], alike: Ids, others: int
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """The best targets of each word (V, K), their probabilities (V, K), and the word's fertility (V,).

    ``alike`` (V,) is the target that is written as the word is, such as a name or a mark, or -1; it is likely at first.
    """
    words = len(alike)
    pairs = [(np.append(s, NONE), t) for s, t in zip(sources, targets, strict=True) if len(t)]
    if not pairs:
        return np.zeros((words, 1), np.int32), np.zeros((words, 1), np.float32), np.zeros(words, np.float32)
    keys = np.concatenate([(s[None] * others + t[:, None]).ravel() for s, t in pairs])
    runs = np.concatenate(
        [np.full(len(t), len(s)) for s, t in pairs]
    )  # each word of a target, beside all of its source
    starts = np.cumsum(runs) - runs
    cells, places = np.unique(keys, return_inverse=True)
    of_word, of_target = np.divmod(cells, others)
    tokens = np.concatenate([np.tile(np.arange(len(s)), len(t)) for s, t in pairs])
    tokens += np.repeat(np.cumsum([0, *(len(s) for s, _ in pairs[:-1])]), [len(s) * len(t) for s, t in pairs])
    p = np.where(alike[of_word] == of_target, ALIKE, 1.0)
    q = p.copy()
    for _ in range(ITERATIONS):
        shares, back = p[places], q[places]
        shares /= np.repeat(np.add.reduceat(shares, starts), runs)
        shares *= back / np.bincount(tokens, back)[tokens]
        counts = np.bincount(places, shares, len(cells))
        total = np.bincount(of_word, counts, words)
        p = counts / np.maximum(total, 1e-30)[of_word]
        q = counts / np.maximum(np.bincount(of_target, counts, others), 1e-30)[of_target]
    seen = np.bincount(np.concatenate([s for s, _ in pairs]), minlength=words)
    return *_best(of_word, of_target, p, words), (total / np.maximum(seen, 1)).astype(np.float32)


def _best(
    of_word: Ids, targets: Ids, p: NDArray[np.float64], words: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The targets of each word with the largest p."""
    order = np.lexsort((targets, -p, of_word))
    order = order[p[order] >= RARE]
    word = of_word[order]
    rank = np.arange(len(word)) - np.searchsorted(word, word)
    kept = rank < KEPT
    chosen, shares = np.zeros((words, KEPT), np.int32), np.zeros((words, KEPT), np.float32)
    chosen[word[kept], rank[kept]] = targets[order[kept]]
    shares[word[kept], rank[kept]] = p[order[kept]]
    return chosen, shares
