"""Sequences of numbers (T, D), each feature brought to mean 0 and variance 1 over the training part."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.batches import pad
from unrolled.errors import InputError
from unrolled.inputs.base import LONGEST, Document

__all__ = ["Numbers"]


class Numbers:
    """``mean`` and ``scale`` (D,) are those of the training part."""

    vocabulary = 0

    def __init__(self, mean: NDArray[np.float32], scale: NDArray[np.float32]) -> None:
        self.mean, self.scale = mean, scale

    @classmethod
    def fit(cls, sequences: Sequence[NDArray[np.float32]]) -> "Numbers":
        """Learn mean and standard deviation of each feature; one that never changes is left as it is."""
        steps = sum(map(len, sequences))
        mean = sum(one.sum(0, dtype=np.float64) for one in sequences) / steps
        variance = sum(((one - mean) ** 2).sum(0, dtype=np.float64) for one in sequences) / steps
        return cls(np.asarray(mean, np.float32), np.sqrt(np.where(variance > 0, variance, 1)).astype(np.float32))

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> "Numbers":
        """From what `saved` gave; InputError for anything else."""
        mean, scale = arrays["mean"], arrays["scale"]
        if mean.dtype != np.float32 or scale.dtype != np.float32 or mean.ndim != 1 or scale.shape != mean.shape:
            shapes = f"{mean.dtype} {mean.shape} and {scale.dtype} {scale.shape}"
            raise InputError(f"the encoder's mean and scale are {shapes}; expected float32 (D,) of both")
        if not (scale > 0).all():
            raise InputError(f"the encoder's scale reaches from {scale.min(initial=0)}; expected what is above 0")
        return cls(mean, scale)

    def saved(self) -> tuple[Mapping[str, NDArray[Any]], Mapping[str, str]]:
        return {"mean": self.mean, "scale": self.scale}, {}

    @property
    def width(self) -> int:
        return len(self.mean)

    @property
    def features(self) -> int:
        return 2 * self.width

    def encode(self, given: Any) -> NDArray[np.float32]:
        """(T, D) or, where D is 1, (T,) → (T, D); InputError for another width, or numbers that are not finite."""
        try:
            with np.errstate(over="ignore"):
                array = np.asarray(given, np.float32)
        except (TypeError, ValueError) as error:
            raise InputError(f"the input is {type(given).__name__}; expected numbers (T, {self.width})") from error
        array = array[:, None] if array.ndim == 1 else array
        if array.ndim != 2 or array.shape[1] != self.width or not len(array):
            raise InputError(f"the input has shape {array.shape}; expected (T, {self.width}), T at least 1")
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large counts as infinite
            normal: NDArray[np.float32] = (array[:LONGEST] - self.mean) / self.scale
        if not np.isfinite(normal).all():
            raise InputError(f"step {np.argwhere(~np.isfinite(normal))[0][0]} of the input is not a finite number")
        return normal

    def names(self, given: Any) -> list[str]:
        return [str(step) for step in range(min(len(given), LONGEST))]

    def collate(self, encoded: Sequence[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        return pad(encoded)

    def document(self, encoded: Any) -> Document:
        """Mean and standard deviation over time."""
        return np.arange(self.features), np.concatenate([encoded.mean(0), encoded.std(0)])
