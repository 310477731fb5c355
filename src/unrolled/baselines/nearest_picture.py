"""The caption of training pictures that look like a picture with which their other captions agree most.

Pictures are compared by the cosine of their mean features, less the mean of all. From the captions of the k nearest
that one is taken which agrees most with all of these (Devlin et al. 2015, "consensus caption"); k is chosen on pictures
that are held out.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Arrays
from unrolled.baselines.packed import packed, read_array, unpacked
from unrolled.decoding.consensus import agreement
from unrolled.errors import InputError
from unrolled.text.cutting import Cutting

__all__ = ["NearestPicture"]

MOST_NUMBERS, MOST_LETTERS = 25_000_000, 9_000_000  # of features, and of captions, that are kept
MOST_CAPTIONS = 5  # of a picture that are kept
NEIGHBOURS = 1, 2, 5, 10, 20, 40  # of which k is chosen
TOGETHER = 256  # pictures whose neighbours are looked for side by side
HELD_OUT, SHARE = 200, 5  # pictures that k is chosen on, at most one of five

Features = NDArray[np.floating[Any]]


class NearestPicture:
    """Pictures by their mean features (P, F), the captions of each, and how many ``neighbours`` are asked."""

    file: ClassVar[str] = "nearest_picture"

    def __init__(self, features: Features, captions: Sequence[Sequence[str]], neighbours: int) -> None:
        self.features, self.captions, self.neighbours = features, captions, neighbours

    @property
    def name(self) -> str:
        """How many pictures it asks."""
        return "nearest picture" if self.neighbours == 1 else f"{self.neighbours} nearest pictures"

    @classmethod
    def fit(cls, sources: Sequence[Features], targets: Sequence[str]) -> Self:
        """Learn from features, (S, F) of a grid of cells or (F,), each with a caption: equal ones are one picture."""
        pictures: dict[bytes, list[str]] = {}
        for source, caption in zip(sources, targets, strict=True):
            pictures.setdefault(_mean(source).astype(np.float16).tobytes(), []).append(caption)
        letters = sum(map(len, targets))
        width = len(_mean(sources[0]))
        step = max(1, -(-len(pictures) * width // MOST_NUMBERS), -(-letters // MOST_LETTERS))
        features = np.stack([np.frombuffer(mean, np.float16) for mean in list(pictures)[::step]])
        captions = [several[:MOST_CAPTIONS] for several in list(pictures.values())[::step]]
        return cls(features, captions, _chosen(features, captions))

    def answers(self, sources: Sequence[Features]) -> list[str]:
        """The caption that suits each picture."""
        if not len(sources):
            return []
        means = np.stack([_mean(source) for source in sources])
        nearest = self._nearest(means, self.neighbours)
        return [self._consensus(rows)[0] for rows in nearest.tolist()]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that `restore` reads."""
        return {
            "features": self.features,
            "captions": packed([caption for several in self.captions for caption in several]),
            "counts": np.array([len(several) for several in self.captions], np.int32),
            "neighbours": np.array([self.neighbours], np.int32),
        }

    @classmethod
    def restore(cls, arrays: Arrays) -> Self:
        """The inverse of `arrays`; InputError where they are damaged."""
        features, captions = read_array(arrays, "features", "f", 2), unpacked(arrays, "captions")
        counts = read_array(arrays, "counts", "i", 1).astype(np.int64)
        neighbours = read_array(arrays, "neighbours", "i", 1).tolist()
        fits = len(counts) == len(features) > 0 and counts.sum() == len(captions)
        if not fits or counts.min() < 1 or counts.max() > MOST_CAPTIONS:
            raise InputError(f"the nearest picture has {len(features)} pictures and {len(captions)} captions")
        if (
            len(neighbours) != 1
            or neighbours[0] not in NEIGHBOURS
            or not np.isfinite(features.astype(np.float32)).all()
        ):
            raise InputError("the nearest picture's features or neighbours are no numbers that can be")
        ends = np.cumsum([0, *counts.tolist()]).tolist()
        return cls(features.astype(np.float16), [captions[a:b] for a, b in pairwise(ends)], neighbours[0])

    @cached_property
    def _centre(self) -> NDArray[np.float32]:
        centre: NDArray[np.float32] = self.features.mean(0, dtype=np.float32)
        return centre

    @cached_property
    def _directions(self) -> NDArray[np.float32]:
        return _unit(self.features.astype(np.float32) - self._centre)

    @cached_property
    def _ids(self) -> list[list[list[int]]]:
        """The captions of each picture as numbers of their words."""
        return [[self._numbered(caption) for caption in several] for several in self.captions]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {}

    def _numbered(self, text: str) -> list[int]:
        cutting, numbers = Cutting("word"), self._numbers
        words = (piece for piece, _ in cutting.pieces(cutting.folded(text)) if any(map(str.isalnum, piece)))
        return [numbers.setdefault(word, len(numbers)) for word in words]

    def _nearest(self, means: NDArray[np.float32], count: int) -> NDArray[np.int64]:
        """The pictures (N, k) whose features have the largest cosine with each mean, nearest first."""
        if means.shape[1] != len(self._centre):
            raise InputError(f"a picture has {means.shape[1]} features; expected {len(self._centre)}")
        blocks = (means[start : start + TOGETHER] for start in range(0, len(means), TOGETHER))
        cosines = (_unit(block - self._centre) @ self._directions.T for block in blocks)
        return np.concatenate([np.argsort(-near, axis=1, kind="stable")[:, :count] for near in cosines])

    def _consensus(self, rows: Sequence[int], more: Sequence[Sequence[int]] = ()) -> tuple[str, NDArray[np.float64]]:
        """The caption of these pictures that agrees most with all of theirs, and how it agrees with ``more`` texts."""
        captions = [caption for row in rows for caption in self.captions[row]]
        table = agreement([*(ids for row in rows for ids in self._ids[row]), *more])
        best = int(table[: len(captions), : len(captions)].sum(1).round(9).argmax())
        return captions[best], table[best, len(captions) :]


def _chosen(features: Features, captions: Sequence[Sequence[str]]) -> int:
    """The k with which answers to pictures that are held out agree most with their captions."""
    step = max(SHARE, -(-len(captions) // HELD_OUT))
    held = range(step - 1, len(captions), step)
    rest = [row for row in range(len(captions)) if row % step != step - 1]
    if not held:
        return NEIGHBOURS[0]
    memory = NearestPicture(features[rest], [captions[row] for row in rest], max(NEIGHBOURS))
    nearest = memory._nearest(features[list(held)].astype(np.float32), max(NEIGHBOURS))
    wanted = [[memory._numbered(text) for text in captions[row]] for row in held]
    reached = [
        np.mean(
            [memory._consensus(rows[:k], own)[1].mean() for rows, own in zip(nearest.tolist(), wanted, strict=True)]
        )
        for k in NEIGHBOURS
    ]
    return NEIGHBOURS[int(np.argmax(reached))]


def _mean(source: Features) -> NDArray[np.float32]:
    """(S, F) or (F,) → (F,)."""
    found = np.asarray(source, np.float32)
    if found.ndim not in (1, 2) or not found.size or not np.isfinite(found).all():
        raise InputError(f"features of a picture are {found.shape}; expected finite numbers (S, F) or (F,)")
    mean: NDArray[np.float32] = found if found.ndim == 1 else found.mean(0)
    return mean


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
