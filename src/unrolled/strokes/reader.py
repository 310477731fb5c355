"""Reads strokes without torch: for each frame how probable it is that it means each key, or none."""

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY, Tree
from unrolled.errors import InputError
from unrolled.strokes.features import read_strokes
from unrolled.strokes.layouts import LAYOUTS, Layout, layout_named
from unrolled.strokes.network import StrokeNetwork

__all__ = ["StrokeReader"]


class StrokeReader:
    """A network and its parameters, and the ``layout`` that strokes are over where nothing else is said."""

    def __init__(self, network: StrokeNetwork, params: Tree, layout: Layout = LAYOUTS["qwerty"]) -> None:
        self.network, self.params, self.default = network, params, layout

    def layout(self, name: str | None = None) -> Layout:
        """The layout of this name, or its own one; InputError for an unknown name."""
        return self.default if name is None or name == self.default.name else layout_named(name)

    def frames(
        self, points: NDArray[np.float64], layout: Layout | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """A stroke (N, 3), as `checked_stroke` gives it → log p of no key (T,), and of each letter's key (T, K).

        Letters that share a key have the same probability, that of the key.
        """
        layout = layout or self.default
        read = read_strokes([points], [layout.key_centres])
        log_p = self.network.forward(NUMPY, self.params, read.features, read.points, read.keys)[0]
        if not np.isfinite(log_p).all():
            raise InputError(
                "what the network reads from this stroke is not finite; expected a model as it was trained"
            )
        return np.ascontiguousarray(log_p[:, 0]), np.ascontiguousarray(log_p[:, 1 + layout.places])
