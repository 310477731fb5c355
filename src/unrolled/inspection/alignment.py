"""Attention as data: which words of the source each word of an answer comes from."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.inference.translations import Aligned
from unrolled.text.cutting import SPECIAL, Cutting

__all__ = ["Link", "attention_numbers", "WordAttention", "word_alignment", "word_attention"]

LEAST = 0.1  # of a link's weight


class WordAttention(NamedTuple):
    """The words of a source, those of an answer, and the ``weights`` (T, S) by which these attend to those."""

    source: Sequence[str]
    target: Sequence[str]
    weights: NDArray[np.float32]


class Link(NamedTuple):
    """A word of the source, one of the answer, and the share of its attention that the latter gives the former."""

    source: str
    target: str
    weight: float
    places: tuple[int, int]
    """Which of the source's words, and which of the answer's."""


def word_attention(aligned: Aligned) -> WordAttention:
    """Attention between whole words: summed over the pieces of a source's word, averaged over those of an answer's.

    What is written in single letters stays in letters.
    """
    source, target = _words(aligned.source), _words(aligned.target)
    columns = [aligned.attention[:, first:last].sum(1) for _, first, last in source]
    by_word = np.stack(columns, 1) if columns else aligned.attention[:, :0]
    rows = [by_word[first:last].mean(0) for _, first, last in target]
    weights = np.stack(rows) if rows else by_word[:0]
    return WordAttention([word for word, *_ in source], [word for word, *_ in target], weights.astype(np.float32))


def word_alignment(aligned: Aligned, least: float = LEAST) -> list[Link]:
    """The links between words, in the order of the answer: of each of its words the strongest, and all of ``least``.

    Tokens that are no words, such as the end of a sentence, have none.
    """
    source, target, weights = word_attention(aligned)
    if not source:
        return []
    links = []
    for j, row in enumerate(weights):
        kept = [i for i in range(len(row)) if source[i] not in SPECIAL and (row[i] >= least or i == row.argmax())]
        if target[j] not in SPECIAL:
            links += [Link(source[i], target[j], float(row[i]), (i, j)) for i in kept]
    return links


def attention_numbers(aligned: Aligned) -> dict[str, Any]:
    """An answer, its words and those of the source, the attention between them, and the links that it makes."""
    source, target, weights = word_attention(aligned)
    links = [
        {"source": link.source, "target": link.target, "weight": link.weight, "places": link.places}
        for link in word_alignment(aligned)
    ]
    text, score = aligned.translation
    numbers = {"source": source, "target": target, "attention": weights, "alignment": links}
    return {"answer": text, "score": score, **numbers}


def _words(tokens: Sequence[str]) -> list[tuple[str, int, int]]:
    """Each word of a text with the first of its tokens, and the one behind its last."""
    if all(len(token.strip()) <= 1 for token in tokens if token not in SPECIAL):
        return [(token.strip() or token, i, i + 1) for i, token in enumerate(tokens)]
    parts = ["\n" if token in SPECIAL else token for token in tokens]
    begins = [begin for _, (begin, _) in Cutting("word").pieces("".join(parts))]
    places = accumulate((len(part) for part in parts), initial=0)
    numbers = [
        -i if token in SPECIAL else bisect_right(begins, place + len(token) - len(token.lstrip()))
        for i, (token, place) in enumerate(zip(tokens, places, strict=False), start=1)
    ]
    words = []
    for _, run in groupby(range(len(tokens)), numbers.__getitem__):
        first, *others = run
        last = others[-1] if others else first
        words.append(("".join(tokens[first : last + 1]).strip() or tokens[first], first, last + 1))
    return words
