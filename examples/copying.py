"""Copying from memory (Hochreiter & Schmidhuber 1997; Arjovsky et al. 2016): keep two letters over a long silence.

Two letters of eight come first, then nothing for 20 steps, then a signal; after it the letters are to be said again,
in their order. Guessing is right one time in eight.

    python examples/copying.py [FOLDER]      writes copying.png
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

LETTERS, KEPT, SILENCE = 8, 2, 20
UNITS, BATCH, ROUNDS, EVERY = 48, 64, 900, 50


def batch(rng: np.random.Generator, size: int) -> tuple[Tensor, Tensor]:
    """One-hot sequences (B, T, letters + signal) and the letters (B, kept)."""
    letters = rng.integers(0, LETTERS, (size, KEPT))
    x = np.zeros((size, KEPT + SILENCE + KEPT, LETTERS + 1), np.float32)
    x[np.arange(size)[:, None], np.arange(KEPT), letters] = 1
    x[:, KEPT + SILENCE, LETTERS] = 1
    return torch.from_numpy(x), torch.from_numpy(letters)


def learn(cell: str) -> list[float]:
    """The share of letters said rightly in fresh sequences, every 50 updates."""
    layers, answer = Recurrent(CELLS[cell], LETTERS + 1, (UNITS,)), Dense(UNITS, LETTERS)
    start, rng = np.random.default_rng(0), np.random.default_rng(1)

    def scores(params: Tree, x: Tensor) -> Tensor:
        y, _ = layers.forward(TORCH, params.layers, x)
        return answer.forward(params.answer, y[:, -KEPT:])

    module = TreeModule(scores, Tree(layers=layers.initial(start), answer=answer.initial(start)))
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    (x, letters), right = batch(np.random.default_rng(2), 500), []
    for step in range(ROUNDS + 1):
        if step % EVERY == 0:
            with torch.no_grad():
                right.append(float((module(x).argmax(-1) == letters).float().mean()))
        inputs, targets = batch(rng, BATCH)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(inputs).flatten(0, 1), targets.flatten()).backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
    print(f"{cell}: {right[-1]:.0%} of the letters right after {ROUNDS} updates; guessing: {1 / LETTERS:.0%}")
    return right


def main() -> None:
    """Learn with a simple RNN, with an LSTM and with a linear cell."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    torch.set_num_threads(1)
    curves = {cell: learn(cell) for cell in ("rnn", "lstm", "lru")}

    def draw(look: inspection.Look) -> Any:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.8, 3.8))
        figure.suptitle(f"Copying {KEPT} letters after {SILENCE} steps of silence")
        axes = figure.subplots()
        at = np.arange(0, ROUNDS + 1, EVERY)
        for (cell, right), color, style in zip(curves.items(), look.series, ("-", "--", "-.", ":"), strict=False):
            axes.plot(at, right, color=color, linestyle=style, linewidth=2, label=cell)
        axes.axhline(1 / LETTERS, color="gray", linewidth=1, label="guessing")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.set_ylim(0, 1.03)
        axes.set_xlabel("updates")
        axes.set_ylabel("letters right")
        axes.grid(linewidth=0.5)
        figure.legend(loc="outside right upper")
        return figure

    target = str(folder / "copying.png")
    inspection.write_picture(target, draw)
    print(target)


if __name__ == "__main__":
    main()
