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
    """W words, each as the numbers of the keys over which its stroke goes, and how frequent each is."""

    layout: Layout
    keys: Sequence[NDArray[np.int64]]
    frequency: NDArray[np.float64]
    remark: str

    @classmethod
    def of(cls, dictionary: Dictionary, layouts: Sequence[Layout], where: str) -> "Writable":
        """The words over that one of some layouts which writes most of them, by how frequent they are.

        InputError, which begins with ``where``, where that is less than half of them, or where there are no words.
        """
        own = dictionary.words if dictionary.parts else dictionary
        if own is None or not len(own.lexicon):
            raise InputError(f"{where}: the model has no words that could be swiped; fit it anew with this version")
        found = [_over(own, layout) for layout in layouts]
        best = max(found, key=lambda one: one.share)
        if best.share < _LEAST:
            raise InputError(
                f"{where}: {best.missing}; expected a --layout that writes most words: {', '.join(LAYOUTS)}, "
                "or a JSON file with the rows of its keys (docs/keyboard.md)"
            )
        return cls(best.layout, best.keys, best.frequency, best.missing if best.lacking else "")


@dataclass(frozen=True)
class _Over:
    """What a layout writes of a dictionary: a ``share`` of it; ``lacking`` words need other letters."""

    layout: Layout
    keys: Sequence[NDArray[np.int64]]
    frequency: NDArray[np.float64]
    share: float
    lacking: int
    missing: str


def _over(dictionary: Dictionary, layout: Layout) -> _Over:
    words = dictionary.lexicon.words
    by_key = tuple("".join(key) for row, _ in layout.rows for key in row)
    sequences = key_sequences(words, by_key)
    frequency = dictionary.frequency[words.order].astype(np.float64)
    there = np.array([bool(sequence) for sequence in sequences])
    keys = [np.array([ord(key) for key in sequence], np.int64) for sequence in sequences if sequence]
    texts = [dictionary.tokens[number] for number in words.order.tolist()]
    lacking = [i for i in np.flatnonzero(~there).tolist() if texts[i].isalpha()]  # numbers and marks are typed
    lost = float(frequency[lacking].sum())
    share = float(frequency[there].sum()) / max(lost + float(frequency[there].sum()), 1e-300)
    examples = [texts[i] for i in sorted(lacking, key=lambda i: -frequency[i])[:_EXAMPLES]]
    missing = f"{layout.name} lacks letters of {len(lacking):,} of {len(lacking) + len(keys):,} words"
    missing += f" (such as {', '.join(examples)})" if examples else ""
    return _Over(layout, keys, frequency[there], share, len(lacking), missing)
