"""A training step beside a busy process pinned to one of the cores: torch's LSTM and ours, 2 threads, by turns.

python benchmarks/neighbour.py
"""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import report
import torch
from torch import nn

from unrolled import accelerate

THREADS, WARM_UP, ROUNDS = 2, 1, 9
SHAPES = {"B 32, T 35, 200 units": (32, 35, 200), "B 20, T 35, 650 units": (20, 35, 650)}
BUSY = """
import os
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
parent = os.getppid()
while os.getppid() == parent:  # ends with the measurement, whatever ends that
    pass
"""


class Model(nn.Module):
    """torch's operators before and after the recurrence, as in any model."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before, self.lstm, self.after = nn.Linear(width, width), nn.LSTM(width, width), nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.after(self.lstm(self.before(x))[0])


def training_step(batch: int, time_: int, width: int, fast: bool) -> Callable[[], None]:
    """One step of plain gradient descent a call."""
    torch.manual_seed(0)
    model, x = Model(width), torch.rand(time_, batch, width)
    if fast:
        accelerate(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)

    def step() -> None:
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()

    return step


def measure(shape: tuple[int, int, int], neighbour: subprocess.Popen[bytes]) -> dict[str, float]:
    """Median milliseconds a step with the neighbour asleep and awake."""
    steps = {"torch": training_step(*shape, fast=False), "unrolled": training_step(*shape, fast=True)}
    times: dict[str, list[float]] = {f"{name}, {state}": [] for name in steps for state in ("alone", "with neighbour")}
    for round_ in range(WARM_UP + ROUNDS):
        for state, sent in (("alone", signal.SIGSTOP), ("with neighbour", signal.SIGCONT)):
            os.kill(neighbour.pid, sent)
            for name, step in steps.items():
                began = time.perf_counter()
                step()
                if round_ >= WARM_UP:
                    times[f"{name}, {state}"].append(time.perf_counter() - began)
    figures = {name: round(1000 * statistics.median(values), 2) for name, values in times.items()}
    for name in steps:
        figures[f"{name}, slower by"] = round(figures[f"{name}, with neighbour"] / figures[f"{name}, alone"], 2)
    for state in ("alone", "with neighbour"):
        figures[f"torch / unrolled, {state}"] = round(figures[f"torch, {state}"] / figures[f"unrolled, {state}"], 2)
    return figures


def main() -> None:
    """Measure each shape with one neighbour process, put to sleep and woken by turns."""
    torch.set_num_threads(THREADS)
    neighbour = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        figures = {name: measure(shape, neighbour) for name, shape in SHAPES.items()}
    finally:
        neighbour.kill()
        neighbour.wait()
    report.write(
        "neighbour",
        step="Linear, LSTM, Linear; forward, backward, SGD; one busy process pinned to the last core",
        milliseconds=figures,
    )


if __name__ == "__main__":
    main()
