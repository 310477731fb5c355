"""labels.json of a classifier's folder: what it tells apart."""

import dataclasses
import json
import math
from dataclasses import dataclass

from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json

__all__ = ["Labels", "read_labels"]

KINDS = ("text", "dna", "sound", "numbers")


@dataclass(frozen=True)
class Labels:
    """The ``kind`` of inputs, the labels in the order of the scores, how many examples each had, the temperature by
    which scores are divided, and the accuracy on the validation part."""

    kind: str
    labels: list[str]
    counts: list[int]
    temperature: float
    accuracy: float

    def to_json(self) -> str:
        """For `read_labels`."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=1)


def read_labels(text: str, where: str) -> Labels:
    """What `Labels.to_json` wrote; InputError, naming ``where``, for anything else."""
    saved = parse_json(text.encode(errors="surrogatepass"), where)
    if not isinstance(saved, dict) or saved.keys() != {field.name for field in dataclasses.fields(Labels)}:
        raise InputError(f"{where}: expected {', '.join(field.name for field in dataclasses.fields(Labels))}")
    kind, labels, counts = saved["kind"], saved["labels"], saved["counts"]
    if kind not in KINDS:
        raise InputError(f"{where}: kind is {kind!r:.80}; expected one of {', '.join(KINDS)}")
    if not isinstance(labels, list) or len(labels) < 2 or not all(isinstance(label, str) for label in labels):
        raise InputError(f"{where}: labels is {labels!r:.80}; expected at least two texts")
    whole = isinstance(counts, list) and all(type(n) is int and 0 <= n < 2**62 for n in counts)
    if not whole or len(counts) != len(labels):
        raise InputError(f"{where}: counts is {counts!r:.80}; expected a whole number for each label")
    for name, low in (("temperature", 1e-9), ("accuracy", 0.0)):
        value = saved[name]
        if type(value) not in (int, float) or not math.isfinite(value) or value < low:
            raise InputError(f"{where}: {name} is {value!r:.80}; expected a number from {low}")
    return Labels(kind, labels, counts, float(saved["temperature"]), float(saved["accuracy"]))
