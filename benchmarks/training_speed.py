"""Training tokens/s beside the same model written plainly with torch.nn.LSTM: one run, alternating, medians.

python benchmarks/training_speed.py [--threads 1 2]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import report
import torch
from torch import nn

from unrolled.cells import LSTM
from unrolled.data.windows import TokenWindows
from unrolled.layers import Embedding, Recurrent
from unrolled.models import Model, RecurrentBody, Softmax
from unrolled.settings import Training
from unrolled.training import Log, Streamed, Trainer

VOCABULARY, WIDTH, LAYERS, BATCH, WINDOW = 10_000, 200, 2, 20, 35
WARM_UP, ROUNDS, STEPS = 5, 12, 5


class Plain(nn.Module):
    """The word language model as a PyTorch user writes it; tied weights."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.lstm = nn.LSTM(WIDTH, WIDTH, LAYERS)
        self.output = nn.Linear(WIDTH, VOCABULARY)
        self.output.weight = self.words.weight

    def forward(self, ids: torch.Tensor, state: tuple[torch.Tensor, ...] | None) -> tuple[torch.Tensor, ...]:
        y, state = self.lstm(self.words(ids), state)
        return self.output(y), *state


def plain_step(windows: TokenWindows) -> Callable[[], None]:
    """One training step of the plain model a call, with the same optimiser and clipping."""
    model = Plain()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    at, state = 0, None

    def step() -> None:
        nonlocal at, state
        ids, targets = (torch.from_numpy(np.ascontiguousarray(a.T)) for a in windows.at(at)[:2])
        logits, *carried = model(ids, state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        state = tuple(entry.detach() for entry in carried)
        at += 1

    return step


def our_step(windows: TokenWindows) -> Callable[[], None]:
    """One step of our loop a call."""
    body = RecurrentBody(Embedding(VOCABULARY, WIDTH), Recurrent(LSTM, WIDTH, (WIDTH,) * LAYERS))
    model = Model(body, None, Softmax(VOCABULARY, WIDTH, tied=True))
    problem = Streamed(model, model.initial(np.random.default_rng(0)), windows, windows)
    trainer = Trainer(problem, Training(epochs=1000, batch=BATCH, window=WINDOW, learning_rate=0.003))
    log = Log(None, show=False)
    return lambda: trainer.step(log)


def measure(threads: int) -> dict[str, float]:
    """Median seconds a step of both, measured by turns."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    ids = np.random.default_rng(0).integers(0, VOCABULARY, BATCH * WINDOW * 1000 + 1)
    steps = {
        "plain": plain_step(TokenWindows(ids, BATCH, WINDOW)),
        "unrolled": our_step(TokenWindows(ids, BATCH, WINDOW)),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for round_ in range(WARM_UP + ROUNDS):
        for name, step in steps.items():
            began = time.perf_counter()
            for _ in range(STEPS):
                step()
            if round_ >= WARM_UP:
                times[name].append((time.perf_counter() - began) / STEPS)
    median = {name: statistics.median(values) for name, values in times.items()}
    tokens = BATCH * WINDOW
    return {
        "threads": threads,
        "plain_tokens_per_second": round(tokens / median["plain"]),
        "unrolled_tokens_per_second": round(tokens / median["unrolled"]),
        "ratio": round(median["plain"] / median["unrolled"], 3),
    }


def main() -> None:
    """Measure with each number of threads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    report.write(
        "training_speed",
        shape="2 LSTM layers of 200, tied, V 10,000, B 20, T 35",
        runs=[measure(threads) for threads in parser.parse_args().threads],
    )


if __name__ == "__main__":
    main()
