"""Does time depend on values? Inputs, states and gradients so small that float32 turns denormal, against normal ones.

python benchmarks/denormals.py [--threads 1 2]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import report
import torch
from torch import nn

from unrolled.nn import GRU, LSTM, RNN

B, T, D, H = 32, 35, 200, 200
WARM_UP, ROUNDS, TINY = 2, 11, 1e-39
PAIRS = {"LSTM": (nn.LSTM, LSTM), "GRU": (nn.GRU, GRU), "RNN": (nn.RNN, RNN)}


def call(kind: type[nn.RNNBase], scale: float, training: bool) -> Callable[[], None]:
    """A forward pass, or one forward and backward, whose inputs, first state and gradients are of this scale."""
    torch.manual_seed(0)
    layer = kind(D, H, bias=False)  # without biases a state that starts tiny stays tiny
    x = (torch.rand(T, B, D) * 2 - 1).mul_(scale).requires_grad_(training)
    start = tuple((torch.rand(1, B, H) * 2 - 1) * scale for _ in range(2))
    state = start if isinstance(layer, nn.LSTM) else start[0]
    d_y = (torch.rand(T, B, H) * 2 - 1) * scale

    def run() -> None:
        with torch.set_grad_enabled(training):
            y, _ = layer(x, state)
        if training:
            y.backward(d_y)
            layer.zero_grad()
            x.grad = None

    return run


def measure(theirs: type[nn.RNNBase], ours: type[nn.RNNBase], training: bool) -> dict[str, float]:
    """Median milliseconds of both on both kinds of numbers, by turns, and how much the denormal ones cost."""
    calls = {
        f"{name}, {kind}": call(layer, scale, training)
        for name, layer in (("torch", theirs), ("unrolled", ours))
        for kind, scale in (("normal", 1.0), ("denormal", TINY))
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for round_ in range(WARM_UP + ROUNDS):
        for name, run in calls.items():
            began = time.perf_counter()
            run()
            if round_ >= WARM_UP:
                times[name].append(time.perf_counter() - began)
    figures = {name: round(1000 * statistics.median(values), 3) for name, values in times.items()}
    for name in ("torch", "unrolled"):
        figures[f"{name}, ratio"] = round(figures[f"{name}, denormal"] / figures[f"{name}, normal"], 3)
    return figures


def main() -> None:
    """Measure every cell, forward and training, with each number of threads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    figures = {}
    for threads in parser.parse_args().threads:
        torch.set_num_threads(threads)
        for name, (theirs, ours) in PAIRS.items():
            for training in (False, True):
                what = f"{name}, {'forward + backward' if training else 'forward'}, {threads} threads"
                figures[what] = measure(theirs, ours, training)
    report.write("denormals", shape=f"B {B}, T {T}, D {D}, H {H}; values up to {TINY}", milliseconds=figures)


if __name__ == "__main__":
    main()
