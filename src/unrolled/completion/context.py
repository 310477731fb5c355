"""What is known of a word before it is typed: from the model, and from what the user wrote."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.candidates import anything
from unrolled.completion.lexicon import Lexicon
from unrolled.decoding.words import Branch

__all__ = ["Context", "Own", "TokenStream"]


class Own(NamedTuple):
    """The user's own words, whose ids follow those of the dictionary; their trie; and which of them other words are
    corrected to."""

    words: list[str]
    lexicon: Lexicon
    settled: NDArray[np.bool_]


class Context(NamedTuple):
    """What is known of a word before it is typed."""

    p: NDArray[np.float32]
    """The probability of each id: of the V tokens, of the everyday words after them, and of the user's own words."""
    following: Callable[[int], NDArray[np.float32]]
    """The probabilities (V,) of the next word but one, where the next word has this id."""
    own: Own
    opens: bool
    """Whether the word opens a sentence."""
    frequency: NDArray[np.float32] | None = None
    """About how frequent each word of the dictionary is, where that depends on the text."""
    allows: Callable[[str], bool] = anything
    """Whether a text may be suggested."""
    passed: Mapping[str, int] = MappingProxyType({})
    """How often each word, given as `alike` gives it, was suggested for a beginning of what is typed."""


class TokenStream(Protocol):
    """A model that reads ids and predicts the next one, as `unrolled.inference.stream.Stream` does."""

    def branches(self) -> tuple[Branch[Any], Any]:
        """A step that a search for words can take from here, and the state that it starts from."""

    def probabilities(self) -> NDArray[np.float32]:
        """The distribution (V,) of the next token."""
