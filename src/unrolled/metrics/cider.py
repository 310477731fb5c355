"""CIDEr-D (Vedantam et al. 2015): what a caption shares with those of people, weighed by how telling it is."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

__all__ = ["cider_d"]

ORDERS = 4  # the longest n-grams
SIGMA = 6.0  # words by which lengths may differ
SCALE = 10.0

Gram = tuple[str, ...]


def cider_d(answers: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]) -> NDArray[np.float64]:
    """The score (N,) of each answer beside its references, all cut into words; from 0 to 10.

    An n-gram weighs log(N / the number of pictures of which a reference has it), at least 1; g(c) is how often c has
    each n-gram times its weight. With the lengths l, to one reference s of a caption c,

        score_n = 10 · exp(-(l(c) - l(s))² / 2σ²) · min(g(c), g(s)) · g(s) / (‖g(c)‖ ‖g(s)‖)

    and the score is the mean over n from 1 to 4 and over the references. Words are not stemmed, as in the evaluation of
    COCO. Of one picture every score is 0: all n-grams are as telling.
    """
    counted = [[_grams(text) for text in texts] for texts in references]
    frequency = Counter(chain.from_iterable(set().union(*texts) for texts in counted))
    weights = {gram: math.log(len(answers) / count) for gram, count in frequency.items()}
    unseen = math.log(max(len(answers), 1))
    scores = []
    for said, texts in zip(answers, counted, strict=True):
        own = _weighed(_grams(said), weights, unseen)
        near = [_similar(own, len(said), _weighed(text, weights, unseen), _length(text)) for text in texts]
        scores.append(SCALE * sum(near) / len(near))
    return np.array(scores, np.float64)


def _grams(words: Sequence[str]) -> Counter[Gram]:
    return Counter(tuple(words[i : i + n]) for n in range(1, ORDERS + 1) for i in range(len(words) - n + 1))


def _length(grams: Counter[Gram]) -> int:
    return sum(count for gram, count in grams.items() if len(gram) == 1)


def _weighed(grams: Counter[Gram], weights: dict[Gram, float], unseen: float) -> list[dict[Gram, float]]:
    """The weighed counts of the n-grams, a table for each n."""
    tables: list[dict[Gram, float]] = [{} for _ in range(ORDERS)]
    for gram, count in grams.items():
        tables[len(gram) - 1][gram] = count * weights.get(gram, unseen)
    return tables


def _similar(a: list[dict[Gram, float]], a_length: int, b: list[dict[Gram, float]], b_length: int) -> float:
    """Mean over n of the cosine, with a's counts clipped to b's, and the penalty for a difference in length."""
    total = 0.0
    for mine, theirs in zip(a, b, strict=True):
        shared = sum(min(value, theirs[gram]) * theirs[gram] for gram, value in mine.items() if gram in theirs)
        if shared:
            total += shared / (math.hypot(*mine.values()) * math.hypot(*theirs.values()))
    return total / ORDERS * math.exp(-((a_length - b_length) ** 2) / (2 * SIGMA**2))
