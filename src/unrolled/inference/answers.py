"""Answers: named tuples that end in a score, and the classes that make them of a model's scores."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.decoding import next_words, ranked
from unrolled.decoding.words import Branch
from unrolled.errors import InputError
from unrolled.kernels.steps import top
from unrolled.sources.notation import note_name
from unrolled.sources.score import LOWEST
from unrolled.text.tokens import END, UNKNOWN, Tokenizer

__all__ = [
    "Answer",
    "Answers",
    "KeyAnswers",
    "Label",
    "LabelAnswers",
    "Prediction",
    "Read",
    "TokenAnswers",
    "checked_count",
]

Scores = NDArray[np.float32]


class Answer(Protocol):
    """One answer of a model: a named tuple that ends in a score, such as `Prediction` and `Label`."""

    @property
    def score(self) -> float:
        """Its probability."""

    def __getitem__(self, index: int, /) -> Any: ...

    def _asdict(self) -> dict[str, Any]: ...


class Prediction(NamedTuple):
    """A text that may come next, and its probability."""

    text: str
    score: float


class Label(NamedTuple):
    """A label that an input may have, and its probability."""

    label: str
    score: float


class Read(Protocol):
    """What answers are made from: a stream that has read something."""

    last: int
    """The id that was read last."""

    def scores(self) -> Scores:
        """The scores (K,) of the outcomes after what was read."""

    def probabilities(self) -> Scores:
        """Their probabilities (K,)."""

    def branches(self) -> tuple[Branch[NDArray[Any]], NDArray[Any]]:
        """A step that a search for words can take from here, and the state (1, S) that it starts from."""


class Answers(Protocol):
    """What the scores (…, K) of a model stand for, and how answers are made of them."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the K outcomes."""

    @property
    def hidden(self) -> Sequence[int]:
        """Outcomes that are never an answer."""

    @property
    def temperature(self) -> float:
        """What scores are divided by before they become probabilities."""

    def probabilities(self, scores: Scores) -> Scores:
        """Scores (…, K) → probabilities (…, K)."""

    def top(self, stream: Read, n: int) -> Sequence[Answer]:
        """The ``n`` most probable answers after what a stream has read, most probable first."""


class TokenAnswers:
    """The next token; where tokens are characters or byte pairs, the next word. Unknown and end are never answers."""

    hidden: ClassVar[Sequence[int]] = (UNKNOWN, END)
    temperature: ClassVar[float] = 1.0

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._in_parts = tokenizer.kind in ("character", "bpe")

    @property
    def names(self) -> Sequence[str]:
        """The V tokens."""
        return self._tokenizer.tokens

    def probabilities(self, scores: Scores) -> Scores:
        """Scores (…, V) → probabilities (…, V)."""
        return kernels.softmax(scores)

    def top(self, stream: Read, n: int) -> list[Prediction]:
        """The ``n`` most probable words. Where a word has several tokens, the text so far ends with a whole word."""
        if self._in_parts:
            return self._words(stream, n)
        tokens = self._tokenizer.tokens
        best, shares = top(stream.scores(), n, (UNKNOWN, END))
        return [Prediction(tokens[i], share) for i, share in zip(best.tolist(), shares.tolist(), strict=True)]

    def _words(self, stream: Read, n: int) -> list[Prediction]:
        tokens, last = self._tokenizer.tokens, stream.last
        after_word = last != END and not tokens[last][-1:].isspace()
        step, state = stream.branches()
        first, decode = stream.probabilities(), self._tokenizer.decode
        words = next_words(tokens, decode, step, first, state, after_word, n)
        return [Prediction(text, score) for text, score in words.items()][:n]


class KeyAnswers:
    """The keys of a piano that sound next, each with a probability of its own."""

    hidden: ClassVar[Sequence[int]] = ()
    temperature: ClassVar[float] = 1.0

    def __init__(self, keys: int) -> None:
        self.names: Sequence[str] = [note_name(key + LOWEST) for key in range(keys)]

    def probabilities(self, scores: Scores) -> Scores:
        """Log-odds (…, K) → chances (…, K)."""
        return kernels.sigmoid(scores)

    def top(self, stream: Read, n: int) -> list[Prediction]:
        """The ``n`` keys most likely to sound."""
        chances = stream.probabilities()
        return [Prediction(self.names[key], float(chances[key])) for key in ranked(chances, n).tolist()]


class LabelAnswers:
    """The label of the whole input; ``temperature`` calibrates how sure the answers are (Guo et al. 2017).

    ``answer`` makes an answer of a label and its probability.
    """

    hidden: ClassVar[Sequence[int]] = ()

    def __init__(
        self, names: Sequence[str], temperature: float, answer: Callable[[str, float], Answer] = Label
    ) -> None:
        self.names, self.temperature, self._answer = names, temperature, answer

    def probabilities(self, scores: Scores) -> Scores:
        """Scores (…, C) → calibrated probabilities (…, C)."""
        return kernels.softmax(np.asarray(scores / self.temperature, np.float32))

    def top(self, stream: Read, n: int) -> Sequence[Answer]:
        """The ``n`` most probable labels."""
        return self.best(stream.probabilities(), n)

    def best(self, probabilities: NDArray[np.floating], n: int) -> Sequence[Answer]:
        """The ``n`` most probable labels of probabilities (C,), most probable first."""
        order = np.argsort(-probabilities, kind="stable")[:n]
        return [self._answer(self.names[i], float(probabilities[i])) for i in order.tolist()]


def checked_count(n: object) -> int:
    """``n``, the number of answers asked for; InputError unless it is a whole number of at least 1."""
    if type(n) is int and n > 0:
        return n
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise InputError(f"n is {n!r:.80}; expected a whole number, at least 1", "n")
    return int(n)
