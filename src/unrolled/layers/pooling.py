"""A sequence's features as one vector: its last or middle step, the mean or the largest of all, those attended to."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from unrolled.arrays import Array, Namespace, Tree

__all__ = ["POOLINGS", "Pooling"]

POOLINGS = ("last", "mean", "max", "attention", "middle")


@dataclass(frozen=True)
class Pooling:
    """y (B, T, width) → (B, width), over the first ``lengths[b]`` steps of each row; zeros where a row has none.

    last: the last step, of the half that reads backwards (``bidirectional``) the first. attention: the mean by the
    weights softmax(q · tanh(W y + b)) over time (Yang et al. 2016, eqs. 5-7). middle: step length // 2, where both
    directions meet: for windows cut around what is to be told, as a splice junction or a word among its neighbours.
    """

    kind: str
    width: int
    bidirectional: bool = False

    def shapes(self) -> Tree:
        if self.kind != "attention":
            return Tree()
        return Tree(W=(self.width, self.width), b=(self.width,), q=(self.width,))

    def initial(self, rng: np.random.Generator) -> Tree:
        bound = self.width**-0.5
        shapes = self.shapes()
        return Tree(
            {name: 0 * np.empty(s) if name == "b" else rng.uniform(-bound, bound, s) for name, s in shapes.items()}
        )

    def forward(self, xp: Namespace, params: Any, y: Array, lengths: Array) -> Array:
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
            lowest = xp.max_time(xp.where(inside, y, xp.zeros(y.shape, y) - 1e30))
            return xp.where((lengths > 0)[:, None], lowest, xp.zeros(lowest.shape, y))
        return (self.weights(xp, params, y, lengths)[..., None] * y).sum(1)

    def weights(self, xp: Namespace, params: Any, y: Array, lengths: Array) -> Array:
        """The attention (B, T) to each step; zero in the padding."""
        scores = xp.tanh(y @ params.W.T + params.b) @ params.q  # (B, T)
        inside = xp.arange(y.shape[1])[None] < lengths[:, None]
        low = xp.zeros(scores.shape, scores) - 1e30
        return xp.where(inside, xp.softmax(xp.where(inside, scores, low)), 0 * low)

    def _last(self, xp: Namespace, y: Array, lengths: Array) -> Array:
        ends = xp.where(lengths > 0, lengths - 1, 0 * lengths)[:, None]
        last = xp.gather_time(y, ends)[:, 0]
        if not self.bidirectional:
            return last
        return xp.concat([xp.chunk(last, 2)[0], xp.chunk(y[:, 0], 2)[1]])
