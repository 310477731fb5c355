"""Tokens with how often each occurs in the training text."""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json
from unrolled.text.cutting import END, SPECIAL, UNKNOWN

__all__ = ["Vocabulary"]


@dataclass(frozen=True)
class Vocabulary:
    """The V tokens, by id, and their counts (V,) in the training text."""

    tokens: list[str]
    counts: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.counts.shape != (len(self.tokens),):
            raise InputError(f"{len(self.tokens)} tokens need as many counts, not an array {self.counts.shape}")

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def unknown_rate(self) -> float:
        """The share of the text's tokens, ends of paragraphs not counted, that were unknown."""
        return float(self.counts[UNKNOWN] / max(self.counts.sum() - self.counts[END], 1))

    def to_json(self) -> str:
        """Write one JSON object with `tokens` and `counts`, the form of `vocabulary.json`."""
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
