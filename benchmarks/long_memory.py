"""How long each cell remembers: the adding problem, copying, recall, and a table of memory spans. Every batch is new.

    python benchmarks/long_memory.py [PART ...]

adding: two of T numbers are marked; give their sum (Hochreiter & Schmidhuber 1997). Knowing nothing errs by 1/6.
copy:   ten of 8 letters, T blanks, a sign to begin; give the ten (Arjovsky et al. 2016).
recall: one of 8 letters, then distractors from 8 others, then a sign; give the letter. Chance is 1 in 8.
span:   recall by every cell, in equal minutes.
speed:  xLSTM's two cells beside LSTM.

All learn by one curriculum: a short T first; as soon as the last sequences, each seen once, go well enough, a longer
one. Minutes are those of the process on its core, so that what else runs counts for little; one thread. Cells with a
gate that keeps start with memories of 1 step to `Problem.longest` in even ratios (after Tallec & Ollivier 2018), LRU's
rings likewise (Orvieto et al. 2023), the RNN with relu from the identity (Le et al. 2015), the RNN with tanh as it
always does. A row that stands in the results is not measured again.
"""

import argparse
import json
import math
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import report
import torch
from torch import Tensor, nn

from unrolled.arrays import Tree
from unrolled.cells import CELLS, Cell
from unrolled.layers import Dense, Recurrent
from unrolled.nn import TORCH, TreeModule
from unrolled.training.optimizer import AdamW

NAME, HIDDEN = "long_memory", 64
LETTERS, COPIED = 8, 10
LADDER = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
SPAN_MINUTES, JUDGED = 0.5, 256  # of each cell; sequences that decide whether it goes on
PLAIN = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}

Batch = tuple[Tensor, Tensor]


def adding(rng: np.random.Generator, batch: int, time: int) -> Batch:
    """x (B, T, 2): numbers in 0..1 and two marks, one in each half; their sum (B)."""
    x, rows = np.zeros((batch, time, 2), np.float32), np.arange(batch)
    x[..., 0] = rng.random((batch, time))
    marks = rng.integers(0, time // 2, batch), rng.integers(time // 2, time, batch)
    for mark in marks:
        x[rows, mark, 1] = 1
    return torch.from_numpy(x), torch.from_numpy(sum(x[rows, mark, 0] for mark in marks))


def copying(rng: np.random.Generator, batch: int, time: int) -> Batch:
    """x (B, T + 20, 10): letters, blanks (8), a sign (9) and room for the answer; the letters (B, 10)."""
    letters = rng.integers(0, LETTERS, (batch, COPIED))
    ids = np.full((batch, time + 2 * COPIED), LETTERS)
    ids[:, :COPIED], ids[:, -COPIED - 1] = letters, LETTERS + 1
    return _one_hot(ids, LETTERS + 2), torch.from_numpy(letters)


def recall(rng: np.random.Generator, batch: int, time: int) -> Batch:
    """x (B, T + 1, 17): a letter, T - 1 distractors, a sign; the letter (B, 1)."""
    ids = rng.integers(LETTERS, 2 * LETTERS, (batch, time + 1))
    ids[:, 0], ids[:, -1] = rng.integers(0, LETTERS, batch), 2 * LETTERS
    return _one_hot(ids, 2 * LETTERS + 1), torch.from_numpy(ids[:, :1])


def _one_hot(ids: np.ndarray, size: int) -> Tensor:
    return torch.from_numpy(np.eye(size, dtype=np.float32)[ids])


@dataclass(frozen=True)
class Problem:
    """How sequences are made, inputs and outputs of a step, the learning rate, and when T is learnt."""

    make: Callable[[np.random.Generator, int, int], Batch]
    inputs: int
    outputs: int
    rate: float
    longest: int  # memory to start with, steps
    learnt: Callable[[float], bool]  # of the mean of the last JUDGED squared errors or correct answers


ADDING = Problem(adding, 2, 1, 0.005, 1000, lambda error: error < 0.003)
COPY = Problem(copying, 10, LETTERS, 0.003, 1000, lambda right: right >= 0.99)
RECALL = Problem(recall, 17, LETTERS, 0.003, 10_000, lambda right: right >= 0.99)


def _gate(at: int, sign: int, longest: int) -> Callable[..., np.ndarray]:
    """A bias, zero but for the gate in place ``at``, which keeps (sign 1) or writes (-1): σ(b) = 1 - 1/memory."""

    def start(rng: np.random.Generator, shape: tuple[int, ...], hidden: int) -> np.ndarray:
        bias = np.zeros(shape)
        bias[at * hidden : (at + 1) * hidden] = sign * np.log(np.geomspace(1.5, longest, hidden) - 1)
        return bias

    return start


def lasting(cell: Cell, longest: int) -> Cell:
    """The cell, started so that it remembers for long."""
    gates = {"lstm": 1, "peephole": 1, "cifg": 0, "gru": 1, "slstm": 1, "minlstm": 0}
    start: dict[str, Any] = dict(cell.start)
    if cell.name in gates:
        start["b"] = _gate(gates[cell.name], 1, longest)
    elif cell.name == "mingru":
        start["b"] = _gate(0, -1, longest)
    elif cell.name == "mlstm":
        start["b_g"] = lambda rng, shape, hidden: np.array([0.0, math.log(longest)])
    elif cell.name == "lru":
        start["nu"] = lambda rng, shape, hidden: -np.log(np.geomspace(1.5, longest, hidden))
        start["gamma"] = lambda rng, shape, hidden: 0.5 * np.log(1 - np.exp(-2 / np.geomspace(1.5, longest, hidden)))
        start["theta"] = lambda rng, shape, hidden: np.log(rng.uniform(0, np.pi / 10, shape))
    elif cell.name == "rnn-relu":
        start["W"] = lambda rng, shape, hidden: np.eye(hidden)
        start["b"] = lambda rng, shape, hidden: np.zeros(shape)
    return replace(cell, start=start)


def judged(scores: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Scores (B, S, C) and targets, letters (B, S) or numbers (B) → the loss; each row's error or correct share."""
    if target.dim() == 1:
        errors = (scores[:, 0, 0] - target) ** 2
        return errors.mean(), errors.detach()
    loss = nn.functional.cross_entropy(scores.flatten(0, 1), target.flatten())
    return loss, (scores.argmax(-1) == target).float().mean(1).detach()


def answers(target: Tensor) -> int:
    """From how many last steps the answer is read."""
    return 1 if target.dim() == 1 else target.shape[1]


class Learner:
    """One cell on one problem."""

    def __init__(self, problem: Problem, cell: str, seed: int) -> None:
        self.problem, self.cell, self.rng = problem, cell, np.random.default_rng(seed)
        self.layer = Recurrent(lasting(CELLS[cell], problem.longest), problem.inputs, (HIDDEN,))
        self.output = Dense(HIDDEN, problem.outputs)
        initial = Tree(layer=self.layer.initial(self.rng), output=self.output.initial(self.rng))
        self.module = TreeModule(self._forward, initial)
        self.optimizer = AdamW(dict(self.module.named_parameters()), 0.0)
        self.reached: dict[int, float] = {}  # T → minutes
        self.minutes, self.steps = 0.0, 0

    def _forward(self, params: Tree, x: Tensor, last: int) -> Tensor:
        y, _ = self.layer.forward(TORCH, params.layer, x)
        return self.output.forward(params.output, y[:, -last:])

    def step(self, x: Tensor, target: Tensor, rate: float) -> Tensor:
        loss, judgements = judged(self.module(x, answers(target)), target)
        self.module.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        self.optimizer.step(rate)
        return judgements

    def train(self, time_: int, until: Callable[[float], bool], minutes: float, rate: float) -> bool:
        """Train at T until the last sequences satisfy; False if the minutes, of all that it trained, are over."""
        recent: deque[float] = deque(maxlen=JUDGED)
        batch = max(8, min(50, 20_000 // time_))
        while self.minutes < minutes:
            began = time.process_time()
            recent.extend(self.step(*self.problem.make(self.rng, batch, time_), rate).tolist())
            self.minutes += (time.process_time() - began) / 60
            self.steps += 1
            if len(recent) == JUDGED and until(statistics.fmean(recent)):
                return True
        return False

    def climb(self, ladder: Sequence[int], minutes: float, back: bool = False) -> None:
        """Longer and longer; with ``back``, the weights at the end are those that the longest was learnt with."""
        learnt = self.module.state_dict()
        for time_ in ladder:
            if not self.train(time_, self.problem.learnt, minutes, self.problem.rate):
                break
            self.reached[time_] = round(self.minutes, 2)
            learnt = {name: weight.clone() for name, weight in self.module.state_dict().items()}
        if back:
            self.module.load_state_dict(learnt)

    @torch.no_grad()
    def measure(self, time_: int, count: int = 1000) -> float:
        """The mean over ``count`` sequences that no training saw: squared error or correct answers."""
        rng, batch, judgements = np.random.default_rng(10**6), max(1, min(100, 100_000 // time_)), []
        while len(judgements) < count:
            x, target = self.problem.make(rng, min(batch, count - len(judgements)), time_)
            judgements.extend(judged(self.module(x, answers(target)), target)[1].tolist())
        return round(statistics.fmean(judgements), 5)


def solve(problem: Problem, cell: str, time_: int, seed: int, minutes: float) -> dict[str, Any]:
    """Up to T; then, for numbers, the last bit at a tenth of the rate."""
    learner = Learner(problem, cell, seed)
    learner.climb([t for t in LADDER if t <= time_], minutes)
    if problem is ADDING and time_ in learner.reached:
        learner.train(time_, lambda error: error < 0.0005, minutes, problem.rate / 10)
    figure = "mean_squared_error" if problem is ADDING else "accuracy"
    minutes_taken = round(learner.minutes, 2)
    about = {"minutes": minutes_taken, "steps": learner.steps, "learnt_T_after_minutes": learner.reached}
    return {figure: learner.measure(time_), **about, **beside_torch(learner, time_)}


def span(cell: str, seed: int, minutes: float, distances: tuple[int, ...], count: int) -> dict[str, Any]:
    """The longest distance of recall; the accuracy there, or at ``distances``, of ``count`` sequences."""
    learner = Learner(RECALL, cell, seed)
    learner.climb(LADDER, minutes, back=True)
    longest = max(learner.reached, default=0)
    accuracy = {d: learner.measure(d, count) for d in distances or (longest,) if d}
    about = {"minutes": minutes, "steps": learner.steps, "learnt_after_minutes": learner.reached, "accuracy": accuracy}
    return {"span": longest, **about, **beside_torch(learner, 200)}


class Plain(nn.Module):
    """The same as a PyTorch user writes it; LSTM where torch has no such cell."""

    def __init__(self, cell: str, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.layer = PLAIN.get(cell, nn.LSTM)(inputs, hidden, batch_first=True)
        self.output = nn.Linear(hidden, outputs)

    def forward(self, x: Tensor, last: int) -> Tensor:
        return self.output(self.layer(x)[0][:, -last:])


def beside_torch(learner: Learner, time_: int, batch: int = 50, rounds: int = 7) -> dict[str, Any]:
    """Milliseconds of a training step, ours and torch.nn's, by turns: medians."""
    problem = learner.problem
    plain = Plain(learner.cell, problem.inputs, HIDDEN, problem.outputs)
    optimizer = torch.optim.AdamW(plain.parameters(), betas=(0.9, 0.99), weight_decay=0.0, fused=True)

    def plain_step(x: Tensor, target: Tensor, rate: float) -> None:
        optimizer.param_groups[0]["lr"] = rate
        loss, _ = judged(plain(x, answers(target)), target)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        optimizer.step()

    times: dict[str, list[float]] = {"ours": [], "torch": []}
    for round_ in range(rounds + 2):
        x, target = problem.make(learner.rng, batch, time_)
        for name, step in (("ours", learner.step), ("torch", plain_step)):
            began = time.process_time()
            step(x, target, 0.001)
            if round_ > 1:
                times[name].append(1000 * (time.process_time() - began))
    medians = {name: round(statistics.median(values), 2) for name, values in times.items()}
    return {"step_ms": {**medians, "torch_layer": PLAIN.get(learner.cell, nn.LSTM).__name__, "B": batch, "T": time_}}


def speed(batch: int, time_: int, width: int, rounds: int = 5) -> dict[str, Any]:
    """Tokens (steps of a row) a second of one layer, trained and read: LSTM, xLSTM's and torch.nn.LSTM, by turns."""
    x, layers = torch.randn(batch, time_, width), {}
    for cell in ("lstm", "slstm", "mlstm"):
        layer = Recurrent(CELLS[cell], width, (width,))
        initial = layer.initial(np.random.default_rng(0))
        layers[cell] = TreeModule(lambda p, x, layer=layer: layer.forward(TORCH, p, x), initial)
    layers["torch.nn.LSTM"] = nn.LSTM(width, width, batch_first=True)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in layers}
    for round_, (name, module) in product(range(rounds + 1), layers.items()):
        began = time.process_time()
        module(x.requires_grad_())[0].sum().backward()
        trained = time.process_time()
        with torch.no_grad():
            module(x)
        if round_:
            times[name].append((trained - began, time.process_time() - trained))
    each = {name: [statistics.median(seconds) for seconds in zip(*pairs, strict=True)] for name, pairs in times.items()}
    tokens = batch * time_
    return {n: {"training": round(tokens / t), "reading": round(tokens / r)} for n, (t, r) in each.items()}


def rows() -> Iterator[tuple[str, dict[str, Any], Callable[[], dict[str, Any]]]]:
    """(part, what names the row, how to measure it)."""
    for seed in range(3):
        yield "recall", {"cell": "lstm", "seed": seed}, lambda s=seed: span("lstm", s, 10.0, (1000, 10_000), 1000)
    for seed, cell in product(range(3), ("lstm", "gru", "rnn")):
        named = {"cell": cell, "T": 200, "seed": seed}
        yield "adding", named, lambda c=cell, s=seed: solve(ADDING, c, 200, s, 0.6)
    for cell in CELLS:
        yield "span", {"cell": cell, "seed": 0}, lambda c=cell: span(c, 0, SPAN_MINUTES, (), 200)
    for cell in ("lstm", "gru"):
        yield "adding", {"cell": cell, "T": 500, "seed": 0}, lambda c=cell: solve(ADDING, c, 500, 0, 2.0)
    for batch, time_, width in ((20, 35, 200), (32, 256, 128)):
        named = {"B": batch, "T": time_, "H": width, "unit": "tokens a second"}
        yield "speed", named, lambda b=batch, t=time_, w=width: speed(b, t, w)
    for cell in ("rnn", "lstm", "gru", "slstm", "mlstm", "lru"):
        yield "copy", {"cell": cell, "T": 100, "seed": 0}, lambda c=cell: solve(COPY, c, 100, 0, 0.6)


def spread(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of what has several seeds."""
    by_name: dict[str, list[float]] = {}
    for row in rows:
        name = f"{row['cell']}, T = {row['T']}" if "T" in row else row["cell"]
        figures = {k: row[k] for k in ("mean_squared_error",) if k in row}
        figures |= {f"accuracy at {t}": a for t, a in row.get("accuracy", {}).items()} if "span" in row else {}
        for figure, value in figures.items():
            by_name.setdefault(f"{name}: {figure}", []).append(value)
    return {
        name: {
            "mean": round(statistics.fmean(v), 5),
            "standard_deviation": round(statistics.stdev(v), 5),
            "seeds": len(v),
        }
        for name, v in by_name.items()
        if len(v) > 1
    }


PARTS = ("recall", "adding", "span", "speed", "copy")


def main() -> None:
    """Measure what the results lack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=PARTS, help=", ".join(PARTS))
    wanted = parser.parse_args().parts
    torch.set_num_threads(1)
    file = report.RESULTS / f"{NAME}.json"
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    tables = {part: known.get(part, []) for part in PARTS}
    for part, named, measure in rows():
        if part not in wanted or any(named.items() <= row.items() for row in tables[part]):
            continue
        torch.manual_seed(0)
        # Through JSON, so that what stands there and what was just measured look alike.
        tables[part].append(json.loads(json.dumps({**named, **measure()})))
        print(part, json.dumps(tables[part][-1]), flush=True)
        report.write(NAME, show=False, **tables, seeds=spread([*tables["recall"], *tables["adding"]]))


if __name__ == "__main__":
    main()
