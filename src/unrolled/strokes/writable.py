"""The words of a keyboard that can be swiped over a layout, and what is said of the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.dictionary import Dictionary
from unrolled.errors import InputError
from unrolled.strokes.layouts import LAYOUTS, Layout
from unrolled.strokes.trie import key_sequences

__all__ = ["Writable"]

_LEAST = 0.5  # of the words, by how frequent they are
_EXAMPLES = 3


@dataclass(frozen=True)
class Writable:
    """W words, each as the numbers of the keys over which its stroke goes, and how frequent each is.

    ``share`` of the dictionary's words they are, by how frequent those are. ``remark`` tells of the others, where there
    are words of letters among them: numbers and marks are typed.
    """

    layout: Layout
    words: Sequence[str]
    keys: Sequence[NDArray[np.int64]]
    frequency: NDArray[np.float64]
    share: float
    remark: str

    @classmethod
    def over(cls, layout: Layout, dictionary: Dictionary) -> "Writable":
        """The words of a dictionary over a layout."""
        words = dictionary.lexicon.words
        sequences = key_sequences(words, layout.on_keys)
        frequency = dictionary.frequency[words.order].astype(np.float64)
        texts = [dictionary.tokens[number] for number in words.order.tolist()]
        there = [i for i, sequence in enumerate(sequences) if sequence]
        others = [i for i, sequence in enumerate(sequences) if not sequence and texts[i].isalpha()]
        total = float(frequency[there].sum() + frequency[others].sum())
        remark = ""
        if others:
            examples = [texts[i] for i in sorted(others, key=lambda i: -frequency[i])[:_EXAMPLES]]
            counted = f"{len(others):,} of {len(others) + len(there):,} words"
            remark = f"{layout.name} lacks letters of {counted} (such as {', '.join(examples)})"
        keys = [np.array([ord(key) for key in sequences[i]], np.int64) for i in there]
        share = float(frequency[there].sum()) / (total or 1.0)
        return cls(layout, [texts[i] for i in there], keys, frequency[there], share, remark)

    @classmethod
    def best(cls, dictionary: Dictionary, layouts: Sequence[Layout], where: str) -> "Writable":
        """The words over that one of some layouts which writes most of them.

        InputError, which begins with ``where``, where that is less than half of them, or where there are no words.
        """
        own = dictionary.words if dictionary.parts else dictionary
        if own is None or not len(own.lexicon):
            raise InputError(f"{where}: the model has no words that could be swiped; fit it anew with this version")
        best = max((cls.over(layout, own) for layout in layouts), key=lambda one: one.share)
        if best.share < _LEAST:
            raise InputError(
                f"{where}: {best.remark or 'it has no words of letters'}; expected a --layout that writes most words: "
                f"{', '.join(LAYOUTS)}, or a JSON file with the rows of its keys (docs/keyboard.md)"
            )
        return best
