"""The label of the series that is nearest: by the Euclidean distance, or by dynamic time warping within a window.

All series are brought to one length by linear interpolation. Warping (Sakoe & Chiba 1978) lets step i of one series
stand beside step j of another where |i - j| is at most the window:

    d(i, j) = |x_i - y_j|² + min(d(i-1, j), d(i, j-1), d(i-1, j-1))

The share of the series whose nearest neighbour among the others has their label is the probability of its label; the
other labels share the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Arrays, LabelledPart, Predictions
from unrolled.baselines.choice import Folds, Part, Tried
from unrolled.errors import InputError
from unrolled.inputs.features import resampled
from unrolled.metrics.classification import classification_scores

__all__ = ["Nearest", "NearestNeighbour"]

POINTS = 128  # of a series at most
MOST_SERIES, MOST_NUMBERS = 5_000, 4_000_000  # that are compared with
WINDOWS = 0.0, 0.03, 0.1  # shares of the length; with 0 nothing is warped
WARPED = 1e6, 3e8  # products for one answer, and for a choice, at most
JUDGED = 300  # series whose neighbours say how often it is right
BLOCK = 30_000  # distances, or cells of a diagonal, at once


@dataclass(frozen=True)
class Nearest:
    """The nearest neighbour of ``classes``."""

    classes: int
    name: ClassVar[str] = "nearest neighbour"
    usual: ClassVar[float] = 0.0

    def tried(self, pool: LabelledPart, folds: Folds) -> Iterator[Tried]:
        """Each window with its probabilities of what each of the folds holds out."""
        held = np.concatenate([held for _, held in folds])
        for share in WINDOWS:
            answers = list[NDArray[np.integer]]()
            for fit, rows in folds:
                series, targets = self._kept(_rows(pool, fit))
                window = round(share * series.shape[1])
                if share and not (window and _may_be_warped(series, window, len(pool.encoded))):
                    return
                fitted = NearestNeighbour(series, targets, 0.5, window, self.classes)
                answers.append(fitted.answers(_rows(pool, rows).encoded))
            found = np.concatenate(answers)
            right = _share((found == pool.targets[held]).sum(), len(held))
            yield share, _probabilities(found, right, self.classes)

    def fit(self, part: LabelledPart, setting: float) -> "NearestNeighbour":
        """Keep the series, with a window of this share of their length."""
        series, targets = self._kept(part)
        return _judged(series, targets, round(setting * series.shape[1]), self.classes)

    def restore(self, arrays: Arrays) -> "NearestNeighbour":
        """The inverse of `NearestNeighbour.arrays`; InputError where they are damaged."""
        series, targets, right, window = (arrays.get(name) for name in ("series", "targets", "right", "window"))
        if series is None or targets is None or right is None or window is None:
            raise InputError(f"the baseline's arrays are {sorted(arrays)[:9]}; expected series, targets, right, window")
        if series.ndim != 3 or not series.size or series.dtype != np.float32 or series.shape[1] > POINTS:
            raise InputError(f"the baseline's series are {series.dtype} {series.shape}; expected float32 (N, T, D)")
        if targets.shape != series.shape[:1] or targets.dtype.kind != "i":
            raise InputError(f"the baseline's targets are {targets.dtype} {targets.shape}; expected int (N,)")
        if targets.min() < 0 or targets.max() >= self.classes:
            raise InputError(f"the baseline's targets are not labels; expected 0 to {self.classes - 1}")
        if right.shape != (1,) or window.shape != (1,) or window.dtype.kind != "i" or right.dtype != np.float64:
            raise InputError("the baseline's right or window is damaged; expected one number of each")
        if not 0 <= right[0] <= 1 or not 0 <= window[0] <= POINTS:
            raise InputError(f"the baseline is right {right[0]}, window {window[0]}; expected a share, 0 to {POINTS}")
        return NearestNeighbour(series, targets, float(right[0]), int(window[0]), self.classes)

    def _kept(self, part: LabelledPart) -> tuple[NDArray[np.float32], NDArray[np.integer]]:
        """The series of a part (N, T, D) and their targets (N,), of one length; of very many a sample."""
        length = min(POINTS, int(np.median([len(steps) for steps in part.encoded])))
        most = max(1, MOST_NUMBERS // (length * part.encoded[0].shape[1]))
        kept = Part.sample(part, min(MOST_SERIES, most))
        return _together(kept.encoded, length), kept.targets


@dataclass(frozen=True)
class NearestNeighbour:
    """Series (N, T, D), their targets (N,), how often the answer is ``right``, and the ``window`` in steps."""

    series: NDArray[np.float32]
    targets: NDArray[np.integer]
    right: float
    window: int
    classes: int

    @property
    def name(self) -> str:
        """Its name, for people."""
        how = f"warped by at most {self.window} of {self.series.shape[1]} steps" if self.window else "Euclidean"
        return f"nearest of {len(self.series):,} series, {how}"

    def neighbours(self, queries: NDArray[np.float32], leave_out: NDArray[np.int64] | None = None) -> NDArray[np.intp]:
        """The nearest series of each query (Q, T, D), other than those that are to be left out, one for each."""
        together = max(1, BLOCK // ((self.window + 1) * len(self.series)))
        found = []
        for start in range(0, len(queries), together):
            distance = _distances(queries[start : start + together], self.series, self.window)
            if leave_out is not None:
                distance[np.arange(len(distance)), leave_out[start : start + together]] = np.inf
            found.append(distance.argmin(1))
        return np.concatenate([np.zeros(0, np.intp), *found])

    def probabilities(self, encoded: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        """Encoded inputs → probabilities (N, C)."""
        return _probabilities(self.answers(encoded), self.right, self.classes)

    def answers(self, encoded: Sequence[NDArray[Any]]) -> NDArray[np.integer]:
        """The label of the nearest series of each encoded input, (N,)."""
        answers: NDArray[np.integer] = self.targets[self.neighbours(_together(encoded, self.series.shape[1]))]
        return answers

    def loss(self, part: LabelledPart) -> float:
        """Mean nats per example."""
        return classification_scores(self.probabilities(part.encoded), part.targets)["loss"]

    def predictions(self, part: LabelledPart) -> Predictions:
        """The probabilities (N, C) of all examples, and their targets."""
        yield self.probabilities(part.encoded), np.asarray(part.targets)

    def arrays(self) -> Arrays:
        """The arrays that `Nearest.restore` reads."""
        of_one = {"right": np.array([self.right]), "window": np.array([self.window])}
        return {"series": self.series, "targets": np.asarray(self.targets, np.int64), **of_one}


def _judged(series: NDArray[np.float32], targets: NDArray[np.integer], window: int, classes: int) -> NearestNeighbour:
    """With how often the nearest of the other series has the same label."""
    fitted, rows = NearestNeighbour(series, targets, 0.5, window, classes), np.zeros(0, np.int64)
    if len(series) > 1:
        rows = np.unique(np.linspace(0, len(series) - 1, JUDGED).astype(np.int64))
    right = (targets[fitted.neighbours(series[rows], rows)] == targets[rows]).sum()
    return replace(fitted, right=_share(right, len(rows)))


def _share(right: int, of: int) -> float:
    """As if one more had been right, and one more wrong."""
    return float(right + 1) / (of + 2)


def _probabilities(answers: NDArray[np.integer], right: float, classes: int) -> NDArray[np.float64]:
    """Answers (N,) that are ``right`` so often → probabilities (N, C), whose largest is that of the answer."""
    if classes == 1:
        return np.ones((len(answers), 1))
    right = max(right, 1.01 / classes)
    rows = np.full((len(answers), classes), (1 - right) / (classes - 1))
    rows[np.arange(len(answers)), answers] = right
    return rows


def _rows(part: LabelledPart, rows: NDArray[np.int64]) -> Part:
    return Part([part.encoded[row] for row in rows.tolist()], part.targets[rows])


def _together(encoded: Sequence[NDArray[Any]], length: int) -> NDArray[np.float32]:
    """Series of one length, (N, T, D)."""
    return np.stack([resampled(steps, length) for steps in encoded])


def _may_be_warped(series: NDArray[np.float32], window: int, queries: int) -> bool:
    """Whether one answer, and those to all queries, take no more products than they should."""
    products = series.size * (2 * window + 1)
    return products <= WARPED[0] and products * queries <= WARPED[1]


def _distances(queries: NDArray[np.float32], series: NDArray[np.float32], window: int) -> NDArray[np.float32]:
    """The squared distance (Q, N) of each query (Q, T, D) to each series (N, T, D)."""
    if window:
        return _warped(queries, series, window)
    x, y = queries.reshape(len(queries), -1), series.reshape(len(series), -1)
    distance: NDArray[np.float32] = (x**2).sum(1)[:, None] - 2 * x @ y.T + (y**2).sum(1)
    return distance


def _warped(queries: NDArray[np.float32], series: NDArray[np.float32], window: int) -> NDArray[np.float32]:
    """The same after warping, along the diagonals i + j: the cells of one depend on the two before it alone.

    Cell (i, j) stands in row i - j of ``costs``, with the window in the middle and a row without end on each side.
    """
    steps = queries.shape[1]
    x, y = queries.transpose(1, 0, 2), series.transpose(1, 2, 0)  # (T, Q, D), (T, D, N)
    squares = (x**2).sum(2), (y**2).sum(1)
    costs = np.full((2 * window + 3, len(queries), len(series)), np.inf, np.float32)
    middle = window + 1
    for diagonal in range(2 * steps - 1):
        reach = min(window, diagonal, 2 * (steps - 1) - diagonal)
        reach -= (reach - diagonal) % 2
        first, last = (diagonal - reach) // 2, (diagonal + reach) // 2 + 1  # i, and j the other way round
        i, j = slice(first, last), np.arange(first, last)[::-1]
        step = squares[0][i, :, None] + squares[1][j, None, :] - 2 * (x[i] @ y[j])
        rows = slice(middle - reach, middle + reach + 1, 2)
        before = slice(middle - reach - 1, middle + reach, 2)
        after = slice(middle - reach + 1, middle + reach + 2, 2)
        best = np.minimum(np.minimum(costs[before], costs[after]), costs[rows])
        costs[rows] = np.maximum(step, 0) + (best if diagonal else 0)
    nearest: NDArray[np.float32] = costs[middle]
    return nearest
