"""The network that reads strokes: which key each frame is over, or none that is meant."""

from dataclasses import dataclass

from unrolled.arrays import Array, Namespace, Noise, Tree
from unrolled.cells import CELLS
from unrolled.layers import Dense, Recurrent
from unrolled.models import Composite
from unrolled.settings import option
from unrolled.strokes.features import FEATURES

__all__ = ["NetworkSize", "StrokeNetwork"]

_NARROW, _WIDE = -2.5, 1.5  # of a logarithm of a width


@dataclass(frozen=True)
class NetworkSize:
    """How large a network for strokes is."""

    cell: str = option("lstm", "the recurrence", choices=tuple(CELLS))
    width: int = option(64, "hidden units of a layer, in each direction", 1, 1024)
    layers: int = option(1, "recurrent layers, in both directions", 1, 8)


@dataclass(frozen=True)
class StrokeNetwork(Composite):
    """Recurrent layers in both directions over the frames, and for each frame a place, a width and how likely a key is.

    A key's logit is -|place - key|² / 2 width², each axis by itself; p(key) = (1 - p(blank)) · softmax over the keys.
    As keys are known by their positions alone, one network reads strokes over any layout.
    """

    layers: Recurrent
    output: Dense

    @classmethod
    def of(cls, size: NetworkSize) -> "StrokeNetwork":
        """A network of this size."""
        layers = Recurrent(CELLS[size.cell], FEATURES, (size.width,) * size.layers, True)
        return cls(layers, Dense(layers.outputs, 5))

    def forward(
        self,
        xp: Namespace,
        params: Tree,
        features: Array,
        points: Array,
        keys: Array,
        lengths: Array | None = None,
        noise: Noise | None = None,
    ) -> Array:
        """Frames as `read_strokes` gives them → log probabilities (B, T, 1 + P): of no key, and of each."""
        y, _ = self.layers.forward(xp, params.layers, features, None, lengths, noise)
        read = self.output.forward(params.output, y)  # (B, T, 5)
        place = points + read[..., 1:3]
        width = xp.exp(xp.clip(read[..., 3:5], _NARROW, _WIDE))
        away = (place[:, :, None] - keys[:, None]) / width[:, :, None]  # (B, T, P, 2)
        log_keys = xp.log_softmax(-0.5 * (away * away).sum(-1))
        blank = read[..., :1]
        return xp.concat([xp.log_sigmoid(blank), xp.log_sigmoid(-blank) + log_keys])
