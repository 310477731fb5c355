"""How far back a gradient reaches: as measured, as the Jacobians predict, and a verdict.

The lecture simplifies dS_t/dS_{t-1} to W. The true Jacobian of an RNN with tanh is diag(1 - S_t²) W, which is smaller
wherever a unit is near ±1. Both predictions are compared with what autograd measures.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Tree
from unrolled.cells import Cell
from unrolled.inspection.memory import Memory, read_memory
from unrolled.layers import Recurrent

__all__ = ["ADVICE", "GradientFlow", "gradient_flows", "spectral_radii", "untrained_norms"]

Floats = NDArray[np.floating]

ADVICE = {
    "vanishing": (
        "what happened longer ago teaches it next to nothing. {cells}Shorter inputs bring closer together what belongs "
        "together, and pooling over all steps (mean, max, attention) reaches each of them at once"
    ),
    "healthy": "every step of this input is learnt from",
    "exploding": (
        "one far step may upset the weights. Clip the gradient (--clip 1, as is usual), take a lower learning rate, or "
        "start W with a spectral radius of at most 1"
    ),
}

LASTING = ("lstm", "gru", "peephole")
"""The cells that learn from farthest back, as `benchmarks/long_memory.py` measures."""


@dataclass(frozen=True)
class GradientFlow:
    """How the gradient flows back through one layer in one direction.

    ``measured`` and ``predicted`` are the norms (T,) of ∂S_T/∂S_t for the distances T - t = 0 … T - 1. ``simplified``
    are the norms of the powers of W, for an RNN alone. ``radii`` are the spectral radii of the square matrices in W (a
    gated cell's W holds one for each gate); a cell without W has none. ``word`` and ``reach`` are the verdict.
    """

    name: str
    cell: str
    measured: Floats
    predicted: Floats
    simplified: Floats | None
    radii: tuple[float, ...]
    word: str
    reach: int

    @property
    def per_step(self) -> float:
        """The mean factor by which the gradient changes from a step to the step before it."""
        last = len(self.measured) - 1
        if not last or self.measured[0] == 0:
            return 1.0
        return float((self.measured[last] / self.measured[0]) ** (1 / last))

    def sentence(self) -> str:
        """The verdict in words."""
        last = len(self.measured) - 1
        extent = (
            f"reaches back {self.reach} step{'s' * (self.reach != 1)}" if self.reach < last else f"reaches all {last}"
        )
        return f"{self.word}: a hundredth or more of the gradient {extent}; {self._advice}"

    @property
    def _advice(self) -> str:
        """What to do; another cell only where this one is none of those that last longest."""
        cells = "" if self.cell in LASTING else f"Take a cell that lasts longer ({', '.join(LASTING)}). "
        return ADVICE[self.word].format(cells=cells)


def spectral_radii(cell: Cell, params: Tree) -> tuple[float, ...]:
    """The largest |eigenvalue| of each of the square matrices that are stacked in W."""
    if "W" not in cell.params:
        return ()
    hidden = params.W.shape[-1]
    blocks = [params.W[i : i + hidden] for i in range(0, len(params.W), hidden)]
    return tuple(float(np.abs(np.linalg.eigvals(block)).max()) for block in blocks if block.shape == (hidden, hidden))


def gradient_flows(layers: Recurrent, params: Tree, x: Floats) -> list[GradientFlow]:
    """The gradient's flow in each layer and direction, through that layer alone, while the stack reads x (T, D).

    ``params`` are the stack's parameters as numpy arrays.
    """
    from unrolled.nn import gradients

    flows, below = [], x
    for i, width in enumerate(layers.widths):
        layer = Recurrent(layers.cell, below.shape[1], (width,), layers.bidirectional)
        memories = read_memory(layer, Tree({"0": params[str(i)]}), below)
        for memory in memories:
            back = memory.direction == "back"
            p = params[str(i)][memory.direction] if layers.bidirectional else params[str(i)]
            rows = gradients.directions(layers.cell, width)
            inputs = below[::-1] if back else below
            measured = gradients.state_gradients(layers.cell, p, inputs, rows)
            predicted, simplified = _predicted(layers.cell, p, memory, rows, back)
            if predicted is None:
                predicted = gradients.jacobian_products(layers.cell, p, inputs, rows)
            name = f"layer {i + 1}" + (", from the end" if back else "")
            verdict = gradients.verdict(measured)
            radii = spectral_radii(layers.cell, p)
            flows.append(GradientFlow(name, layers.cell.name, measured, predicted, simplified, radii, *verdict))
        below = np.concatenate([memory.outputs for memory in memories], axis=1)
    return flows


def _predicted(
    cell: Cell, params: Tree, memory: Memory, rows: Floats, back: bool
) -> tuple[Floats | None, Floats | None]:
    """For an RNN the norms of the products of diag(f′) W, and of W alone, along ``rows``; None for other cells."""
    slopes = {"rnn": lambda s: 1 - s**2, "rnn-relu": lambda s: (s > 0).astype(s.dtype)}
    if cell.name not in slopes:
        return None, None
    states = memory.states["h"][::-1] if back else memory.states["h"]
    true, simple, weights = rows, rows, np.asarray(params.W, np.float64)
    norms = [(1.0, 1.0)]
    for slope in slopes[cell.name](states[:0:-1].astype(np.float64)):  # of S_T, S_{T-1} … S_2
        true, simple = (true * slope) @ weights, simple @ weights
        norms.append((_norm(true), _norm(simple)))
    predicted, simplified = np.array(norms).T
    return predicted, simplified


def _norm(rows: Floats) -> float:
    return float(np.sqrt((rows**2).sum(axis=1).mean()))


def untrained_norms(cells: dict[str, Cell], width: int, x: Floats, seed: int = 0) -> dict[str, Floats]:
    """The measured norms (T,), as in `GradientFlow`, of untrained ``cells`` of ``width`` units that read x (T, D)."""
    from unrolled.nn import gradients

    norms = {}
    for name, cell in cells.items():
        params = cell.initial(np.random.default_rng(seed), x.shape[1], width)
        norms[name] = gradients.state_gradients(cell, params, x, gradients.directions(cell, width, 16))
    return norms
