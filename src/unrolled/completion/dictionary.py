"""The words a model knows, as a keyboard finds them: by what was typed, in the case it was typed in."""

import zlib
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.lexicon import LONGEST, Lexicon, fold, typed_letters
from unrolled.decoding import next_words
from unrolled.inference.stream import Stream
from unrolled.text.tokens import END, UNKNOWN, Tokenizer

__all__ = ["Dictionary", "Suggestion"]

# How likely one writes a word so, by its case: lower, Capitalised, other. Lower case is quickly typed for any word.
_AS_IT_IS = np.array([1.0, 1.0, 1.0], np.float32)
_TYPED_LOWER = np.array([1.0, 0.4, 0.4], np.float32)
_TYPED_CAPITAL = np.array([0.05, 1.0, 1.0], np.float32)
_TYPED_UPPER = np.array([0.3, 0.3, 1.0], np.float32)


class Suggestion(NamedTuple):
    """A word, its probability given the text and what was typed of it, and "next", "completion" or "correction"."""

    text: str
    score: float
    kind: str


class Dictionary:
    """A model's tokens for all its keyboards; its trie is built when first asked for, 3 µs a word.

    Where a vocabulary has capitals, a word that opens a sentence is suggested with one, and a word unknown as written
    is read as its lower case. Marks are not suggested, as a key types them at once; in text that is tokenised already
    (kind `space`) they are words like others.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.kind = tokenizer.kind
        self.parts = tokenizer.kind in ("character", "bpe")
        self.tokens = tokenizer.tokens
        self._tokenizer = tokenizer

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.tokens) if i > END}

    @cached_property
    def fingerprint(self) -> int:
        """A checksum of the tokens, so that what was learnt is not taken for another model's."""
        return zlib.crc32("\n".join(self.tokens).encode(errors="surrogatepass"))

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words that may be suggested."""
        return Lexicon([word if i > END and self._is_word(word) else "" for i, word in enumerate(self.tokens)])

    def encode(self, piece: str) -> NDArray[np.int64]:
        """The ids that a piece of text is read as."""
        if piece == "\n":
            return np.array([END])
        return self._tokenizer.encode(piece) if self.parts else np.array([self.known(piece)])

    def known(self, word: str) -> int:
        """The id of a word, or of its lower case; UNKNOWN for none."""
        found = self._ids.get(word)
        return self._ids.get(fold(word), UNKNOWN) if found is None else found

    def find(
        self, typed: str, p: NDArray[np.float32], own: tuple[list[str], Lexicon], opens: bool, n: int
    ) -> list[Suggestion]:
        """The ``n`` best words for what was typed; p holds the probability of each id, own words' after the V known.

        ``opens``: whether the word is a sentence's first. A score is p, or where something was typed p · cost of errors
        and case over its sum of all words that may be meant.
        """
        if len(typed) > LONGEST:
            return []
        opens = opens and self.kind == "word"
        letters, factors = typed_letters(typed), _factors(typed, opens)
        known, total = self.lexicon.best(letters, p, factors, 2 * n)
        added, total_added = own[1].best(letters, p, factors, 2 * n)
        scale = 1 / (total + total_added) if typed and known + added else 1.0
        found: dict[str, Suggestion] = {}
        for number, score, cost in sorted(known + added, key=_by_score) if added else known:
            word = self.tokens[number] if number < len(self.tokens) else own[0][number - len(self.tokens)]
            text = _written(word, typed, opens)
            if text in found:
                found[text] = found[text]._replace(score=found[text].score + score * scale)
            elif len(found) < n:
                kind = "next" if not typed else "correction" if cost > 0 else "completion"
                found[text] = Suggestion(text, score * scale, kind)
        return sorted(found.values(), key=lambda one: (-one.score, one.text))

    def spelt(self, stream: Stream, typed: str, after_word: bool, n: int) -> list[Suggestion]:
        """The same from a model of characters or byte pairs, which spells its words; in the case typed, uncorrected.

        ``after_word``: the word that the stream read last is over, though no white space was read after it.
        """

        def step(ids: NDArray[np.int64], streams: NDArray[np.object_]) -> tuple[NDArray[np.float32], Any]:
            read = [one.branch().feed_steps(row) for one, row in zip(streams, ids, strict=True)]
            state = np.empty(len(read), object)
            state[:] = read
            return np.stack([one.probabilities() for one in read]), state

        first, decode = np.array([stream], object), self._tokenizer.decode
        found = next_words(self.tokens, decode, step, stream.probabilities(), first, after_word, n, typed)
        total = sum(found.values()) if typed else 1.0
        kind = "completion" if typed else "next"
        return [Suggestion(text, score / total, kind) for text, score in found.items()][:n]

    def _is_word(self, token: str) -> bool:
        return self.kind == "space" or any(map(str.isalnum, token))


def _factors(typed: str, opens: bool) -> NDArray[np.float32]:
    if not typed or (opens and typed[:1] != typed[:1].lower() and len(typed) == 1):
        return _AS_IT_IS
    if typed == typed.lower():
        return _TYPED_LOWER
    if len(typed) > 1 and typed == typed.upper():
        return _TYPED_UPPER
    return _AS_IT_IS if opens else _TYPED_CAPITAL


def _written(word: str, typed: str, opens: bool) -> str:
    """The word in the case that was typed, or with a capital where it opens a sentence."""
    if typed == typed.lower():
        return word[:1].upper() + word[1:] if opens and not typed and len(word[:1].upper()) == 1 else word
    if len(typed) > 1 and typed == typed.upper():
        return word.upper()
    capital = word == word.lower() and typed[0] != typed[0].lower() and len(word[0].upper()) == 1
    return word[0].upper() + word[1:] if capital else word


def _by_score(one: tuple[int, float, float]) -> tuple[float, int]:
    return -one[1], one[0]
