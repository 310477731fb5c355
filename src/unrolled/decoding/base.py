"""What a search asks of a model that writes, and what it finds."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Hypothesis", "RankingWriter", "Stepped", "Writer"]

S = TypeVar("S")


class Stepped(NamedTuple):
    """What a step gives for R rows."""

    log_probabilities: NDArray[np.float32]
    """(R, V), of the next token; the search may write into it."""
    attention: NDArray[np.float32]
    """(R, S): where in its source each row looked, zero beyond the source's end."""
    tokens: NDArray[np.int64] | None = None
    """(R, C): which token each column of the log-probabilities stands for, where these are not all tokens in order.
    Column END is that of END."""


class Writer(Protocol[S]):
    """A model that has read N sources and writes to each, token by token, for any number of rows side by side.

    A state is the model's own; it says of each row which source it belongs to. Arrays are numpy's, or share memory
    with torch's.
    """

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of tokens (N,) of each source."""

    def start(self) -> S:
        """The state of N rows, one for each source, before the first token."""

    def step(self, ids: NDArray[np.int64], state: S) -> tuple[Stepped, S]:
        """Read the tokens (R,) that were written last; the first is `unrolled.text.tokens.END`."""

    def select(self, state: S, rows: NDArray[np.int64]) -> S:
        """The state of some rows, in this order; a row may stand in it several times."""


class RankingWriter(Writer[S], Protocol[S]):
    """A writer that can say what is most probable for less than what it takes to say how probable everything is."""

    def step_best(self, ids: NDArray[np.int64], state: S, most: int) -> tuple[Stepped, S]:
        """As `Writer.step`, but of END and at least the ``most`` most probable other tokens alone."""


class Hypothesis(NamedTuple):
    """A finished answer to one source."""

    ids: Sequence[int]
    """Its tokens, without END."""
    attention: NDArray[np.float32]
    """(T, S): where each token looked, (T + 1, S) with the row of END behind where that was written."""
    log_probability: float
    """The sum over its tokens, END included."""
    score: float
    """What hypotheses are compared by: the log-probability with the penalties of the search."""

    def __lt__(self, other: Any) -> bool:
        return self.score < float(other.score)
