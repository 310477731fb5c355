"""A causal convolution over time: what a window of steps that ends at each step looks like."""

from dataclasses import dataclass

import numpy as np

from unrolled.arrays import Array, Namespace, Tree, checked_state
from unrolled.layers.window import inside, moving_window

__all__ = ["Convolution"]


@dataclass(frozen=True)
class Convolution:
    """y_t = relu(W [x_(t-window+1) … x_t] + b), with zeros before the first step (Waibel et al. 1989).

    It sees no step to come, so that it streams: its state is the last window - 1 steps (B, window - 1, inputs).
    """

    inputs: int
    outputs: int
    window: int

    def shapes(self) -> Tree:
        """W (outputs, window · inputs) and b (outputs,)."""
        return Tree(W=(self.outputs, self.window * self.inputs), b=(self.outputs,))

    def initial(self, rng: np.random.Generator) -> Tree:
        """W uniform in ±√(6 / (window · inputs)) (He et al. 2015), b zero."""
        bound = (6 / (self.window * self.inputs)) ** 0.5
        return Tree(W=rng.uniform(-bound, bound, self.shapes().W), b=np.zeros(self.outputs))

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> Array:
        """The steps before the first; ``like`` gives the dtype."""
        return xp.zeros((batch, self.window - 1, self.inputs), like)

    def forward(
        self, xp: Namespace, params: Tree, x: Array, state: Array | None = None, lengths: Array | None = None
    ) -> tuple[Array, Array]:
        """x (B, T, inputs) → y (B, T, outputs), the last steps of each row; from ``lengths`` (B,) on all is padding."""
        before = checked_state(state, self.zero_state(xp, x.shape[0], x))
        if lengths is not None:
            x = inside(xp, x, lengths)
        seen = xp.join_time([before, x])  # (B, window - 1 + T, inputs)
        y = xp.relu(moving_window(xp, seen, self.window) @ params.W.T + params.b)
        if lengths is None or self.window == 1:
            return y, seen[:, x.shape[1] :]
        return y, xp.gather_time(seen, lengths[:, None] + xp.arange(self.window - 1)[None])
