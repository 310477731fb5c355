"""Sequences of numbers (T, D), each feature brought to mean 0 and variance 1 over the training part."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inputs.base import Arrays, Document, Input, Keys, Steps, stored
from unrolled.inputs.features import Features, Fixed
from unrolled.sources.in_memory import shape_of
from unrolled.storage.model_folder import ModelFolder

__all__ = ["Numbers", "Scale"]


class Scale(NamedTuple):
    """Mean and standard deviation (D,) of each feature over the training part."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    @classmethod
    def of(cls, sequences: Sequence[NDArray[np.float32]]) -> Self:
        """The scale of sequences (T_i, D); the deviation of a feature that never changes is 1."""
        steps = sum(map(len, sequences))
        mean = sum(sequence.sum(0, dtype=np.float64) for sequence in sequences) / steps
        variance = sum(((sequence - mean) ** 2).sum(0, dtype=np.float64) for sequence in sequences) / steps
        return cls(np.asarray(mean, np.float32), np.sqrt(np.where(variance > 0, variance, 1)).astype(np.float32))

    @classmethod
    def restored(cls, arrays: Arrays, kind: str) -> Self:
        """The scale in the arrays mean and scale; InputError where they are damaged."""
        mean, deviation = stored(arrays, "mean", kind), stored(arrays, "scale", kind)
        shapes = f"{mean.dtype} {mean.shape} and {deviation.dtype} {deviation.shape}"
        if {mean.dtype, deviation.dtype} != {np.dtype(np.float32)} or mean.ndim != 1 or deviation.shape != mean.shape:
            raise InputError(f"the encoder's mean and scale are {shapes}; expected float32 (D,) of both")
        if not (deviation > 0).all():
            raise InputError(f"the encoder's scale reaches from {deviation.min(initial=0)}; expected what is above 0")
        return cls(mean, deviation)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that `restored` reads."""
        return {"mean": self.mean, "scale": self.deviation}

    def normal(self, raw: Any) -> NDArray[np.float32]:
        """(T, D) or, where D is 1, (T,) → (T, D); InputError for another width, or numbers that are not finite."""
        width = len(self.mean)
        try:
            with np.errstate(over="ignore"):
                array = np.asarray(raw, np.float32)
        except (TypeError, ValueError) as error:
            raise InputError(f"the input is {type(raw).__name__}; expected numbers (T, {width})") from error
        array = array[:, None] if array.ndim == 1 else array
        if array.ndim != 2 or array.shape[1] != width or not len(array):
            raise InputError(f"the input has shape {array.shape}; expected (T, {width}), T at least 1")
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large counts as infinite
            normal: NDArray[np.float32] = (array - self.mean) / self.deviation
        if not np.isfinite(normal).all():
            step = int(np.argwhere(~np.isfinite(normal))[0][0])
            value = "NaN" if np.isnan(normal[step]).any() else "inf"
            raise InputError(f"step {step} of the input is not a finite number but {value}")
        return normal

    def document(self, steps: Steps) -> Document:
        """Mean and standard deviation over time."""
        return np.arange(2 * len(self.mean)), np.concatenate([steps.mean(0), steps.std(0)])


class Numbers(Input):
    """Rows of numbers, a row for each step."""

    kind = "numbers"
    kept = "each step as it is, scaled"
    raw_type: ClassVar[Any] = list[list[float]]
    raw_example: ClassVar[Any] = [[0.5, -1.2], [0.7, -0.9]]
    noun = "rows of numbers"
    message_keys: ClassVar[Keys] = {"numbers": (list,), "reset": (bool,)}
    vocabulary = 0
    scale: Scale

    def learn(self, raw: Any) -> None:
        """Learn mean and standard deviation of each feature."""
        self.scale = Scale.of(raw)

    def saved(self) -> tuple[Arrays, dict[str, str]]:
        """Mean and scale."""
        return self.scale.arrays(), {}

    def restore(self, folder: ModelFolder) -> None:
        """Take mean and scale from a model folder."""
        self.scale = Scale.restored(folder.tensors("encoder"), self.kind)

    @property
    def width(self) -> int:
        """Features of a step."""
        return len(self.scale.mean)

    @property
    def features(self) -> Sequence[Features]:
        """Mean and spread over time."""
        return (Fixed("mean and spread", self.document, 2 * self.width, scaled=True),)

    def is_one(self, raw: Any) -> bool:
        """(T,), or (T, D) of the width learnt; a collection has one dimension more, or, as (N, T), another width."""
        shape = shape_of(raw)
        return len(shape) < 2 or (len(shape) == 2 and shape[1] == self.width)

    def encode(self, raw: Any) -> NDArray[np.float32]:
        """(T, D) or, where D is 1, (T,) → (T, D)."""
        return self.scale.normal(raw)

    def names(self, raw: Any) -> list[str]:
        """The numbers of the steps, from 0."""
        return [str(step) for step in range(len(raw))]

    def document(self, steps: Steps) -> Document:
        """Mean and standard deviation over time."""
        return self.scale.document(steps)

    def live(self) -> "LiveNumbers":
        """A reader of rows as they come."""
        return LiveNumbers(self)


class LiveNumbers:
    """Messages with rows of numbers → steps."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    @property
    def pending(self) -> bool:
        """Never: each row is a step."""
        return False

    def fresh(self) -> "LiveNumbers":
        """Itself, as it remembers nothing between rows."""
        return self

    def read(self, message: Mapping[str, Any]) -> Steps:
        """The steps of the rows in ``numbers``."""
        rows = message.get("numbers")
        return self._numbers.encode(rows) if rows else np.zeros((0, self._numbers.width), np.float32)
