"""Recurrent layers beside torch.nn, ONNX Runtime and the machine's own matrix product: one run, alternating, medians.

python benchmarks/layers.py                          # everything, about 10 minutes; writes results/layers.json
python benchmarks/layers.py --only step denormals    # some sections or cells; prints alone
python benchmarks/layers.py --only lstm --threads 1 --pass training --shape 32x35x200x200 --quick

GFLOP/s are 2·B·T·G·H·(I+H) forward and three times that for training, which is forward and backward. A ratio says how
many times as long the other takes as unrolled: the median over the rounds of each round's own ratio.
"""

import argparse
import copy
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import figures
import numpy as np
import report
import torch
from torch import nn

import unrolled
from unrolled import kernels
from unrolled.bench import contenders, table
from unrolled.bench.rows import Row, measure
from unrolled.bench.shapes import GATES, Shape
from unrolled.bench.timing import ROUNDS, SAMPLE
from unrolled.cells import CELLS
from unrolled.nn.output import cross_entropy
from unrolled.nn.recurrence import recurrence
from unrolled.nn.reference import Weights

WORDS, MEDIUM, LONG = Shape(32, 35, 200, 200), Shape(20, 35, 650, 650), Shape(32, 100, 128, 256)
LARGE, SMALL, SERIES = Shape(64, 50, 512, 512), Shape(128, 24, 32, 64), Shape(256, 64, 1, 40)
SHAPES = {
    "rnn": (WORDS, MEDIUM, SMALL),
    "gru": (WORDS, MEDIUM, LONG, LARGE, SMALL, SERIES),
    "lstm": (WORDS, MEDIUM, LONG, LARGE, SMALL, SERIES),
}
PASSES = ("forward", "training")


class Chosen(NamedTuple):
    """What to measure and how long."""

    cells: tuple[str, ...]
    passes: tuple[str, ...]
    threads: tuple[int, ...]
    shapes: tuple[Shape, ...]  # empty: those of each cell
    rounds: int
    sample: float

    def layers(self) -> Iterator[tuple[str, str, Shape, int]]:
        """Pass, cell, shape and threads of every layer."""
        for threads in self.threads:
            for cell in self.cells:
                for shape in self.shapes or SHAPES[cell]:
                    yield from ((name, cell, shape, threads) for name in self.passes)

    def timed(self, row: Any, calls: Any, others: Any = None) -> Row:
        return measure(row, calls, others, self.rounds, self.sample)


def layers(chosen: Chosen) -> Iterator[Row]:
    """Whole batches, beside a square matrix product; large ones also beside one of the layer's own forward size."""
    for name, cell, shape, threads in chosen.layers():
        products = {"square": product(figures.SQUARE, figures.SQUARE, figures.SQUARE)}
        if shape.hidden >= 256 and shape.batch >= 32:
            rows, width = shape.batch * shape.time, shape.inputs + shape.hidden
            products["product"] = product(rows, width, GATES[cell] * shape.hidden)
        calls = contenders.sequence(cell, shape, name == "training", threads)
        yield chosen.timed((name, cell, shape, threads), calls, products)


def product(rows: int, inner: int, columns: int) -> Callable[[], Any]:
    a, b, out = torch.randn(rows, inner), torch.randn(inner, columns), torch.empty(rows, columns)
    return lambda: torch.mm(a, b, out=out)


def ragged(chosen: Chosen) -> Iterator[Row]:
    """Lengths drawn uniformly from 1..T against torch's packed path."""
    for name, cell, shape, threads in chosen.layers():
        calls = contenders.ragged(cell, shape, name == "training")
        yield chosen.timed((f"ragged {name}", cell, shape, threads), calls)


def variants(chosen: Chosen) -> Iterator[Row]:
    """Coupled gates and peepholes against our own plain LSTM."""
    for threads in chosen.threads:
        for shape in chosen.shapes or (WORDS, LONG, SMALL):
            for name in chosen.passes:
                for cell in ("cifg", "peephole"):
                    ours, plain = (own(kind, shape, name == "training") for kind in (cell, "lstm"))
                    yield chosen.timed((name, cell, shape, threads), {"unrolled": ours}, {"lstm": plain})


def own(cell: str, shape: Shape, training: bool) -> Callable[[], Any]:
    """A pass of our kernel for ``cell``."""
    start = CELLS[cell].initial(np.random.default_rng(0), shape.inputs, shape.hidden)
    weights = {name: torch.tensor(w, dtype=torch.float32).requires_grad_(training) for name, w in start.items()}
    given = Weights(weights["U"], weights["W"], weights["b"], None, weights.get("p"))

    def run(x: torch.Tensor) -> torch.Tensor:
        return recurrence(cell, x.transpose(0, 1), given, (None, None))[0].transpose(0, 1)

    x = torch.randn(shape.time, shape.batch, shape.inputs)
    return contenders.backward(run, x, weights.values()) if training else contenders.forward(run, x)


def step(chosen: Chosen) -> Iterator[Row]:
    """One step from Python; "empty" is our call with no rows, "read" a sum over as many bytes as the weights have."""
    for cell in chosen.cells:
        for shape in (Shape(1, 1, 50, 200), Shape(4, 1, 50, 200), Shape(8, 1, 50, 200), Shape(1, 1, 650, 1500)):
            calls = contenders.step(cell, shape.batch, shape.inputs, shape.hidden)
            others = {"empty": empty(cell, shape), "read": torch.ones(shape.weight_bytes(cell) // 4).sum}
            yield chosen.timed(("step", cell, shape, 1), calls, others)


def empty(cell: str, shape: Shape) -> Callable[[], Any]:
    """The kernel's call from Python with a batch of no rows: what it costs without the step."""
    theirs, _ = contenders.layer(cell, shape)
    weights = (*(w.detach().numpy() for w in theirs.parameters()), None)
    x, state = np.zeros((0, 1, shape.inputs), np.float32), np.zeros((0, shape.hidden), np.float32)
    return lambda: kernels.recurrent(cell, x, weights, (state, state) if cell == "lstm" else (state,))


class WordModel(nn.Module):
    """A word language model as a PyTorch user writes it, at the size of Zaremba et al.'s medium one."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.lstm, self.output = nn.Embedding(10_000, 650), nn.LSTM(650, 650, 2), nn.Linear(650, 10_000)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.output(self.lstm(self.words(ids))[0])


def words(chosen: Chosen) -> Iterator[Row]:
    """An existing PyTorch model's whole training step before ("torch") and after `unrolled.accelerate`."""
    for threads in chosen.threads:
        model = WordModel()
        calls = {"torch": word_step(copy.deepcopy(model)), "unrolled": word_step(unrolled.accelerate(model))}
        yield chosen.timed(("word model", "lstm", MEDIUM, threads), calls)


def word_step(model: nn.Module) -> Callable[[], Any]:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    ids, targets = torch.randint(10_000, (2, 35, 20), generator=torch.Generator().manual_seed(0))

    def run() -> Any:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
        loss.backward()
        optimizer.step()
        return loss.detach()

    return run


def denormals(chosen: Chosen) -> Iterator[Row]:
    """Inputs, states and gradients of about 1e-40, by torch and by us, against the same on normal ones ("normal")."""
    for cell in chosen.cells:
        theirs, ours = contenders.layer(cell, WORDS, bias=False)
        for name in chosen.passes:
            calls = {"torch": scaled(theirs, 1e-40, name), "unrolled": scaled(ours, 1e-40, name)}
            normal = {"torch normal": scaled(theirs, 1.0, name), "normal": scaled(ours, 1.0, name)}
            yield chosen.timed((f"denormal {name}", cell, WORDS, 1), calls, normal)


def scaled(module: nn.Module, scale: float, name: str) -> Callable[[], Any]:
    """A pass over inputs, and back over gradients, of that size."""
    x = torch.randn(WORDS.time, WORDS.batch, WORDS.inputs) * scale

    def run(given: torch.Tensor) -> torch.Tensor:
        return module(given)[0]

    if name == "forward":
        return contenders.forward(run, x)
    return contenders.backward(run, x, module.parameters(), scale)


def output(chosen: Chosen) -> Iterator[Row]:
    """Linear and cross-entropy, forward and backward."""
    x, weights, bias = (0.1 * torch.randn(size) for size in ((1120, 200), (10_000, 200), (10_000,)))
    given = [t.requires_grad_() for t in (x, weights, bias)]
    targets = torch.randint(10_000, (1120,))

    def plain(*tensors: torch.Tensor) -> torch.Tensor:
        return nn.functional.cross_entropy(nn.functional.linear(*tensors), targets, reduction="sum")

    def ours(*tensors: torch.Tensor) -> torch.Tensor:
        return cross_entropy(*tensors, targets)

    def gradients(loss: Callable[..., torch.Tensor]) -> Any:
        return torch.autograd.grad(loss(*given), given)

    for threads in chosen.threads:
        calls = {"torch": partial(gradients, plain), "unrolled": partial(gradients, ours)}
        yield chosen.timed(("output layer", "linear", Shape(1120, 1, 200, 10_000), threads), calls)


SECTIONS: dict[str, Callable[[Chosen], Iterator[Row]]] = {
    "layers": layers,
    "ragged": ragged,
    "variants": variants,
    "step": step,
    "words": words,
    "denormals": denormals,
    "output": output,
}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=[*SECTIONS, *SHAPES], default=[], help="sections or cells")
    parser.add_argument("--pass", nargs="+", dest="passes", choices=PASSES, default=list(PASSES))
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--shape", nargs="+", default=[], metavar="BxTxIxH")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for development")
    return parser.parse_args()


def show(rows: dict[str, list[Row]]) -> None:
    """One table a section, then what a step reaches of the memory's bandwidth, and the figures."""
    out = table.console()
    out.print(table.heading(), "")
    for measured in rows.values():
        out.print(table.table(measured), "")
    if "step" in rows:
        out.print(figures.bandwidth_table(rows["step"]), "")
    out.print(figures.table(figures.figures([row for measured in rows.values() for row in measured])))


def main() -> None:
    """Measure what is asked for; write the results where that is everything."""
    given = options()
    sections = [name for name in given.only if name in SECTIONS]
    cells = tuple(name for name in given.only if name in SHAPES) or tuple(SHAPES)
    shapes = tuple(Shape(*map(int, text.split("x"))) for text in given.shape)
    everything = len(sys.argv) == 1
    if not sections:
        sections = list(SECTIONS) if everything or not (given.only or shapes) else ["layers"]
    effort = (7, SAMPLE / 2) if given.quick else (ROUNDS, SAMPLE)
    chosen = Chosen(cells, tuple(given.passes), tuple(given.threads), shapes, *effort)
    rows: dict[str, list[Row]] = {}
    began = time.perf_counter()
    try:
        for section in sections:
            for row in SECTIONS[section](chosen):
                rows.setdefault(section, []).append(row)
                done = f"{row.what}, {row.cell} {row.shape}, {row.threads} threads"
                print(f"{time.perf_counter() - began:4.0f} s: {done}", file=sys.stderr, flush=True)
    finally:
        show(rows)
    if everything:
        seconds = round(time.perf_counter() - began)
        flat = [row for measured in rows.values() for row in measured]
        results = {"figures": figures.figures(flat), "bandwidth": figures.bandwidth(rows["step"])}
        report.write("layers", show=False, seconds=seconds, **results, rows=[row.as_json() for row in flat])


if __name__ == "__main__":
    main()
