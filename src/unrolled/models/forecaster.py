"""Forecasters: a memory that reads a series, and a head for all periods of the horizon at once.

The answer for each period of the horizon is a few raw numbers, the parameters of a likelihood around a centre. The
first of them moves the middle: it is a linear function of the window (Zeng et al. 2023) and, with all others, a small
network of the memory and of what is known of that period (Wen et al. 2017).
"""

from dataclasses import dataclass

import numpy as np

from unrolled.arrays import Array, Namespace, Noise, State, Tree
from unrolled.layers import Dense, Recurrent, dropout
from unrolled.layers.dilated import Dilated
from unrolled.models.base import Composite

__all__ = ["DirectForecaster", "Ensemble", "ForecastSizes"]


@dataclass(frozen=True)
class ForecastSizes:
    """What a forecaster reads and answers: features of a period and of a target, window, horizon, raw numbers."""

    inputs: int
    targets: int
    window: int
    horizon: int
    parameters: int


@dataclass(frozen=True)
class Linear(Dense):
    """A dense layer that starts from zeros."""

    def initial(self, rng: np.random.Generator) -> Tree:
        """Zeros."""
        return Tree(W=np.zeros((self.outputs, self.inputs)), b=np.zeros(self.outputs))


@dataclass(frozen=True)
class DirectForecaster(Composite):
    """``body`` is the memory; without one (None) the ``memory`` layer reads the window itself: the dense network.

    ``start`` are the raw numbers of the untrained head.
    """

    body: Recurrent | Dilated | None
    memory: Dense
    target: Dense
    hidden: Dense
    output: Linear
    skip: Linear
    start: tuple[float, ...]
    dropout: float = 0.0

    @classmethod
    def of(
        cls,
        sizes: ForecastSizes,
        body: Recurrent | Dilated | None,
        units: int,
        start: tuple[float, ...],
        dropout: float,
    ) -> "DirectForecaster":
        """A forecaster of these sizes with ``units`` in its head."""
        return cls(
            body,
            Dense(sizes.window if body is None else body.outputs, units),
            Dense(sizes.targets, units),
            Dense(units, units),
            Linear(units, sizes.parameters),
            Linear(sizes.window, sizes.horizon),
            start,
            dropout,
        )

    @property
    def width(self) -> int:
        """E, the features of the memory."""
        return 0 if self.body is None else self.body.outputs

    def initial(self, rng: np.random.Generator) -> Tree:
        """Parameters to start training from: at first the answer is the centre."""
        params = super().initial(rng)
        params.output["b"] = np.array(self.start)
        return params

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> State:
        """The memory before the first period."""
        return () if self.body is None else self.body.zero_state(xp, batch, like)

    def read(
        self,
        xp: Namespace,
        params: Tree,
        x: Array,
        state: State | None = None,
        lengths: Array | None = None,
        noise: Noise | None = None,
    ) -> tuple[Array, State]:
        """x (B, T, F) → the memory after each period (B, T, E), state."""
        if self.body is None:
            return xp.zeros((*x.shape[:2], 0), x), ()
        return self.body.forward(xp, params.body, x, state, lengths, noise)

    def raw(
        self, xp: Namespace, params: Tree, memory: Array, window: Array, targets: Array, noise: Noise | None = None
    ) -> Array:
        """Memory (A, E), window (A, W), features of the targets (A, H, F) → raw numbers (A, H, K)."""
        read = dropout((window if self.body is None else memory)[:, None], self.dropout, noise)
        context = self.memory.forward(params.memory, read)
        units = xp.tanh(context + self.target.forward(params.target, targets))
        units = units + xp.relu(self.hidden.forward(params.hidden, units))
        raw = self.output.forward(params.output, units)
        middle = raw[..., :1] + self.skip.forward(params.skip, window)[..., None]
        return xp.concat([middle, raw[..., 1:]])


@dataclass(frozen=True)
class Ensemble:
    """Several forecasters of the same kind that start from different weights; each is trained by itself."""

    member: DirectForecaster
    count: int

    def shapes(self) -> Tree:
        """The shapes of each member's parameters."""
        return Tree({str(i): self.member.shapes() for i in range(self.count)})

    def initial(self, rng: np.random.Generator) -> Tree:
        """Parameters to start training from."""
        return Tree({str(i): self.member.initial(rng) for i in range(self.count)})
