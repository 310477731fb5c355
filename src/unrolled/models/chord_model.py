"""A language model over chords: which of the keys sound in the next frame, given all frames before.

    p(x_t | x_1 … x_{t-1}) = Π_k  p_k^{x_k} (1 - p_k)^{1 - x_k}       p = σ(V y_{t-1} + b)

a Bernoulli distribution for each key, independent given the past (Boulanger-Lewandowski et al. 2012, the "RNN" of
their table). The input layer's matrix U (H, K) holds a vector for each note: its product with a frame of zeros and
ones is the sum of the vectors of the notes that sound.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from unrolled.arrays import Array, Namespace, Noise, Tree
from unrolled.cells import CELLS
from unrolled.layers import Dense, Recurrent, dropout

__all__ = ["ChordModel"]


@dataclass(frozen=True)
class ChordModel:
    """Frames (B, T, K) of zeros and ones → recurrent layers → scores (B, T, K), the log-odds of each key.

    The state is that of `Recurrent`; what stands before the first frame is a frame of zeros.
    """

    keys: int
    widths: tuple[int, ...]
    cell: str = "gru"
    dropout: float = 0.0
    variational: bool = False

    @property
    def layers(self) -> Recurrent:
        return Recurrent(CELLS[self.cell], self.keys, self.widths, False, self.dropout, self.variational)

    @property
    def _output(self) -> Dense:
        return Dense(self.widths[-1], self.keys)

    def shapes(self) -> Tree:
        return Tree(layers=self.layers.shapes(), output=self._output.shapes())

    def initial(self, rng: np.random.Generator) -> Tree:
        return Tree(layers=self.layers.initial(rng), output=self._output.initial(rng))

    def forward(
        self,
        xp: Namespace,
        params: Any,
        frames: Array,
        state: Any = None,
        lengths: Array | None = None,
        noise: Noise | None = None,
    ) -> tuple[Array, Any]:
        """frames (B, T, K) → features (B, T, H), state; steps from ``lengths`` (B,) on are padding."""
        y, state = self.layers.forward(xp, params.layers, frames, state, lengths, noise)
        return dropout(y, self.dropout, noise, self.variational), state

    def log_odds(self, params: Any, features: Array) -> Array:
        """features (…, H) → log-odds (…, K) of the keys of the next frame."""
        return self._output.forward(params.output, features)

    def scores(
        self, xp: Namespace, params: Any, x: Array, lengths: Array | None = None, noise: Noise | None = None
    ) -> Array:
        """Frames (B, T, K), lengths (B,) from 1 to T → log-odds (B, K) of what follows each row's last."""
        y, _ = self.forward(xp, params, x, None, lengths, noise)
        last = y[:, -1] if lengths is None else xp.gather_time(y, (lengths - 1)[:, None])[:, 0]
        return self.log_odds(params, last)

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> Any:
        """The state before the first frame; ``like`` gives the dtype."""
        return self.layers.zero_state(xp, batch, like)
