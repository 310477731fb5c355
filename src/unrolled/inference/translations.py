"""What an encoder–decoder answers: texts with scores, and where each token looked."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.inputs.codec import Grid

__all__ = ["Aligned", "Translation", "copied"]


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
    copied: Sequence[bool] = ()
    """Of a model that copies, whether each token stands in the source where it looked most."""
    grid: Grid | None = None
    """Of a picture, where the S steps that it was read in lie."""


def copied(ids: Sequence[int], sources: NDArray[np.int64], attention: NDArray[np.float32]) -> list[bool]:
    """Whether each of ``ids`` (T,) is that of ``sources`` (S,) where ``attention`` (T, S) is greatest."""
    return [int(sources[row.argmax()]) == token for token, row in zip(ids, attention, strict=True)]
