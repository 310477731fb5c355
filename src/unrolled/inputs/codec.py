"""What tasks ask of the input kinds of encoder–decoders: raw inputs as the model reads them, written ids as texts."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from unrolled.text.cutting import END, SPECIAL
from unrolled.text.held import Span

__all__ = ["Codec", "Encoded", "Grid", "Length", "Pair", "R"]

Ids = NDArray[np.int64]
Pair = tuple[NDArray[Any], Ids]
"""A source as the model reads it, and the ids (T,) of its target, without END."""
R = TypeVar("R")
"""What a raw input is: a text, a picture."""


class Length(NamedTuple):
    """How many tokens an answer has at least and at most."""

    least: int
    most: int


class Grid(NamedTuple):
    """How the steps of a picture lie over it: row by row, in each from the left."""

    rows: int
    columns: int
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    """Left, top, right and bottom of all steps, in shares of the picture's width and height; beyond 0 and 1 where it
    was made square by padding."""


class Encoded(NamedTuple):
    """A source as the model reads it."""

    inputs: NDArray[Any]
    """Of a text ids (S,) with END behind, also of an extended vocabulary; of a picture (S, F) or (H, W, C)."""
    names: Sequence[str]
    """The texts of its S steps; one that begins a word begins with a space where the text has one before it."""
    held: Sequence[str] = ()
    """Numbers, addresses, placeholders and tags of the text, for which tokens of their own stand, in this order."""
    cut: int = 0
    """How many tokens were cut off at the end."""
    original: str = ""
    """The text, without what nobody sees, before letters' case was put aside."""
    spans: Sequence[Span] = ()
    """Where in it each of `held` stands."""
    places: Sequence[int] = ()
    """The token that stands for each of `held`; of those beyond the ninth, the one behind."""
    grid: Grid | None = None
    """Of a picture, where its steps lie."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to answer: a text of END alone."""
        return list(self.names) == [SPECIAL[END]]


class Codec(Protocol[R]):
    """What a fit learns of inputs and targets beside weights. A target is always a text."""

    @property
    def reads(self) -> str:
        """The word for one input, such as "text" or "picture"."""

    @property
    def media_types(self) -> Sequence[str]:
        """The content types of inputs that are files, whose bytes `checked` takes; none where inputs are texts."""

    @property
    def vocabulary(self) -> int:
        """V, tokens of targets."""

    @property
    def hidden(self) -> Sequence[int]:
        """Tokens of targets that are written only where they are required."""

    @property
    def only_copied(self) -> Sequence[int]:
        """Tokens that a model which copies may write only where its source has them."""

    @property
    def continuing(self) -> NDArray[np.bool_] | None:
        """Which of the first tokens of targets go on with a word; None where each is a word, or nobody knows."""

    @property
    def spelled(self) -> bool:
        """Whether targets are tokens between spaces, such as phonemes, not texts."""

    def lengths(self, name: str | None) -> Length | None:
        """The bounds of answers called "short" or "long" or, for None, usual; None where the input's length says it."""

    def checked(self, raw: Any) -> R:
        """The same input; InputError for anything that is none."""

    def prepare(self, inputs: Sequence[R], folder: Path) -> None:
        """Make ready what takes long to compute of inputs that will be asked for; ``folder`` may keep it."""

    def release(self) -> None:
        """Forget what was made ready."""

    def example(self, raw: R) -> str:
        """An input as it is typed behind `unrolled predict MODEL`."""

    def plain(self, inputs: Sequence[R]) -> Sequence[Any]:
        """Inputs as baselines read them."""

    def source(self, raw: R, glossary: Mapping[str, str] | None = None) -> Encoded:
        """An input to be answered."""

    def pair(self, raw: R, target: str) -> Pair:
        """A pair to learn from."""

    def varied(self, raw: R, target: str, rng: np.random.Generator) -> Pair:
        """`pair`, changed at random as suits learning."""

    def required(self, encoded: Encoded, raw: R, glossary: Mapping[str, str]) -> Sequence[Sequence[int]]:
        """Runs of ids that an answer must hold."""

    def itself(self, encoded: Encoded, required: Sequence[Sequence[int]]) -> tuple[list[int], list[str]] | None:
        """Ids and texts of the tokens of a source that is its own answer; None for all others."""

    def beginning(self, text: str, encoded: Encoded) -> list[int]:
        """Ids of a text as the beginning of an answer; InputError where the vocabulary cannot write it."""

    def text(self, ids: Sequence[int], encoded: Encoded, attention: NDArray[np.float32]) -> str:
        """The readable text of an answer (T,) that looked at its source by ``attention`` (T, S)."""

    def target_names(self, ids: Sequence[int], encoded: Encoded) -> list[str]:
        """The texts of an answer's tokens, as in `Encoded.names`."""

    def about(self, encoded: Encoded, raw: R) -> str:
        """A warning, such as that a source was cut or that none of its tokens is known; mostly empty."""

    def tensors(self) -> Mapping[str, Mapping[str, NDArray[Any]]]:
        """Arrays by file name, for the model folder."""

    def saved(self) -> Mapping[str, str]:
        """Texts by file name, for the model folder."""

    @classmethod
    def restored(cls, texts: Mapping[str, str], read: Callable[[str], Mapping[str, NDArray[Any]]]) -> Self:
        """The inverse of `saved` and `tensors`; ``read`` gives the arrays of a file by its name.

        InputError, naming the file, for a damaged one.
        """
