"""Why a gradient vanishes or explodes: an RNN's W is scaled, then an LSTM and a GRU stand in its place.

The lecture simplifies dS_t/dS_{t-1} to W, so that the gradient over k steps is W to the power of k. The true Jacobian
is diag(1 - S_t²) W: where units are near ±1 it is smaller, so that a large W explodes less than its powers say.

    python examples/gradients.py [FOLDER]    writes gradients.png
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from unrolled import inspection
from unrolled.arrays import Tree
from unrolled.cells import GRU, LSTM, RNN
from unrolled.layers import Recurrent

UNITS, STEPS = 64, 50


def scaled(radius: float, rng: np.random.Generator) -> Tree:
    """An RNN whose W turns the memory and scales it by ``radius``, reading quiet inputs."""
    params = RNN.initial(rng, 8, UNITS)
    params["W"] = radius * np.linalg.qr(rng.normal(size=(UNITS, UNITS)))[0]
    params["b"] = 0 * params.b
    return Tree({"0": params})


def main() -> None:
    """Measure and predict over 50 steps."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    x = 0.05 * np.random.default_rng(1).normal(size=(STEPS, 8))
    layers, flows = Recurrent(RNN, 8, (UNITS,)), []
    print(
        f"{'cell':>22} {'measured':>10} {'diag(1-S²)W':>12} {'powers of W':>12}  {'verdict':10} reach, of {STEPS - 1}"
    )
    for radius in (0.8, 1.0, 1.5):
        (flow,) = inspection.gradient_flows(layers, scaled(radius, np.random.default_rng(0)), x)
        flows.append(replace(flow, name=f"W scaled to {radius}"))
    gated = {}
    for cell, bias in ((LSTM, 2.0), (GRU, 4.0)):
        params = Tree({"0": cell.initial(np.random.default_rng(0), 8, UNITS)})
        params["0"].b[UNITS : 2 * UNITS] = bias  # a gate that keeps: σ(2) = 0.88 to forget, σ(4) = 0.98 to update
        (flow,) = inspection.gradient_flows(replace(layers, cell=cell), params, x)
        gated[cell.name] = flow
    for flow in [*flows, *gated.values()]:
        name = flow.name if flow.cell == "rnn" else f"{flow.cell} that keeps"
        simple = "" if flow.simplified is None else f"{flow.simplified[-1]:.2g}"
        numbers = f"{flow.measured[-1]:>10.2g} {flow.predicted[-1]:>12.2g} {simple:>12}"
        print(f"{name:>22} {numbers}  {flow.word:10} {flow.reach}")
    fresh = {f"{name}, gates open": flow.measured for name, flow in gated.items()}
    fresh["rnn, W scaled to 0.8"] = flows[0].measured
    target, title = str(folder / "gradients.png"), "How a gradient vanishes, lasts or explodes"
    words = [str(step) for step in range(1, STEPS + 1)]
    beside = "gated cells that keep, beside the first"
    inspection.write_picture(
        target, lambda look: inspection.draw_gradients(look, flows, fresh, [], words, title, beside)
    )
    print(target)


if __name__ == "__main__":
    main()
