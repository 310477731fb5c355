"""The words of a model: how often each occurs in the training text, their numbers, and how they are saved."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json
from unrolled.text.cutting import END, SPECIAL, UNKNOWN

__all__ = ["Vocabulary", "ids_of", "numbered", "pack_words", "unpack_words"]


@dataclass(frozen=True)
class Vocabulary:
    """The V tokens, by id, and how often each occurs in the training text: counts (V,)."""

    tokens: list[str]
    counts: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.counts.shape != (len(self.tokens),):
            raise InputError(f"{len(self.tokens)} tokens need as many counts, not an array {self.counts.shape}")

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def unknown_rate(self) -> float:
        """The share of unknown tokens in the training text, ends of paragraphs not counted."""
        return float(self.counts[UNKNOWN] / max(self.counts.sum() - self.counts[END], 1))

    def to_json(self) -> str:
        """One JSON object with `tokens` and `counts`, the form of `vocabulary.json`."""
        return json.dumps({"tokens": self.tokens, "counts": self.counts.tolist()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Vocabulary":
        """Read what `to_json` wrote; raises InputError for anything else."""
        saved = parse_json(text.encode(errors="surrogatepass"), "vocabulary.json")
        if not isinstance(saved, dict):
            raise InputError("a vocabulary.json must be one object with tokens and counts")
        tokens, counts = saved.get("tokens"), saved.get("counts")
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise InputError("the tokens of a vocabulary.json must be a list of texts")
        if tuple(tokens[: len(SPECIAL)]) != SPECIAL:
            raise InputError(f"the tokens of a vocabulary.json must begin with {' and '.join(SPECIAL)}")
        if not isinstance(counts, list) or not all(type(n) is int and 0 <= n < 2**62 for n in counts):
            raise InputError("the counts of a vocabulary.json must be a list of whole numbers from 0")
        return cls(tokens, np.array(counts, np.int64))


def numbered(tokens: Iterable[str]) -> dict[str, int]:
    """The words in order, each with its number from 0."""
    return {token: number for number, token in enumerate(tokens)}


def ids_of(document: Sequence[str], vocabulary: Mapping[str, int]) -> NDArray[np.int32]:
    """The columns (T,) of the words of a text, -1 for one outside the vocabulary."""
    return np.array([vocabulary.get(word, -1) for word in document], np.int32)


def pack_words(tokens: Iterable[str]) -> NDArray[np.uint8]:
    """Words, none of which has a line break in it, as the bytes of their lines."""
    return np.frombuffer("\n".join(tokens).encode(), np.uint8)


def unpack_words(arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, int]:
    """The words in the array `tokens`, numbered; InputError where it is not what `pack_words` made."""
    tokens = arrays.get("tokens")
    if tokens is None or tokens.dtype != np.uint8:
        raise InputError("a vectorizer without its tokens; expected an array of bytes")
    try:
        lines = tokens.tobytes().decode().split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"the tokens of a vectorizer are not valid utf-8 at byte {error.start}") from None
    vocabulary = numbered(lines)
    if len(vocabulary) < len(lines) or "" in vocabulary:
        raise InputError(f"the tokens of a vectorizer are {len(vocabulary)} of {len(lines)} words; expected each once")
    return vocabulary
