"""Recurrent layers beside torch.nn, ONNX Runtime and the machine's own matrix product: one run, alternating, medians.

python benchmarks/layers.py            # everything, about 10 minutes; writes results/layers.json
python benchmarks/layers.py --only lstm --threads 1 --pass training --shape 32x35x200x200     # prints alone
python benchmarks/layers.py --only step denormals --quick

GFLOP/s are 2·B·T·G·H·(I+H) forward and three times that for forward and backward. A ratio is how many times as long the
other takes, the median over the rounds of each round's own ratio.
"""

import argparse
import copy
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import nn

import unrolled
from unrolled import kernels
from unrolled.bench import contenders
from unrolled.bench.rows import Row, measure
from unrolled.bench.shapes import Shape
from unrolled.bench.timing import ROUNDS, SAMPLE
from unrolled.nn.operators import Layout, Weights, recurrence
from unrolled.nn.output import cross_entropy

WORDS, SMALL, MEDIUM, LARGE = (
    Shape(32, 35, 200, 200),
    Shape(128, 24, 32, 64),
    Shape(20, 35, 650, 650),
    Shape(64, 50, 512, 512),
)
LONG, SERIES = Shape(32, 100, 128, 256), Shape(256, 64, 1, 40)
SHAPES = {
    "rnn": (WORDS, MEDIUM, SMALL),
    "gru": (WORDS, MEDIUM, LONG, LARGE, SMALL, SERIES),
    "lstm": (WORDS, MEDIUM, LONG, LARGE, SMALL, SERIES),
}
PASSES = ("forward", "training")
SQUARE = 1024


class Chosen(NamedTuple):
    """What to measure and how long."""

    sections: tuple[str, ...]
    cells: tuple[str, ...]
    passes: tuple[str, ...]
    threads: tuple[int, ...]
    shapes: tuple[Shape, ...]  # empty: those of each cell
    rounds: int
    sample: float

    def layers(self) -> Iterator[tuple[int, str, Shape]]:
        """Threads, cell and shape of every layer."""
        for threads in self.threads:
            for cell in self.cells:
                for shape in self.shapes or SHAPES[cell]:
                    yield threads, cell, shape

    def timed(self, what: str, cell: str, shape: Shape, threads: int, calls: Any, same: bool = True) -> Row:
        return measure(what, cell, shape, threads, calls, self.rounds, self.sample, same)


def layers(chosen: Chosen) -> Iterator[Row]:
    """Whole batches against torch.nn; the large ones also beside the machine's own matrix product."""
    a, b, out = (torch.randn(SQUARE, SQUARE) for _ in range(3))
    for threads, cell, shape in chosen.layers():
        for name in chosen.passes:
            calls = contenders.sequence(cell, shape, name == "training")
            if shape.hidden >= 256 and shape.batch >= 32:
                calls["product"] = lambda: torch.mm(a, b, out=out)
            yield chosen.timed(name, cell, shape, threads, calls)


def ragged(chosen: Chosen) -> Iterator[Row]:
    """Lengths drawn uniformly from 1..T against torch's packed path."""
    for threads, cell, shape in chosen.layers():
        for name in chosen.passes:
            yield chosen.timed(
                f"ragged {name}", cell, shape, threads, contenders.ragged(cell, shape, name == "training")
            )


def variants(chosen: Chosen) -> Iterator[Row]:
    """Coupled gates and peepholes against our own plain LSTM."""
    for threads in chosen.threads:
        for shape in chosen.shapes or (WORDS, LONG, SMALL):
            for name in chosen.passes:
                for cell in ("cifg", "peephole"):
                    calls = {
                        "lstm": own("lstm", shape, name == "training"),
                        "unrolled": own(cell, shape, name == "training"),
                    }
                    yield chosen.timed(name, cell, shape, threads, calls, same=False)


def own(cell: str, shape: Shape, training: bool) -> Callable[[], Any]:
    """A call of our kernel for ``cell``."""
    from unrolled.cells import CELLS

    tree = CELLS[cell].initial(np.random.default_rng(0), shape.inputs, shape.hidden)
    u, w, b, p = (
        None if tree.get(k) is None else torch.tensor(tree[k], dtype=torch.float32) for k in ("U", "W", "b", "p")
    )
    wanted = [t.requires_grad_(training) for t in (u, w, b, p) if t is not None]
    x = torch.randn(shape.time, shape.batch, shape.inputs).transpose(0, 1).requires_grad_(training)
    d_y = torch.randn(shape.time, shape.batch, shape.hidden).transpose(0, 1)

    def run() -> Any:
        y = recurrence(cell, x, Weights(u, w, b, None, p), (None, None), Layout())[0]
        return torch.autograd.grad(y, [x, *wanted], d_y) if training else y

    return run


def steps(chosen: Chosen) -> Iterator[Row]:
    """One step from Python on one thread; "empty" is the same call of the kernel with no rows."""
    for batch in (1, 4, 8):
        for cell in chosen.cells:
            calls = contenders.step(cell, batch, 50, 200)
            contenders.agreeing(calls)
            yield chosen.timed(
                "step", cell, Shape(batch, 1, 50, 200), 1, calls | {"empty": empty(cell, 50, 200)}, same=False
            )
    for cell in chosen.cells:
        shape = Shape(1, 1, 650, 1500)
        calls = contenders.step(cell, 1, 650, 1500)
        yield chosen.timed("step", cell, shape, 1, calls | {"empty": empty(cell, 650, 1500)}, same=False)


def empty(cell: str, inputs: int, hidden: int) -> Callable[[], Any]:
    """The kernel's call from Python with a batch of no rows: what the call costs without the step."""
    x, state = np.zeros((0, 1, inputs), np.float32), np.zeros((0, hidden), np.float32)
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    u, w, b = (np.zeros((gates * hidden, n), np.float32) for n in (inputs, hidden, 1))
    weights, states = (u, w, b[:, 0].copy(), b[:, 0].copy(), None), (state,) * (2 if cell == "lstm" else 1)
    return lambda: kernels.recurrent(cell, x, weights, states)


class WordModel(nn.Module):
    """The word language model of pytorch/examples at Zaremba's medium size."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.lstm, self.output = nn.Embedding(10_000, 650), nn.LSTM(650, 650, 2), nn.Linear(650, 10_000)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.output(self.lstm(self.words(ids))[0])


def word_step(model: nn.Module) -> Callable[[], Any]:
    """A whole training step: Adam, torch's own loss."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    ids, targets = (torch.randint(10_000, (35, 20)) for _ in range(2))

    def run() -> Any:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
        loss.backward()
        optimizer.step()
        return loss.detach()

    return run


def words(chosen: Chosen) -> Iterator[Row]:
    """An existing PyTorch model before ("torch") and after ("unrolled") `unrolled.accelerate`."""
    for threads in chosen.threads:
        model = WordModel()
        fast = unrolled.accelerate(copy.deepcopy(model))
        yield chosen.timed(
            "word model", "lstm", MEDIUM, threads, {"torch": word_step(model), "unrolled": word_step(fast)}, False
        )


def denormals(chosen: Chosen) -> Iterator[Row]:
    """Inputs, states and gradients near 1e-40, by torch and by us, against our own time on normal ones ("normal")."""
    for cell in chosen.cells:
        theirs, ours = contenders.layer(cell, WORDS, bias=False)
        for name in chosen.passes:
            calls = {
                "normal": scaled(ours, 1.0, name == "training"),
                "unrolled": scaled(ours, 1e-40, name == "training"),
                "torch normal": scaled(theirs, 1.0, name == "training"),
                "torch": scaled(theirs, 1e-40, name == "training"),
            }
            yield chosen.timed(f"denormal {name}", cell, WORDS, 1, calls, same=False)


def scaled(module: nn.Module, scale: float, training: bool) -> Callable[[], Any]:
    """A pass over inputs of that size."""
    x = (torch.randn(WORDS.time, WORDS.batch, WORDS.inputs) * scale).requires_grad_(training)
    d_y = torch.randn(WORDS.time, WORDS.batch, WORDS.hidden) * scale

    def run() -> Any:
        if not training:
            with torch.no_grad():
                return module(x)
        return torch.autograd.grad(module(x)[0], [x, *module.parameters()], d_y)

    return run


def output(chosen: Chosen) -> Iterator[Row]:
    """Linear and cross-entropy, forward and backward, 1,120 × 200 × 10,000."""
    for threads in chosen.threads:
        x, w, b = (torch.randn(size).mul_(0.1).requires_grad_() for size in ((1120, 200), (10_000, 200), (10_000,)))
        targets = torch.randint(10_000, (1120,))
        calls = {
            "torch": lambda: torch.autograd.grad(
                nn.functional.cross_entropy(nn.functional.linear(x, w, b), targets, reduction="sum"), (x, w, b)
            ),
            "unrolled": lambda: torch.autograd.grad(cross_entropy(x, w, b, targets), (x, w, b)),
        }
        yield chosen.timed("output layer", "linear", Shape(1120, 1, 200, 10_000), threads, calls)


SECTIONS: dict[str, Callable[[Chosen], Iterator[Row]]] = {
    "layers": layers,
    "ragged": ragged,
    "variants": variants,
    "step": steps,
    "words": words,
    "denormals": denormals,
    "output": output,
}


def show(rows: list[Row]) -> None:
    """One table a kind of measurement."""
    console = Console(width=150, highlight=False)
    kinds = list(dict.fromkeys(tuple(row.microseconds) for row in rows))
    for kind in kinds:
        table = Table("what", "cell", "B·T·I·H", "threads", box=None, header_style="bold")
        for name in kind:
            table.add_column(f"{name} ms", justify="right")
        for name in kind:
            if name != "unrolled":
                table.add_column(f"/ {name}", justify="right")
        table.add_column("GFLOP/s", justify="right")
        for row in rows:
            if tuple(row.microseconds) == kind:
                flops = (
                    f"{row.gflops(training='training' in row.what):.0f}"
                    if row.cell in SHAPES or row.cell in ("cifg", "peephole")
                    else ""
                )
                table.add_row(
                    row.what,
                    row.cell,
                    str(row.shape),
                    str(row.threads),
                    *(f"{v / 1e3:.3f}" for v in row.microseconds.values()),
                    *(f"{v:.2f}" for v in row.ratios.values()),
                    flops,
                )
        console.print(table)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=[*SECTIONS, *SHAPES], default=[], help="sections or cells")
    parser.add_argument("--pass", nargs="+", dest="passes", choices=PASSES, default=list(PASSES))
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--shape", nargs="+", default=[], help="BxTxIxH")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for development")
    return parser.parse_args()


def main() -> None:
    given = options()
    sections = [name for name in given.only if name in SECTIONS]
    cells = [name for name in given.only if name in SHAPES] or list(SHAPES)
    shapes = tuple(Shape(*map(int, text.split("x"))) for text in given.shape)
    if not sections:
        sections = ["layers"] if given.only or shapes else list(SECTIONS)
    rounds, sample = (7, 0.01) if given.quick else (ROUNDS, SAMPLE)
    chosen = Chosen(tuple(sections), tuple(cells), tuple(given.passes), tuple(given.threads), shapes, rounds, sample)
    rows: list[Row] = []
    began = time.perf_counter()
    try:
        for section in sections:
            for row in SECTIONS[section](chosen):
                rows.append(row)
                print(f"{time.perf_counter() - began:6.0f} s  {row.what} {row.cell} {row.shape}", file=sys.stderr)
    finally:
        show(rows)


if __name__ == "__main__":
    main()
