"""Pairs of texts as token ids and back: the input kind of encoder–decoders that read a text."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Encoded", "PairSettings", "PairTexts"]

Ids = NDArray[np.int64]


class PairSettings(Protocol):
    """The settings of a task that concern its texts."""

    tokens: str | None
    """"bpe", "character", "word", "space", or one for each side, "character,space"; None: chosen from the data."""
    vocabulary: int
    shared: bool | None
    """One vocabulary for both sides; None: where they share their letters and are both cut into byte pairs."""
    tokenizer: str | None
    """A tokenizer.json, or two separated by a comma, to be used instead of learning one."""
    longest: int
    """Tokens of a source that are read; the rest is cut off."""


class Encoded(NamedTuple):
    """A source as the model reads it."""

    ids: Ids
    """(S,), with END behind."""
    names: Sequence[str]
    """The texts of these tokens (S,); one that begins a word begins with a space where the text has one before it."""
    held: Sequence[str]
    """Numbers, addresses, placeholders and tags of the text, for which tokens of their own stand, in this order."""
    cut: int
    """How many tokens were cut off at the end."""


class PairTexts(Protocol):
    """The codec that a fit learns."""

    @classmethod
    def learn(cls, settings: PairSettings, sources: Sequence[str], targets: Sequence[str]) -> Self:
        """Learn the vocabularies; InputError for settings that the texts contradict."""

    @property
    def vocabularies(self) -> tuple[int, int]:
        """The number of tokens of sources and of targets; of both together, where they are shared, twice."""

    @property
    def shared(self) -> bool:
        """Whether one vocabulary serves both sides."""

    def source(self, text: str) -> Encoded:
        """A text to be answered; letters' case makes no difference."""

    def pair(self, source: str, target: str) -> tuple[Ids, Ids]:
        """A pair to learn from: ids (S,) with END behind, ids (T,) without."""

    def varied(self, source: str, target: str, rng: np.random.Generator) -> tuple[Ids, Ids]:
        """`pair`, changed at random as suits learning: words cut otherwise, a word that stands for anything."""

    def required(self, encoded: Encoded, text: str, glossary: Mapping[str, str]) -> Sequence[Sequence[int]]:
        """Runs of ids that an answer must hold: what the source holds, and the terms of the glossary that it has."""

    def text(self, ids: Sequence[int], encoded: Encoded, attention: NDArray[np.float32]) -> str:
        """The readable text of an answer (T,): spaces and capitals as they belong, what the source holds put back.

        ``attention`` (T, S) says where what got lost belongs.
        """

    def names(self, ids: Sequence[int]) -> list[str]:
        """The texts of an answer's tokens, as in `Encoded.names`."""

    def saved(self) -> dict[str, str]:
        """Texts by file name, for the model folder; `restored` reads them."""

    @classmethod
    def restored(cls, texts: Mapping[str, str]) -> Self:
        """The inverse of `saved`; InputError, naming the file, for a damaged one."""
