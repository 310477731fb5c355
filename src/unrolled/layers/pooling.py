"""Poolings make one vector of a sequence's features: the last or middle step, a mean, a maximum, or attention.

Beside the form over a whole sequence stands its streaming form, which gives the same after each step.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY, Array, Namespace, Tree

__all__ = ["POOLINGS", "Pooling"]

DESCRIPTIONS = {
    "last": "the last step, from each end",
    "mean": "the mean of all steps",
    "max": "the largest of all steps, feature by feature",
    "attention": "the mean of all steps, weighted by attention",
    "middle": "the step in the middle",
}
POOLINGS = tuple(DESCRIPTIONS)
LOW = -1e30  # less than any feature, finite

AnyArray = NDArray[np.float32]
Memory = tuple[AnyArray, ...]
"""What the streaming form remembers between steps."""


@dataclass(frozen=True)
class Pooling:
    """y (B, T, width) → (B, width), over the first ``lengths[b]`` steps of each row; zeros where a row has none.

    last: the last step, of the half that reads backwards (``bidirectional``) the first. attention: the mean by the
    weights softmax(q · tanh(W y + b)) over time (Yang et al. 2016, eqs. 5-7). middle: step length // 2, where both
    directions meet: for windows cut around the thing in question, such as a splice junction.
    """

    kind: str
    width: int
    bidirectional: bool = False

    def shapes(self) -> Tree:
        """Attention has W, b and q; the others have no parameters."""
        if self.kind != "attention":
            return Tree()
        return Tree(W=(self.width, self.width), b=(self.width,), q=(self.width,))

    def initial(self, rng: np.random.Generator) -> Tree:
        """W and q uniform in ±1/√width, b zero."""
        bound, shapes = self.width**-0.5, self.shapes()
        return Tree({name: np.zeros(s) if name == "b" else rng.uniform(-bound, bound, s) for name, s in shapes.items()})

    @property
    def description(self) -> str:
        """What it pools, for people."""
        return DESCRIPTIONS[self.kind]

    @property
    def outputs(self) -> int:
        """Features of the pooled vector."""
        return self.width

    def forward(self, xp: Namespace, params: Tree, y: Array, lengths: Array) -> Array:
        """y (B, T, width), zero in the padding; lengths (B,) → (B, width)."""
        if y.shape[1] == 0:
            return y.sum(1)
        if self.kind == "mean":
            return y.sum(1) / xp.where(lengths > 0, lengths, 0 * lengths + 1)[:, None]
        if self.kind == "last":
            return self._last(xp, y, lengths)
        if self.kind == "middle":
            return xp.gather_time(y, (lengths // 2)[:, None])[:, 0]
        inside = (xp.arange(y.shape[1])[None] < lengths[:, None])[..., None]  # (B, T, 1)
        if self.kind == "max":
            largest = xp.max_time(xp.where(inside, y, xp.zeros(y.shape, y) + LOW))
            return xp.where((lengths > 0)[:, None], largest, xp.zeros(largest.shape, y))
        return (self.weights(xp, params, y, lengths)[..., None] * y).sum(1)

    def weights(self, xp: Namespace, params: Tree, y: Array, lengths: Array) -> Array:
        """The attention (B, T) to each step; zero in the padding."""
        scores = xp.tanh(y @ params.W.T + params.b) @ params.q  # (B, T)
        inside = xp.arange(y.shape[1])[None] < lengths[:, None]
        low = xp.zeros(scores.shape, scores) + LOW
        return xp.where(inside, xp.softmax(xp.where(inside, scores, low)), 0 * low)

    def _last(self, xp: Namespace, y: Array, lengths: Array) -> Array:
        ends = xp.where(lengths > 0, lengths - 1, 0 * lengths)[:, None]
        last = xp.gather_time(y, ends)[:, 0]
        if not self.bidirectional:
            return last
        return xp.concat([xp.chunk(last, 2)[0], xp.chunk(y[:, 0], 2)[1]])

    def over(self, params: Tree, chunks: Iterable[AnyArray], length: int) -> AnyArray:
        """`forward` of one row that comes in ``chunks`` (T, width), ``length`` steps in all: (width,)."""
        pooled, first, memory, at = np.zeros(self.width, np.float32), None, self.begin(), 0
        for y in chunks:
            first = y[0] if first is None else first
            if self.kind == "middle":
                pooled = y[length // 2 - at] if at <= length // 2 < at + len(y) else pooled
            else:
                after, memory = self.advance(params, y, memory)
                pooled = after[-1]
            at += len(y)
        if self.kind == "last" and self.bidirectional and first is not None:
            half = self.width // 2
            return np.concatenate([pooled[:half], first[half:]])
        return pooled.copy()

    # The streaming form ---------------------------------------------------------------------------------------------

    @property
    def streams(self) -> bool:
        """Whether the pooled vector can be carried on step by step: the middle moves with the end, so it cannot."""
        return self.kind != "middle" and not self.bidirectional

    def begin(self) -> Memory:
        """The memory before the first step."""
        zeros = np.zeros(self.width, np.float32)
        return {
            "last": (),
            "mean": (zeros, np.zeros(1, np.float32)),  # sum, steps
            "max": (np.full(self.width, LOW, np.float32),),
            "attention": (zeros, np.zeros(1, np.float32), np.full(1, LOW, np.float32)),  # Σ e^(s-m) y, Σ e^(s-m), m
        }.get(self.kind, ())

    def advance(self, params: Tree, y: AnyArray, memory: Memory) -> tuple[AnyArray, Memory]:
        """Further steps y (T, width), T at least 1 → the pooled vector after each of them (T, width), memory."""
        if self.kind == "last":
            return y, ()
        if self.kind == "mean":
            total, steps = memory[0] + y.cumsum(0), memory[1] + np.arange(1, len(y) + 1, dtype=np.float32)[:, None]
            return total / steps, (total[-1], steps[-1])
        if self.kind == "max":
            largest = np.maximum(memory[0], np.maximum.accumulate(y, axis=0))
            return largest, (largest[-1],)
        scores = NUMPY.tanh(y @ params.W.T + params.b) @ params.q  # (T,)
        return _attended(scores, y, memory)


def _attended(scores: AnyArray, y: AnyArray, memory: Memory) -> tuple[AnyArray, Memory]:
    """The means of y (T, width) weighted by e^scores after each step, and the memory after all.

    Weights are relative to the largest score so far, never to one that comes later: beside that they could all be 0.
    """
    total, weight, most = memory
    largest = np.maximum.accumulate(np.concatenate([most, scores]))  # (T + 1,) before and after each step
    means = []
    for part in np.split(np.arange(len(y)), np.flatnonzero(largest[1:] > largest[:-1])):
        if len(part):  # the largest score is the same all along it
            shift = largest[part[:1] + 1]
            shares, before = np.exp(scores[part] - shift)[:, None], np.exp(most - shift)
            totals, weights = total * before + (shares * y[part]).cumsum(0), weight * before + shares.cumsum(0)
            total, weight, most = totals[-1], weights[-1], shift
            means.append(totals / weights)
    return np.concatenate(means), (total, weight, most)
