"""A model of chords that reads frames as they come and can say at any moment which keys come next."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.arrays import NUMPY
from unrolled.errors import InputError
from unrolled.models import ChordModel

__all__ = ["ChordStream"]

_BLOCK = 256  # frames taken at a time, so that memory does not grow with the piece


class ChordStream:
    """Frames in, the chance of each key out; the memory between calls is a state of fixed size."""

    def __init__(self, model: ChordModel, params: Any) -> None:
        self._model, self._params = model, params
        self._state: Any = None
        self._features: NDArray[Any] = np.zeros(0)
        self.feed(np.zeros((1, model.keys), bool))  # what stands before the first frame

    def feed(self, frames: NDArray[Any]) -> Self:
        """Read frames (T, K) of zeros and ones, T = 0 allowed; InputError for other shapes."""
        if frames.ndim != 2 or frames.shape[1] != self._model.keys:
            raise InputError(f"frames are {frames.shape}; expected (T, {self._model.keys})")
        for start in range(0, len(frames), _BLOCK):
            block = frames[None, start : start + _BLOCK].astype(np.float32)
            features, self._state = self._model.forward(NUMPY, self._params, block, self._state)
            self._features = features[0, -1]
        return self

    def branch(self) -> "ChordStream":
        """An independent stream that has read the same."""
        other = object.__new__(ChordStream)
        vars(other).update(vars(self))
        return other

    def log_odds(self) -> NDArray[np.float32]:
        """The log-odds (K,) of each key of the next frame."""
        scores: NDArray[np.float32] = self._model.log_odds(self._params, self._features)
        return scores

    def probabilities(self) -> NDArray[np.float32]:
        """The chance (K,) of each key to sound in the next frame."""
        return kernels.sigmoid(self.log_odds())
