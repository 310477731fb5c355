"""Labels as targets: their numbers, the temperature of a model's answers, and the file that keeps both."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.data.examples import Examples
from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json, to_json

__all__ = ["LABELS", "Labels"]

LABELS = "labels.json"
TYPES: dict[str, type[str] | type[int] | type[float] | type[bool]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
}
_LATER: dict[str, str | float] = {"type": "str", "network": 1.0}
"""What earlier versions did not save, and the values it had."""


@dataclass(frozen=True)
class Labels:
    """The ``kind`` of inputs, the labels in the order of the scores, how many examples each had, the temperature by
    which scores are divided, the accuracy on the validation part, the type that the labels came in, and the share of
    the ``network`` in answers, the rest of which is the baseline's."""

    kind: str
    labels: list[str]
    counts: list[int] = dataclasses.field(default_factory=list)
    temperature: float = 1.0
    accuracy: float = 0.0
    type: str = "str"
    network: float = 1.0

    @classmethod
    def of(cls, examples: Examples) -> "Labels":
        """The different labels of examples, which are of one type, sorted; InputError where there is only one."""
        labels = sorted(set(examples.targets))
        if len(labels) < 2:
            label = f"{labels[0]!r:.80}, as {examples.where[0]} has"
            raise InputError(
                f"all {len(examples)} examples have the label {label}; expected at least 2 labels, not one class"
            )
        return cls(examples.kind, [str(label) for label in labels], type=type(labels[0]).__name__)

    @property
    def values(self) -> NDArray[np.generic]:
        """The labels (C,) in the type they came in."""
        return np.array([_valued(label, self.type) for label in self.labels])

    def __len__(self) -> int:
        return len(self.labels)

    def encode(self, examples: Examples, known: str = "among those learnt from") -> NDArray[np.int64]:
        """The number of each label (N,); InputError for an unknown label, which is not ``known``."""
        numbers: dict[str | float, int] = {label: number for number, label in enumerate(self.labels)}
        numbers |= {value: number for number, value in enumerate(self.values.tolist())}  # 1, 1.0 and True are equal
        for label, where in zip(examples.targets, examples.where, strict=True):
            if label not in numbers:
                raise InputError(f"{where}: the label {label!r:.80} is not {known}: {', '.join(self.labels[:20])}")
        return np.array([numbers[label] for label in examples.targets], np.int64)

    def counted(self, targets: NDArray[np.integer]) -> "Labels":
        """A copy with the number of examples of each label among ``targets`` (N,)."""
        return dataclasses.replace(self, counts=np.bincount(targets, minlength=len(self)).tolist())

    @property
    def most_frequent(self) -> str:
        """The label of most examples."""
        return self.labels[int(np.argmax(self.counts))]

    def weights(self) -> NDArray[np.float64]:
        """For each label N / (C · its examples): with these weights rare labels count as much as frequent ones."""
        counts = np.array(self.counts)
        weights: NDArray[np.float64] = counts.sum() / (len(self) * np.maximum(counts, 1))
        return weights

    def to_json(self) -> str:
        """The text that `from_json` reads; earlier versions had neither a type nor a share of the network."""
        saved = dataclasses.asdict(self)
        for name, usual in _LATER.items():
            if saved[name] == usual:
                del saved[name]
        return to_json(saved, "what is known of the labels", indent=1)

    @classmethod
    def from_json(cls, text: str, where: str, kinds: Sequence[str]) -> "Labels":
        """What `to_json` wrote, of one of these kinds; InputError, naming ``where``, for anything else."""
        saved = parse_json(text.encode(errors="surrogatepass"), where)
        if not isinstance(saved, dict) or {*_LATER, *saved} != {field.name for field in dataclasses.fields(cls)}:
            raise InputError(f"{where}: expected {', '.join(field.name for field in dataclasses.fields(cls))}")
        saved = _LATER | saved
        kind, labels, counts = saved["kind"], saved["labels"], saved["counts"]
        if kind not in kinds:
            raise InputError(f"{where}: kind is {kind!r:.80}; expected one of {', '.join(kinds)}")
        if not isinstance(labels, list) or len(labels) < 2 or not all(isinstance(label, str) for label in labels):
            raise InputError(f"{where}: labels is {labels!r:.80}; expected at least two texts")
        whole = isinstance(counts, list) and all(type(n) is int and 0 <= n < 2**62 for n in counts)
        if not whole or len(counts) != len(labels):
            raise InputError(f"{where}: counts is {counts!r:.80}; expected a whole number for each label")
        for name, low, high in (("temperature", 1e-9, math.inf), ("accuracy", 0.0, math.inf), ("network", 0.0, 1.0)):
            value = saved[name]
            if type(value) not in (int, float) or not math.isfinite(value) or not low <= value <= high:
                bounds = f"from {low}" + (f" to {high}" if high < math.inf else "")
                raise InputError(f"{where}: {name} is {value!r:.80}; expected a number {bounds}")
        of_type = saved["type"]
        if (
            not isinstance(of_type, str)
            or of_type not in TYPES
            or any(str(_valued(label, of_type)) != label for label in labels)
        ):
            raise InputError(
                f"{where}: type is {of_type!r:.80}; expected one of {', '.join(TYPES)} that the labels are"
            )
        temperature, accuracy, network = (float(saved[name]) for name in ("temperature", "accuracy", "network"))
        return cls(kind, labels, counts, temperature, accuracy, of_type, network)


def _valued(label: str, of_type: str) -> str | int | float | None:
    """A label in its type; None where it is none of that type."""
    try:
        return label == "True" if of_type == "bool" else TYPES[of_type](label)
    except ValueError:
        return None
