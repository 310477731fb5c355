"""A language model that reads text as it comes and can say at any moment what comes next."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY, Array
from unrolled.decoding import next_words, ranked
from unrolled.errors import InputError
from unrolled.models import LanguageModel, next_probabilities
from unrolled.text.tokens import END, UNKNOWN, Tokenizer

__all__ = ["NEVER_SUGGESTED", "Prediction", "Stream"]

NEVER_SUGGESTED = (UNKNOWN, END)
_BLOCK = 256  # ids taken at a time, so that memory does not grow with the text


class Prediction(NamedTuple):
    """One answer and its probability."""

    text: str
    score: float


class Stream:
    """Text in, predictions out; the memory between calls is a state of fixed size. A new stream has read END."""

    def __init__(self, model: LanguageModel, params: Any, tokenizer: Tokenizer) -> None:
        self._model, self._params, self._tokenizer = model, params, tokenizer
        self._state: Any = None
        self._features: Array = None
        self._last = END
        self.feed_ids(np.array([END]))

    def feed(self, text: str) -> Self:
        """Read ``text``, as tokens of its own."""
        return self.feed_ids(self._tokenizer.encode(text))

    def feed_ids(self, ids: NDArray[np.integer]) -> Self:
        """Read ids (T,), T = 0 allowed."""
        for start in range(0, len(ids), _BLOCK):
            block = np.asarray(ids[start : start + _BLOCK], np.int64)[None]
            features, self._state = self._model.forward(NUMPY, self._params, block, self._state)
            self._features, self._last = features[:, -1], int(block[0, -1])
        return self

    def branch(self) -> "Stream":
        """An independent stream that has read the same."""
        other = object.__new__(Stream)
        vars(other).update(vars(self))
        return other

    @property
    def features(self) -> NDArray[np.float32]:
        """The last layer's output (E,)."""
        found: NDArray[np.float32] = self._features[0]
        return found

    def probabilities(self) -> NDArray[np.float32]:
        """The distribution (V,) of the next token."""
        found: NDArray[np.float32] = next_probabilities(NUMPY, self._model, self._params, self._features)[0]
        return found

    def top(self, n: int = 3) -> list[Prediction]:
        """The ``n`` most probable next words, most probable first; unknown and end are never among them.

        Where tokens are characters or byte pairs a word is made of several (`unrolled.decoding.next_words`), and the
        text so far is taken to end with a whole word.
        """
        if n < 1:
            raise InputError(f"n is {n}; expected at least 1")
        tokens = self._tokenizer.tokens
        if self._tokenizer.kind in ("character", "bpe"):
            after_word = self._last != END and not tokens[self._last][-1:].isspace()
            first = self.probabilities()
            found = next_words(tokens, self._tokenizer.decode, self._branch, first, self._state, after_word, n)
            return [Prediction(text, score) for text, score in found.items()][:n]
        probabilities = self.probabilities()
        return [Prediction(tokens[i], float(probabilities[i])) for i in ranked(probabilities, n, NEVER_SUGGESTED)]

    def _branch(self, ids: NDArray[np.int64], state: Any) -> tuple[NDArray[np.float32], Any]:
        features, state = self._model.forward(NUMPY, self._params, ids, state)
        return next_probabilities(NUMPY, self._model, self._params, features[:, -1]), state
