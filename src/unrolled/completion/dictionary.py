"""The words that a model knows, found by what was typed and written in the case in which it was typed."""

import zlib
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.lexicon import LONGEST, Lexicon, typed_letters
from unrolled.completion.written import alike, case_factors, written
from unrolled.decoding import next_words
from unrolled.decoding.words import Branch
from unrolled.text.case import Casing
from unrolled.text.graphemes import is_emoji
from unrolled.text.tokens import END, UNKNOWN, Tokenizer

__all__ = ["Dictionary", "Own", "Suggestion", "TokenStream"]


_COMMON, _LETTERS = 5_000, 40  # of so many words the most frequent letters


class Suggestion(NamedTuple):
    """A word; its probability, given the text and what was typed of it; "next", "completion" or "correction"."""

    text: str
    score: float
    kind: str


class Own(NamedTuple):
    """The user's own words, the one with id V first; their trie; and which of them other words are corrected to."""

    words: list[str]
    lexicon: Lexicon
    settled: NDArray[np.bool_]


class TokenStream(Protocol):
    """A model that reads ids and predicts the next one, as `unrolled.inference.stream.Stream` does."""

    def branches(self) -> tuple[Branch[Any], Any]:
        """A step that a search for words can take from here, and the state that it starts from."""

    def probabilities(self) -> NDArray[np.float32]:
        """The distribution (V,) of the next token."""


class Dictionary:
    """A model's vocabulary, one for all its keyboards. Its trie is built at the first search, in 3 µs a word.

    Where the vocabulary has capitals, a word that opens a sentence is suggested with a capital, and a word that is
    unknown as written is read as its lower case. Punctuation marks are not suggested, since a mark is typed with one
    key; in text that is tokenised already (kind `space`) they are words like others.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.kind, self.cutting = tokenizer.kind, tokenizer.cutting
        self.composed = tokenizer.composed
        self.parts = tokenizer.kind in ("character", "bpe")
        self.tokens = tokenizer.tokens
        self._tokenizer = tokenizer

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.tokens) if i > END}

    @cached_property
    def _variants(self) -> dict[str, list[int]]:
        variants: dict[str, list[int]] = {}
        for word, number in self._ids.items():
            variants.setdefault(alike(word), []).append(number)
        return variants

    @cached_property
    def letters(self) -> str:
        """The small letters of most of the words, the most frequent ones first."""
        counts = Counter("".join(list(self._variants)[:_COMMON]))
        return "".join(letter for letter, _ in counts.most_common(_LETTERS) if letter.islower())

    @cached_property
    def casing(self) -> Casing:
        """How the language of the vocabulary writes capitals."""
        return Casing.of([] if self.parts else self._ids)

    @cached_property
    def fingerprint(self) -> int:
        """A checksum of the tokens: it tells whether a saved keyboard belongs to this vocabulary."""
        return zlib.crc32("\n".join(self.tokens).encode(errors="surrogatepass"))

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words that may be suggested."""
        return Lexicon([word if i > END and self._is_word(word) else "" for i, word in enumerate(self.tokens)])

    def encode(self, piece: str) -> NDArray[np.int64]:
        """The ids of a segment of text: a word, a mark, or a line break, which is read as END."""
        if piece == "\n":
            return np.array([END])
        return self._tokenizer.encode(piece) if self.parts else np.array([self.known(piece)])

    def known(self, word: str) -> int:
        """The id of a word as it is written, or else in another case; UNKNOWN where the vocabulary has none of them."""
        number = self._ids.get(word)
        return next(iter(self.variants(word)), UNKNOWN) if number is None else number

    def variants(self, word: str) -> list[int]:
        """The ids of a word in any case, with either kind of apostrophe, composed or not; the most frequent first."""
        return self._variants.get(alike(word), [])

    def most_frequent(self, alike: Iterable[str]) -> int:
        """The id of the most frequent of some words, given as `alike` gives them; -1 where none is known."""
        variants = self._variants
        return min((variants[word][0] for word in alike if word in variants), default=-1)

    def find(self, typed: str, p: NDArray[np.float32], own: Own, opens: bool, n: int) -> list[Suggestion]:
        """The ``n`` best words for what was typed.

        p holds the probability of each id: of the V tokens, and after them of the user's ``own`` words. ``opens`` says
        whether the word opens a sentence. Where nothing was typed a score is p; else it is p weighted by the cost of
        errors and case, divided by the sum of this over all words that match.
        """
        if len(typed) > LONGEST:
            return []
        opens = opens and self.kind == "word"
        letters, factors = typed_letters(typed), case_factors(typed, opens)
        known, total = self.lexicon.best(letters, p, factors, 2 * n)
        added, total_added = own.lexicon.best(letters, p, factors, 4 * n)
        rare = [match for match in added if match[2] > 0 and not own.settled[match[0] - len(self)]]
        added, total_added = [match for match in added if match not in rare], total_added - sum(m[1] for m in rare)
        scale = 1 / (total + total_added) if typed and known + added else 1.0
        suggestions: dict[str, Suggestion] = {}
        for number, score, cost in sorted(known + added, key=_by_score) if added else known:
            word = self.tokens[number] if number < len(self.tokens) else own.words[number - len(self.tokens)]
            text = written(word, typed, opens, self.casing)
            if text in suggestions:
                suggestions[text] = suggestions[text]._replace(score=suggestions[text].score + score * scale)
            elif len(suggestions) < n:
                kind = "next" if not typed else "correction" if cost > 0 else "completion"
                suggestions[text] = Suggestion(text, score * scale, kind)
        return sorted(suggestions.values(), key=lambda suggestion: (-suggestion.score, suggestion.text))

    def spelt(self, stream: TokenStream, typed: str, after_word: bool, n: int) -> list[Suggestion]:
        """The ``n`` best words of a model of characters or byte pairs, which spells them token by token.

        What was typed is neither corrected nor read in another case. ``after_word`` says that the word that the stream
        read last is finished, though no white space was read after it.
        """
        step, state = stream.branches()
        first, decode = stream.probabilities(), self._tokenizer.decode
        scores = next_words(self.tokens, decode, step, first, state, after_word, n, typed)
        total = sum(scores.values()) if typed else 1.0
        kind = "completion" if typed else "next"
        return [Suggestion(text, score / total, kind) for text, score in scores.items()][:n]

    def _is_word(self, token: str) -> bool:
        return self.kind == "space" or any(map(str.isalnum, token)) or is_emoji(token)


def _by_score(match: tuple[int, float, float]) -> tuple[float, int]:
    number, score, _ = match
    return -score, number
