"""Decoding: from probabilities to items."""

from unrolled.decoding.sample import choose, ranked
from unrolled.decoding.words import next_words

__all__ = ["choose", "next_words", "ranked"]
