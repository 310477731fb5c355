"""A dense network grows with the sequence, an RNN does not.

Both read word vectors of 50 numbers with 200 units and say one of 10 things about each word. The dense network sees all
words side by side; the RNN sees one after the other, and what it has seen before in its memory.

    python examples/lengths.py [FOLDER]      writes lengths.png
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from unrolled import inspection
from unrolled.arrays import NUMPY, Tree
from unrolled.cells import RNN
from unrolled.layers import Dense, Recurrent

EMBEDDING, UNITS, ANSWERS = 50, 200, 10
LENGTHS = (5, 50, 500)


def numbers(*shapes: Tree) -> int:
    """How many numbers these trees of shapes hold."""
    return sum(int(np.prod(shape)) for tree in shapes for shape in tree.values())


def main() -> None:
    """Count the weights, and run the same RNN over every length."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    rng = np.random.default_rng(0)
    rnn, answer = Recurrent(RNN, EMBEDDING, (UNITS,)), Dense(UNITS, ANSWERS)
    params, out = rnn.initial(rng), answer.initial(rng)
    print(
        f"{'words':>6} {'dense: first layer':>20} {'output layer':>14} {'weights':>12} {'RNN: U, W':>22} {'weights':>9}"
    )
    dense, recurrent = [], []
    for length in LENGTHS:
        first, last = Dense(length * EMBEDDING, UNITS), Dense(UNITS, length * ANSWERS)
        dense.append(numbers(first.shapes(), last.shapes()))
        recurrent.append(numbers(rnn.shapes()["0"], answer.shapes()))
        y, _ = rnn.forward(NUMPY, params, rng.normal(size=(1, length, EMBEDDING)))
        assert answer.forward(out, y).shape == (1, length, ANSWERS)  # the same weights, whatever the length
        shapes = f"[{UNITS}×{length * EMBEDDING}]", f"[{length * ANSWERS}×{UNITS}]"
        print(
            f"{length:6} {shapes[0]:>20} {shapes[1]:>14} {dense[-1]:12,} {'[200×50], [200×200]':>22} {recurrent[-1]:9,}"
        )

    def draw(look: inspection.Look) -> Any:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.4, 3.8))
        figure.suptitle("Weights for a sequence of any length")
        axes = figure.subplots()
        axes.loglog(LENGTHS, dense, color=look.series[1], marker="o", linewidth=2)
        axes.loglog(LENGTHS, recurrent, color=look.series[0], marker="s", linewidth=2)
        for values, name, color in ((dense, "dense", look.series[1]), (recurrent, "RNN", look.series[0])):
            axes.annotate(
                f"{name}: {values[-1]:,}", (LENGTHS[-1], values[-1]), (8, -4), textcoords="offset points", color=color
            )
        axes.set_xticks(LENGTHS, [str(length) for length in LENGTHS])
        axes.set_xlim(4, 2500)
        axes.set_ylim(2e4, 2e7)
        axes.set_yticks([1e5, 1e6, 1e7], ["100 thousand", "1 million", "10 million"])
        axes.minorticks_off()
        axes.set_xlabel("words in the sequence")
        axes.grid(linewidth=0.5)
        return figure

    target = str(folder / "lengths.png")
    inspection.write_picture(target, draw)
    print(target)


if __name__ == "__main__":
    main()
