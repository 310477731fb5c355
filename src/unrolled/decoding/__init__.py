"""Decoding: from probabilities to items."""

from unrolled.decoding.base import Hypothesis, Stepped, Writer
from unrolled.decoding.beam import search, searched
from unrolled.decoding.keys import choose_keys
from unrolled.decoding.sample import choose, ranked
from unrolled.decoding.words import next_words, spelling_probabilities

__all__ = [
    "Hypothesis",
    "Stepped",
    "Writer",
    "choose",
    "choose_keys",
    "next_words",
    "ranked",
    "search",
    "searched",
    "spelling_probabilities",
]
