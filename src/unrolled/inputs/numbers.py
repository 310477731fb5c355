"""Series of numbers (T, D), each feature brought to mean 0 and variance 1 over the training part."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.data.augment import vary
from unrolled.errors import InputError
from unrolled.inputs.base import Arrays, Document, ExampleSettings, Input, Keys, Steps, stored
from unrolled.inputs.features import Features, Fixed, moments, values_at
from unrolled.inputs.ruler import Ruler
from unrolled.progress import remark
from unrolled.settings import Layout
from unrolled.sources.in_memory import shape_of
from unrolled.sources.rows import Row
from unrolled.sources.series import Series, read_unlabelled
from unrolled.sources.series_values import MISSING, number
from unrolled.storage.model_folder import ModelFolder

__all__ = ["Numbers", "Scale"]

_STEPS = 256  # of a series in the mean, at most: of longer ones several rows of numbers together are a step
_WINDOW = 9  # steps of a convolution
_MOST = 1 << 20  # rows of a step, and steps of a window
_POINTS, _VALUES = 64, 4_096  # of a series, for a baseline


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
        except (TypeError, ValueError, OverflowError) as error:
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
    """Rows of numbers: each is a step or, of long series, ``rows`` of them side by side are one, and nothing is lost.

    ``length`` is the number of rows of the training series where all have as many, else 0. A series is an array (T, D),
    or a text with blanks or commas between its numbers and ; or, as in `.ts` files, : between its channels.
    """

    kind = "numbers"
    nearest = True
    kept = "each step as it is, scaled"
    raw_type: ClassVar[Any] = list[list[float]]
    raw_example: ClassVar[Any] = [[0.5, -1.2], [0.7, -0.9]]
    noun = "rows of numbers"
    message_keys: ClassVar[Keys] = {"numbers": (list,), "reset": (bool,)}
    vocabulary = 0
    scale: Scale
    rows = 1
    length = 0
    columns: Sequence[str] = ("text", "label")

    @classmethod
    def of_examples(cls, settings: ExampleSettings) -> Self:
        """See `Input`; the columns of tables are kept, for files to predict."""
        input = super().of_examples(settings)
        input.columns = [name.strip() for name in settings.columns.split(",")]
        return input

    def learn(self, raw: Any) -> None:
        """Learn mean and standard deviation of each feature, and how many rows of long series are one step."""
        widths = sorted({sequence.shape[1] for sequence in raw})
        if len(widths) > 1:
            raise InputError(f"some series have {widths[0]} channels, some {widths[1]}; expected as many in all")
        self.scale = Scale.of(raw)
        lengths = [len(sequence) for sequence in raw]
        self.length = lengths[0] if len(set(lengths)) == 1 else 0
        mean = sum(lengths) / len(lengths)
        self.rows = int(np.ceil(mean / _STEPS))
        self.convolution = _WINDOW if mean >= 2 * _WINDOW else 0  # of shorter series a window would blur the most
        if self.rows > 1:
            remark(
                f"the series have {mean:,.0f} values in the mean: {self.rows} after one another are read as one step, "
                f"so that there are about {_STEPS} steps at most"
            )

    def saved(self) -> tuple[Arrays, dict[str, str]]:
        """Mean and scale, the rows of a step, the steps of a convolution, and the length."""
        return {**self.scale.arrays(), "steps": np.array([self.rows, self.convolution, self.length], np.int64)}, {}

    def restore(self, folder: ModelFolder) -> None:
        """Take from a model folder what `saved` put there; one of version 0.1.0 has mean and scale alone."""
        arrays = folder.tensors("encoder")
        self.scale = Scale.restored(arrays, self.kind)
        if "steps" in arrays:
            steps = arrays["steps"]
            whole = steps.dtype == np.int64 and steps.shape == (3,)
            if not whole or not 1 <= steps[0] <= _MOST or not 0 <= steps[1] <= _MOST or steps[2] < 0:
                raise InputError(
                    f"the encoder's steps are {steps.dtype} {steps.tolist()!s:.80}; expected 3 whole numbers"
                )
            self.rows, self.convolution, self.length = steps.tolist()

    @property
    def width(self) -> int:
        """Features of a step."""
        return len(self.scale.mean) * self.rows

    @property
    def features(self) -> Sequence[Features]:
        """Mean and spread over time, also of four parts; and the values at some points of time."""
        width = len(self.scale.mean)
        points = max(1, min(_POINTS, _VALUES // width))
        return (
            Fixed("mean and spread", self.document, 2 * width, scaled=True),
            Fixed("mean and spread of 4 parts", self._moments, 8 * width, scaled=True),
            Fixed(f"values at {points} points", partial(self._values, points=points), points * width, scaled=True),
        )

    def _moments(self, steps: Steps) -> Document:
        return moments(steps.reshape(-1, len(self.scale.mean)), 4)

    def _values(self, steps: Steps, points: int) -> Document:
        return values_at(steps.reshape(-1, len(self.scale.mean)), points)

    def is_one(self, raw: Any) -> bool:
        """(T,), or (T, D) of the width learnt; a collection has one dimension more, or, as (N, T), another width."""
        shape = shape_of(raw)
        return len(shape) < 2 or (len(shape) == 2 and shape[1] == len(self.scale.mean))

    def encode(self, raw: Any) -> NDArray[np.float32]:
        """(T, D) or, where D is 1, (T,), or a text → (T, D), or (T / rows, rows · D)."""
        return self.together(self.scale.normal(_parsed(raw) if isinstance(raw, str) else raw))

    def together(self, series: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows (T, D) → steps (T / rows, rows · D); the last row stands for those that lack at the end."""
        if self.rows == 1:
            return series
        missing = -len(series) % self.rows
        whole = np.concatenate([series, np.repeat(series[-1:], missing, 0)])
        return whole.reshape(-1, self.width)

    def ruler(self, raw: Any) -> Ruler:
        """Steps from 0, and the numbers as they came."""
        rows = np.asarray(_parsed(raw) if isinstance(raw, str) else raw, np.float64)
        values = rows.reshape(len(rows), -1)
        return Ruler("step", 0, self.rows, "what it reads", np.arange(len(values)), values)

    def names(self, raw: Any) -> list[str]:
        """The numbers of the steps, from 0; where a step has several rows, those of their first."""
        return [str(self.rows * step) for step in range(len(self.encode(raw)))]

    def augment(self, steps: Steps, rng: np.random.Generator) -> Steps:
        """The series as of another time, place or sensor."""
        return self.together(vary(steps.reshape(-1, len(self.scale.mean)), rng))

    def document(self, steps: Steps) -> Document:
        """Mean and standard deviation over time."""
        return self.scale.document(steps.reshape(-1, len(self.scale.mean)))

    def read_file(self, path: Path) -> Any:
        """The one series in a file; InputError where there are several."""
        series = self.read_rows(path)
        if len(series) != 1:
            raise InputError(f"{path}: holds {len(series):,} series; expected one")
        return series[0].values

    def read_rows(self, path: Path) -> list[Series]:
        """All series in a file, with their labels where it has them."""
        return list(read_unlabelled(path, self.columns, len(self.scale.mean), self.length))

    def several(self, path: Path, layout: Layout) -> Iterator[Row] | None:
        """The series of a file that holds several, or of a folder."""
        if path.is_dir():
            return super().several(path, layout)
        series = list(read_unlabelled(path, layout.names, len(self.scale.mean), self.length, layout.encoding))
        if len(series) == 1:
            return None
        labels = ({"label": one.label} if one.label else {} for one in series)
        numbered = enumerate(zip(series, labels, strict=True), 1)
        return (Row(one.values, one.where, {"series": str(number)} | label) for number, (one, label) in numbered)

    def live(self) -> "LiveNumbers":
        """A reader of rows as they come."""
        return LiveNumbers(self)


class LiveNumbers:
    """Messages with rows of numbers → steps."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._waiting = np.zeros((0, len(numbers.scale.mean)), np.float32)

    @property
    def pending(self) -> bool:
        """Whether rows wait for others that make a step with them."""
        return len(self._waiting) > 0

    def fresh(self) -> "LiveNumbers":
        """A new one that has read nothing."""
        return LiveNumbers(self._numbers)

    def read(self, message: Mapping[str, Any]) -> Steps:
        """The steps that the rows in ``numbers`` make complete."""
        rows = message.get("numbers")
        if rows:
            _check_rows(rows, len(self._numbers.scale.mean))
            self._waiting = np.concatenate([self._waiting, self._numbers.scale.normal(rows)])
        ready = len(self._waiting) // self._numbers.rows * self._numbers.rows
        steps = self._waiting[:ready].reshape(-1, self._numbers.width)
        self._waiting = self._waiting[ready:]
        return steps


def _check_rows(rows: Sequence[Any], width: int) -> None:
    """Raise InputError unless JSON is rows of numbers; numpy alone would take texts, true and false for some."""
    for step, row in enumerate(rows):
        if type(row) is not list:
            raise InputError(f"the input is list; expected numbers (T, {width}), but numbers.{step} is {row!a:.80}")
        for column, value in enumerate(row):
            if type(value) is not float and type(value) is not int:
                received = f"numbers.{step}.{column} is {value!a:.80}"
                raise InputError(f"the input is list; expected numbers (T, {width}), but {received}")


def _parsed(text: str) -> NDArray[np.float32]:
    """The series (T, D) that a text is; InputError for another text."""
    channels = [re.split(r"[\s,]+", channel.strip()) for channel in re.split("[;:]", text.strip())]
    cells = [cell for channel in channels for cell in channel]
    wrong = next((cell for cell in cells if cell.lower() in MISSING or number(cell) is None), None)
    if wrong is not None:
        raise InputError(
            f"the input is {text!r:.80}; expected numbers, as '1 2.5 -3', and ; between channels, not {wrong!r:.40}"
        )
    if len(lengths := {len(channel) for channel in channels}) > 1:
        received = " and ".join(map(str, sorted(lengths)))
        raise InputError(f"the channels of {text!r:.80} have {received} numbers; expected as many in each")
    with np.errstate(over="ignore"):
        return np.array([[float(cell) for cell in channel] for channel in channels], np.float32).T
