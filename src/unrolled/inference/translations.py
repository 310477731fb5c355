"""What an encoder–decoder answers: texts with scores, and where each token looked."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Aligned", "Translation"]


class Translation(NamedTuple):
    """A text that was written for an input, and how sure the model is of it."""

    text: str
    score: float
    """e to the search's score: with the usual length penalty the probability of a token, the geometric mean of all."""


class Aligned(NamedTuple):
    """A translation with its tokens, and where each of them looked.

    ``source`` are the texts of the source's tokens, ``target`` those of the translation; a token that begins a word
    begins with a space where the text has one before it. ``attention`` (T, S) sums to 1 along each row.
    """

    translation: Translation
    source: Sequence[str]
    target: Sequence[str]
    attention: NDArray[np.float32]
    ids: Sequence[int]
    """The target's tokens as the model numbers them: `Search`'s prefixes continue from these."""
