"""The search of native/strokes.h for numpy arrays, and the same in numpy where the native extension is missing."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.kernels import NATIVE

if NATIVE:
    from unrolled._native import stroke_words as native_stroke_words

__all__ = ["Found", "Frames", "KeyTrie", "Prior", "reference", "stroke_words"]

Found = list[tuple[int, float]]
"""Ids and scores, best first."""


class Frames(NamedTuple):
    """What a network read from the frames of a stroke: log probabilities, those of a frame sum to at most 1."""

    blank: NDArray[np.float32]  # (T,)
    keys: NDArray[np.float32]  # (T, K)


class KeyTrie(NamedTuple):
    """W words by the keys that write them, as N nodes; native/strokes.h explains each array."""

    children: NDArray[np.int32]  # (N + 1,)
    keys: NDArray[np.uint8]  # (N,)
    words: NDArray[np.int32]  # (N + 1,)
    ids: NDArray[np.int32]  # (W,) places in p


class Prior(NamedTuple):
    """The probability of each word (V,) before the stroke, and how much it counts beside the stroke."""

    p: NDArray[np.float32]
    weight: float
    least: float  # a word with less, but not 0, counts as one with so much


def stroke_words(frames: Frames, trie: KeyTrie, prior: Prior, most: int) -> Found:
    """The ``most`` best words by log p(keys | stroke) + weight · log p(word); those of probability 0 are left out.

    p(keys | stroke) is that of connectionist temporal classification (Graves et al. 2006, eq. 8).
    """
    search = native_stroke_words if NATIVE else reference
    return search(frames, trie, prior, most)


def reference(frames: Frames, trie: KeyTrie, prior: Prior, most: int) -> Found:
    """`stroke_words` in numpy: reads the stroke for every node, level by level."""
    blank, keys = (np.exp(log_p.astype(np.float64)) for log_p in frames)
    log_p = np.full(len(trie.keys), -np.inf)
    level = slice(0, 1)
    written = np.concatenate([[1.0], np.cumprod(blank)])[None]  # (nodes, T + 1): all their keys, after t frames
    while True:
        with np.errstate(divide="ignore"):
            log_p[level] = np.log(written[:, -1])
        counts = np.diff(trie.children[level.start : level.stop + 1])
        level = slice(level.stop, level.stop + int(counts.sum()))
        if level.start == level.stop:
            break
        written = _next(np.repeat(written, counts, axis=0), keys[:, trie.keys[level]].T, blank)
    p = prior.p[trie.ids]
    scores = np.repeat(log_p, np.diff(trie.words)) + prior.weight * np.log(np.maximum(p, prior.least))
    scores[p == 0] = -np.inf
    best = np.argsort(-scores, kind="stable")[:most]
    return [(int(trie.ids[word]), float(scores[word])) for word in best if scores[word] > -np.inf]


def _next(before: NDArray[np.float64], key: NDArray[np.float64], blank: NDArray[np.float64]) -> NDArray[np.float64]:
    """That the first t frames wrote one key more (nodes, T + 1), from the keys before it and p(key) (nodes, T)."""
    written = np.zeros_like(before)
    last, silent = np.zeros((2, len(before)))  # the frame before wrote the key, or blank
    for t in range(len(blank)):
        silent = (silent + last) * blank[t]
        last = (last + before[:, t]) * key[:, t]
        written[:, t + 1] = silent + last
    return written
