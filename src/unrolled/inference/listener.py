"""Steps in, the distribution of the label out; where the model reads in one direction, each step is read once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.arrays import NUMPY
from unrolled.errors import InputError
from unrolled.inputs import Encoder
from unrolled.layers.running_pooling import begin, go_on
from unrolled.models import Classifier, RecurrentClassifier, rows_at_once, vectors

__all__ = ["Label", "Listener", "Reading"]

_TOGETHER = 32  # beginnings of an input that are read side by side, at most


class Label(NamedTuple):
    """One answer and its probability."""

    label: str
    score: float


@dataclass(frozen=True)
class Reading:
    """What a fitted classifier consists of."""

    model: Classifier
    params: Any
    encoder: Encoder
    labels: Sequence[str]
    temperature: float

    def probabilities(self, scores: NDArray[Any]) -> NDArray[np.float32]:
        """Scores (N, C) → calibrated probabilities (N, C)."""
        shares: NDArray[np.float32] = kernels.softmax(np.asarray(scores / self.temperature, np.float32))
        return shares

    def top(self, probabilities: NDArray[np.floating], n: int) -> list[Label]:
        """The ``n`` most probable labels of probabilities (C,), most probable first; InputError for n below 1."""
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
            raise InputError(f"n is {n!r:.80}; expected a whole number, at least 1")
        best = np.argsort(-probabilities, kind="stable")[:n]
        return [Label(self.labels[i], float(probabilities[i])) for i in best]


class Listener:
    """Reads steps (ids (T,) or vectors (T, D)) as they come. `decisions` holds what it thought after each.

    A model that reads in both directions, or a window, has to read all anew when asked; the others go on from a state
    of fixed size. Its memory is bounded by what is fed; a session bounds that.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.steps = 0
        model = reading.model
        self._ahead = model if isinstance(model, RecurrentClassifier) and not model.bidirectional else None
        self._state: Any = None
        self._pooled = begin(self._ahead.pool) if self._ahead else ()
        self._seen: list[NDArray[Any]] = []  # of a model that reads anew
        self._now: NDArray[np.float32] | None = None  # probabilities, once asked for or known

    def branch(self) -> "Listener":
        """An independent one that has read the same; nothing is copied, as nothing is ever changed in place."""
        other = object.__new__(Listener)
        vars(other).update(vars(self))
        other._seen = list(self._seen)
        return other

    def feed(self, given: Any) -> "Listener":
        """Read a further piece of the raw input, such as words; of sound a whole recording (a session takes parts)."""
        self.feed_steps(self.reading.encoder.encode(given))
        return self

    def feed_steps(self, steps: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Read encoded steps → the last layer's output after each (T, H), and the decision after each (T, C).

        Both are empty where the model reads anew: see `anew`.
        """
        self.steps += len(steps)
        none = np.zeros((0, 0), np.float32), np.zeros((0, len(self.reading.labels)), np.float32)
        if self._ahead is None or not len(steps):
            self._seen.append(steps)
            self._now = None
            return none
        inputs, _ = self.reading.encoder.collate([steps])
        read = vectors(NUMPY, self._ahead, self.reading.params, inputs)
        y, self._state = self._ahead.layers.forward(NUMPY, self.reading.params.layers, read, self._state)
        pooled, self._pooled = go_on(self._ahead.pool, self.reading.params.get("pool"), y[0], self._pooled)
        decisions = self.reading.probabilities(self._ahead.output.forward(self.reading.params.output, pooled))
        self._now = decisions[-1]
        return y[0], decisions

    def probabilities(self) -> NDArray[np.float32]:
        """The distribution (C,) of the label after what was read; InputError before the first step."""
        if not self.steps:
            raise InputError("nothing has been read yet; feed something first")
        if self._now is None:
            self._now = self.anew([self.steps])[0]
        return self._now

    def top(self, n: int = 3) -> list[Label]:
        """The ``n`` most probable labels, most probable first."""
        return self.reading.top(self.probabilities(), n)

    def anew(self, ends: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """Of a model that reads anew: the decisions (N, C) when the first ``ends`` (N,) steps, so many, were all."""
        whole, model, found = np.concatenate(self._seen), self.reading.model, []
        together = rows_at_once(model, len(whole), _TOGETHER)
        for start in range(0, len(ends), together):
            beginnings = [whole[:end] for end in ends[start : start + together]]
            inputs, lengths = self.reading.encoder.collate(beginnings)
            read = vectors(NUMPY, model, self.reading.params, inputs)
            found.append(self.reading.probabilities(model.scores(NUMPY, self.reading.params, read, lengths)))
        return np.concatenate(found)

    @property
    def reads_anew(self) -> bool:
        """Whether the model has to read everything again for each decision."""
        return self._ahead is None

    def outputs(self) -> NDArray[np.float32]:
        """Of a model that reads anew: the last layer's outputs (T, H), of a recurrent one; else (T, 0)."""
        whole, model = np.concatenate(self._seen), self.reading.model
        if not isinstance(model, RecurrentClassifier):
            return np.zeros((len(whole), 0), np.float32)
        inputs, lengths = self.reading.encoder.collate([whole])
        read = vectors(NUMPY, model, self.reading.params, inputs)
        y: NDArray[np.float32] = model.layers.forward(NUMPY, self.reading.params.layers, read, None, lengths)[0][0]
        return y
