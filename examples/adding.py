"""The adding problem (Hochreiter & Schmidhuber 1997): add two marked numbers, far apart in a sequence.

Each step shows a number between 0 and 1 and a mark, 1 at two steps and 0 elsewhere. Always answering 1 has a mean
squared error of 0.167. What is marked early must be kept to the end.

    python examples/adding.py [FOLDER]       writes adding.png
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unrolled import inspection
from unrolled.arrays import Tree
from unrolled.cells import CELLS
from unrolled.layers import Dense, Recurrent
from unrolled.nn import TORCH, TreeModule

STEPS, UNITS, BATCH, ROUNDS, EVERY = 60, 32, 64, 1200, 50
CHANCE = 1 / 6


def batch(rng: np.random.Generator, size: int) -> tuple[Tensor, Tensor]:
    """Sequences (B, T, 2) of numbers and marks, one mark in each half, and the sums (B,)."""
    x = np.zeros((size, STEPS, 2), np.float32)
    x[..., 0] = rng.random((size, STEPS))
    rows, half = np.arange(size), STEPS // 2
    for first in (0, half):
        x[rows, first + rng.integers(0, half, size), 1] = 1
    return torch.from_numpy(x), torch.from_numpy((x[..., 0] * x[..., 1]).sum(1))


def learn(cell: str) -> list[float]:
    """The error on fresh sequences, every 50 updates."""
    layers, answer = Recurrent(CELLS[cell], 2, (UNITS,)), Dense(UNITS, 1)
    start, rng = np.random.default_rng(0), np.random.default_rng(1)

    def error(params: Tree, x: Tensor, sums: Tensor) -> Tensor:
        y, _ = layers.forward(TORCH, params.layers, x)
        guess = answer.forward(params.answer, y[:, -1])[:, 0]
        return torch.nn.functional.mse_loss(guess, sums)

    module = TreeModule(error, Tree(layers=layers.initial(start), answer=answer.initial(start)))
    optimizer = torch.optim.Adam(module.parameters(), lr=0.005)
    fresh, errors = batch(np.random.default_rng(2), 500), []
    for step in range(ROUNDS + 1):
        if step % EVERY == 0:
            with torch.no_grad():
                errors.append(float(module(*fresh)))
        optimizer.zero_grad()
        module(*batch(rng, BATCH)).backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
    print(f"{cell}: error {errors[-1]:.4f} after {ROUNDS} updates, at best {min(errors):.4f}; chance is {CHANCE:.4f}")
    return errors


def main() -> None:
    """Learn with a simple RNN and with an LSTM."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    torch.set_num_threads(1)
    curves = {cell: learn(cell) for cell in ("rnn", "lstm", "gru")}

    def draw(look: inspection.Look) -> Any:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.8, 3.8))
        figure.suptitle(f"Adding two numbers among {STEPS}")
        axes = figure.subplots()
        at = np.arange(0, ROUNDS + 1, EVERY)
        for (cell, errors), color, style in zip(curves.items(), look.series, ("-", "--", "-."), strict=False):
            axes.plot(at, errors, color=color, linestyle=style, linewidth=2, label=cell)
        axes.axhline(CHANCE, color="gray", linewidth=1, label="always 1")
        axes.set_yscale("log")
        axes.set_yticks([0.1, 0.01, 0.001], ["0.1", "0.01", "0.001"])
        axes.minorticks_off()
        axes.set_xlabel("updates")
        axes.set_ylabel("mean squared error")
        axes.grid(linewidth=0.5)
        figure.legend(loc="outside right upper")
        return figure

    target = str(folder / "adding.png")
    inspection.write_picture(target, draw)
    print(target)


if __name__ == "__main__":
    main()
