"""The sets of classification.py, each as three `Examples`: train, valid and test, the same on every machine.

What has official parts keeps them. What has none is cut by distinct input, 80/10/10, by a fixed seed: the parts of a
set are the same whatever is drawn while training. No label of the test part has any influence on a choice.
"""

import csv
import gzip
import re
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.data.examples import Examples
from unrolled.sources.samples import Sample

__all__ = ["SETS", "Parts"]

_SEED = 0  # of the parts
_WORD = re.compile(r"(\w[\w'’-]*)")
_SWAPS = 6  # different swaps of a sentence in the training part of "swap"; the other parts have one


class Parts(NamedTuple):
    train: Examples
    valid: Examples
    test: Examples


def _read(path: Path, column: str, label: str) -> Examples:
    """The inputs in ``column`` and the labels in the column ``label`` of a table with a head."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        if path.name.endswith(".csv.gz"):
            rows = list(csv.DictReader(file))
        else:
            head, *lines = file.read().splitlines()
            rows = [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]
    where = [f"{path.name}:{number}" for number in range(2, len(rows) + 2)]
    kind = "dna" if column == "sequence" else "text"
    return Examples(kind, [row[column] for row in rows], [row[label] for row in rows], where)


def _distinct(examples: Examples) -> Examples:
    """Every input once; one that stands with two labels is left out."""
    labels: dict[str, set[str]] = {}
    first: dict[str, int] = {}
    for row, (raw, label) in enumerate(zip(examples.inputs, examples.targets, strict=True)):
        labels.setdefault(raw, set()).add(label)
        first.setdefault(raw, row)
    return examples.take([row for raw, row in first.items() if len(labels[raw]) == 1])


def _split(examples: Examples, share: float) -> tuple[Examples, Examples]:
    """Two parts, the second with ``share`` of every label, by distinct input: the same, whatever the library does."""
    rng, chosen = np.random.default_rng(_SEED), set[int]()
    for label in sorted(set(examples.targets)):
        rows = [row for row, target in enumerate(examples.targets) if target == label]
        ordered = sorted(rows, key=lambda row: examples.inputs[row].encode())
        equal = [list(group) for _, group in groupby(ordered, key=lambda row: examples.inputs[row])]
        for at in rng.permutation(len(equal))[: round(share * len(equal))]:
            chosen.update(equal[at])
    return examples.take([row for row in range(len(examples)) if row not in chosen]), examples.take(sorted(chosen))


def _cut(examples: Examples) -> Parts:
    rest, test = _split(examples, 0.1)
    return Parts(*_split(rest, 1 / 9), test)


def _trec(data: Path) -> Parts:
    folder = data / "trec_questions"
    train = _read(folder / "train.tsv.gz", "text", "coarse")
    return Parts(*_split(train, 0.1), _read(folder / "test.tsv.gz", "text", "coarse"))


def _sst2(data: Path) -> Parts:
    return Parts(*(_read(data / "sst" / f"binary.{part}.tsv.gz", "text", "label") for part in ("train", "dev", "test")))


def _swap(_: Path) -> Parts:
    """A real sentence against the same with two words at distance ≥ 2 swapped; both in the same part.

    The sentences are those of the parts of sample:wikipedia. In the training part each stands as often as it has
    different swaps, so that the two labels are equally frequent there, too.
    """
    parts = (("train", _SWAPS), ("valid", 1), ("test", 1))
    return Parts(*(_twins(_sentences(part), swaps) for part, swaps in parts))


def _sentences(part: str) -> list[str]:
    """Sentences of 6 to 30 words in small letters, each once, with single spaces."""
    sentences: dict[str, None] = {}
    for paragraph in Sample("wikipedia", part).paragraphs():
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", paragraph):
            words = sentence.split()
            if (
                6 <= len(words) <= 30
                and len(_WORD.findall(sentence)) >= 6
                and sentence[0].isupper()
                and sentence[-1] in ".!?"
            ):
                sentences[" ".join(words).lower()] = None
    return list(sentences)


def _twins(sentences: list[str], swaps: int) -> Examples:
    rng = np.random.default_rng(_SEED)
    inputs, labels, where = list[str](), list[str](), list[str]()
    for number, sentence in enumerate(sentences):
        for _ in range(swaps):
            inputs += [sentence, _swapped(sentence, rng)]
            labels += ["real", "swapped"]
            where += [f"sentence {number}"] * 2
    return Examples("text", inputs, labels, where)


def _swapped(sentence: str, rng: np.random.Generator) -> str:
    """Two different words at distance ≥ 2 change places; marks stay where they are."""
    pieces = _WORD.split(sentence)  # words at the odd places
    words = pieces[1::2]
    while True:
        first, second = sorted(rng.choice(len(words), 2, replace=False))
        if second - first >= 2 and words[first] != words[second]:
            words[first], words[second] = words[second], words[first]
            pieces[1::2] = words
            return "".join(pieces)


SETS: dict[str, Callable[[Path], Parts]] = {
    "trec": _trec,
    "sst2": _sst2,
    "mr": lambda data: _cut(_distinct(_read(data / "mr" / "mr.tsv.gz", "text", "label"))),
    "subj": lambda data: _cut(_distinct(_read(data / "subj" / "subj.tsv.gz", "text", "label"))),
    "splice": lambda data: _cut(_distinct(_read(data / "splice" / "splice.csv.gz", "sequence", "class"))),
    "swap": _swap,
}


def repeated(parts: Parts) -> NDArray[np.bool_]:
    """Which test inputs stand in the training or the validation part, too: 10 questions of TREC."""
    known = {*parts.train.inputs, *parts.valid.inputs}
    return np.array([raw in known for raw in parts.test.inputs])
