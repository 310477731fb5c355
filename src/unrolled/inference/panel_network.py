"""A trained forecaster on numpy: it reads histories, remembers where each series stands, and forecasts from there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY, Tree, map_state
from unrolled.inputs.history import History, Moments
from unrolled.inputs.outline import Outline
from unrolled.models.forecaster import Ensemble
from unrolled.models.likelihoods import LEVELS, Likelihood, NegativeBinomial

__all__ = ["Answers", "Memory", "PanelNetwork"]

Singles = NDArray[np.float32]
STEPS = 4_096  # read at once
VALUES = 2**16  # of all rows that are read at once
ANCHORS = 512  # answered at once


class Memory(NamedTuple):
    """What the members remember of N series: ``hidden``, a state for each member, and ``output`` (N, members, E)."""

    hidden: tuple[Any, ...]
    output: Singles

    def rows(self, index: NDArray[np.int64] | slice) -> "Memory":
        """A copy of some series, or of the same ones repeatedly; views of a slice."""
        return Memory(map_state(lambda leaf: leaf[index], self.hidden), self.output[index])

    def only(self, member: int) -> "Memory":
        """What one member remembers."""
        return Memory((self.hidden[member],), self.output[:, member : member + 1])

    def put(self, index: NDArray[np.int64], other: "Memory") -> None:
        """Take over what another memory holds for some series."""
        _put(self.hidden, other.hidden, index)
        self.output[index] = other.output


class Answers(NamedTuple):
    """Of N series ``quantiles`` (N, H, Q) at `LEVELS`, and the ``mean`` (N, H) of counts, whose median is often 0."""

    quantiles: NDArray[np.float64]
    mean: NDArray[np.float64] | None


@dataclass(frozen=True)
class PanelNetwork:
    """An ensemble, its parameters as numpy arrays, and what its raw numbers stand for.

    ``ancestral``: it answers one period ahead alone, and forecasts by sampled paths (`unrolled.inference.ancestral`).
    """

    model: Ensemble
    params: Tree
    likelihood: Likelihood
    outline: Outline
    smoothed: bool
    ancestral: bool = False

    def only(self, member: int) -> "PanelNetwork":
        """The network of one member."""
        return replace(self, model=replace(self.model, count=1), params=Tree({"0": self.params[str(member)]}))

    def start(self, rows: int) -> Memory:
        """The memory of ``rows`` series before their first value."""
        like = np.zeros(0, np.float32)
        hidden = tuple(self.model.member.zero_state(NUMPY, rows, like) for _ in range(self.model.count))
        return Memory(hidden, np.zeros((rows, self.model.count, self.model.member.width), np.float32))

    def step(self, memory: Memory, inputs: Singles, lengths: NDArray[np.int64] | None = None) -> tuple[Memory, Singles]:
        """Inputs (N, T, F) → memory after each row's last step, outputs (N, T, members, E)."""
        hidden, outputs = [], []
        for member, state in enumerate(memory.hidden):
            y, after = self.model.member.read(NUMPY, self.params[str(member)], inputs, state, lengths)
            hidden.append(after)
            outputs.append(y)
        output = np.stack(outputs, 2)
        if lengths is None:
            last = output[:, -1]
        else:
            last = np.take_along_axis(output, np.maximum(lengths - 1, 0)[:, None, None, None], 1)[:, 0]
            last = np.where((lengths > 0)[:, None, None], last, memory.output)
        return Memory(tuple(hidden), last), output

    def read(self, history: History, anchors: NDArray[np.int64] | None = None) -> tuple[Memory, Singles]:
        """The memory after each series' last value, and what it was at ``anchors`` (A, members, E)."""
        panel = history.panel
        lengths, count = panel.lengths, len(panel)
        memory = self.start(count)
        anchors = np.zeros(0, np.int64) if anchors is None else anchors
        order = np.argsort(anchors, kind="stable")
        outputs = np.zeros((len(anchors), *memory.output.shape[1:]), np.float32)
        hidden = map_state(np.copy, memory.hidden)
        for rows in _batches(lengths):
            now = memory.rows(rows)
            for begin in range(0, int(lengths[rows].max(initial=0)), STEPS):
                left = np.clip(lengths[rows] - begin, 0, STEPS)
                inside = np.arange(int(left.max())) < left[:, None]
                places = np.where(inside, panel.offsets[rows][:, None] + begin + np.arange(inside.shape[1]), 0)
                owner = np.where(inside, rows[:, None], 0)
                if not inside.all():  # padding may read any value: it is never used
                    owner = np.where(inside, owner, rows[int(left.argmax())])
                    places = np.where(inside, places, panel.offsets[rows[int(left.argmax())]])
                now, output = self.step(now, history.inputs(owner, places), left)
                for i, row in enumerate(rows.tolist()):
                    start = int(panel.offsets[row]) + begin
                    low, high = np.searchsorted(anchors, [start, start + int(left[i])], sorter=order)
                    chosen = order[low:high]
                    outputs[chosen] = output[i, anchors[chosen] - start]
            Memory(hidden, memory.output).put(rows, now)
        return Memory(hidden, memory.output), outputs

    def answers(self, output: Singles, moments: Moments, nonnegative: NDArray[np.bool_]) -> Answers:
        """What the members answer on the whole, from their memory (A, members, E)."""
        quantiles = self.quantiles(output, moments, LEVELS, nonnegative)
        return Answers(quantiles, self._means(output, moments, nonnegative) if self.counts else None)

    @property
    def counts(self) -> bool:
        """Whether it answers with counts."""
        return isinstance(self.likelihood, NegativeBinomial)

    def _means(self, output: Singles, moments: Moments, nonnegative: NDArray[np.bool_]) -> NDArray[np.float64]:
        means = [
            np.mean([self.likelihood.mean(raw, centre, scale, positive) for raw in raws], 0)
            for raws, centre, scale, positive in self._raw(output, moments, nonnegative)
        ]
        return np.concatenate(means) if means else np.zeros((0, self.outline.horizon))

    def quantiles(
        self, output: Singles, moments: Moments, levels: Sequence[float], nonnegative: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """What the members answer on the whole, from their memory (A, members, E): quantiles (A, H, Q)."""
        answers = [
            np.mean([self.likelihood.quantiles(raw, centre, scale, levels, positive) for raw in raws], 0)
            for raws, centre, scale, positive in self._raw(output, moments, nonnegative)
        ]
        shape = (0, self.outline.horizon, len(levels))
        return np.concatenate(answers) if answers else np.zeros(shape)

    def sample(
        self, output: Singles, moments: Moments, nonnegative: NDArray[np.bool_], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """A sample (A, H) of what the first member answers, independent of each other."""
        drawn = [
            self.likelihood.sample(raws[0], centre, scale, positive, rng, 1)[..., 0]
            for raws, centre, scale, positive in self._raw(output, moments, nonnegative)
        ]
        return np.concatenate(drawn)

    def _raw(
        self, output: Singles, moments: Moments, nonnegative: NDArray[np.bool_]
    ) -> Iterator[tuple[list[Singles], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]]:
        """Blocks of anchors: raw numbers (A, H, K) of each member, centre and scale, and what is not below 0."""
        for begin in range(0, len(output), ANCHORS):
            block = slice(begin, begin + ANCHORS)
            part = moments.rows(block)
            window, targets = part.features(self.outline)
            raws = [
                self.model.member.raw(NUMPY, self.params[str(i)], output[block, i], window, targets)
                for i in range(self.model.count)
            ]
            yield raws, part.centre(self.smoothed), part.spread, nonnegative[block][:, None]


def _batches(lengths: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Rows that are read side by side: of like length, as many as fit."""
    order = np.argsort(-lengths, kind="stable")
    begin = 0
    while begin < len(order):
        longest = max(1, min(STEPS, int(lengths[order[begin]])))
        size = max(1, min(256, VALUES // longest))
        yield order[begin : begin + size]
        begin += size


def _put(target: Any, source: Any, rows: NDArray[np.int64]) -> None:
    """Write the rows of a state into that of all series."""
    if isinstance(target, tuple):
        for into, value in zip(target, source, strict=True):
            _put(into, value, rows)
    else:
        target[rows] = source
