"""The base of the inputs that a model can continue."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from unrolled.data.corpus import Corpus
from unrolled.errors import InputError
from unrolled.inputs.base import Input, Steps
from unrolled.settings import Decoding
from unrolled.sources.midi import Tune

__all__ = ["Generative"]


class Generative(Input):
    """An input that a model can continue: it learns from a corpus which of the ``outcomes`` come next."""

    unit: ClassVar[str] = "tokens"
    """The word for the items of a corpus."""
    headline: ClassVar[str] = "perplexity"
    """The measure of a fit's summary."""

    @property
    @abstractmethod
    def outcomes(self) -> int:
        """The number of outcomes: the tokens that may come next, or the keys that may sound."""

    @property
    @abstractmethod
    def blind_guess(self) -> tuple[float, str]:
        """The loss in nats of a guess without any knowledge, and the words for that guess."""

    @abstractmethod
    def read(self, data: Any, part: str, encoding: str) -> Any:
        """Read ``data`` for `learn` and `corpus`; where it has parts, its ``part`` train, valid or test."""

    @abstractmethod
    def corpus(self, raw: Any, path: Path) -> Corpus:
        """Encode what `read` gave; a large corpus is kept in the file ``path``, not in memory."""

    @abstractmethod
    def decode(self, steps: Sequence[Steps]) -> str:
        """Encoded steps as text."""

    @abstractmethod
    def choose(self, scores: NDArray[np.float32], decoding: Decoding, rng: np.random.Generator) -> Steps:
        """Draw one step (1, ...) by the scores (K,) of the outcomes."""

    def own_validation(self, data: Any) -> Any:
        """The part of ``data`` that is marked for validation, or None."""
        return None

    def reads_like(self, other: "Generative") -> None:
        """Read further data in the way of ``other``, which has the settings that a model is tuned with."""

    def count(self, train: Corpus) -> None:
        """Keep what the training part tells, such as how often each token occurs."""

    def start(self, train: Corpus, output: NDArray[np.float64]) -> None:
        """Set the bias (K,) of the output layer so that training starts from how frequent each outcome is."""

    def measures(self, scores: dict[str, float], corpus: Corpus) -> dict[str, float]:
        """Measures of a corpus that the kind adds to those of the task."""
        return {}

    def described(self, corpus: Corpus, scores: dict[str, float]) -> str:
        """One line on a corpus that was measured."""
        return f"{len(corpus):,} {self.unit}"

    @abstractmethod
    def continued(self, text: str, steps: Iterator[Steps], count: int) -> str:
        """``text`` continued by ``count`` of the steps."""

    def play(self, text: str, steps: Iterator[Steps], seconds: float) -> Tune:
        """The music of ``text`` and of the steps after it, which last ``seconds``; InputError where it is no music."""
        raise InputError(f"a model of {self.noun} makes no music; expected one fitted with `unrolled fit compose`")
