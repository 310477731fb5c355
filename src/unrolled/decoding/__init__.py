"""Decoding: from probabilities to items."""

from unrolled.decoding.keys import choose_keys
from unrolled.decoding.sample import choose, ranked
from unrolled.decoding.words import next_words, spelling_probabilities

__all__ = ["choose", "choose_keys", "next_words", "ranked", "spelling_probabilities"]
