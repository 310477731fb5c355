"""Strokes to learn from, made as they are needed: the same ones for the same seed and step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.strokes.features import Read, read_strokes
from unrolled.strokes.layouts import LAYOUTS, Layout
from unrolled.strokes.motor import minimum_jerk_strokes

__all__ = ["Drawn", "Practice"]

Keys = NDArray[np.int64]

_WORDS, _SHUFFLED = 0.5, 0.25  # shares: words over their layout, over one with its keys shuffled; else any keys
_LENGTHS = (1, 10)  # keys of a sequence by chance
_SQUARE = 0.5  # the power of a word's frequency with which it is drawn: rare words are learnt, too


class Drawn(NamedTuple):
    """Strokes as the network reads them, and the keys that were meant, counted from 0."""

    read: Read
    keys: Sequence[Keys]


@dataclass(frozen=True)
class Practice:
    """Strokes for ``words``, each as the numbers of its keys in ``layout``, by how frequent they are; and for others.

    So that the network learns to read strokes over any layout, only half of them are words over this one; the others
    are words over its keys in another order, and any keys of any layout.
    """

    layout: Layout
    words: Sequence[Keys]
    frequency: NDArray[np.floating]
    seed: int

    def drawn(self, step: int, count: int) -> Drawn:
        """The ``count`` strokes of a step; negative steps are for validation."""
        rng = np.random.default_rng([self.seed, abs(step), int(step < 0)])
        share = np.asarray(self.frequency, np.float64) ** _SQUARE
        words = rng.choice(len(self.words), count, p=share / share.sum())
        own, others = self.layout.key_centres, tuple(LAYOUTS.values())
        keys, centres = [], []
        for kind, word in zip(rng.random(count), words.tolist(), strict=True):
            if kind < _WORDS + _SHUFFLED:
                keys.append(self.words[word])
                centres.append(own if kind < _WORDS else rng.permutation(own))
            else:
                centres.append(others[rng.integers(len(others))].key_centres)
                keys.append(_by_chance(len(centres[-1]), rng))
        paths = [own[row] for own, row in zip(centres, keys, strict=True)]
        return Drawn(read_strokes(minimum_jerk_strokes(paths, rng), centres), keys)


def _by_chance(keys: int, rng: np.random.Generator) -> Keys:
    """Keys, none of which follows itself."""
    steps = rng.integers(1, keys, rng.integers(*_LENGTHS))
    return (rng.integers(keys) + np.cumsum(steps)) % keys
