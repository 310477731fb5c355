"""Accelerated layers through torch.compile beside themselves without it: two layers of 128 units, 35 steps, batch 16.

python benchmarks/compiled_layers.py            # about two minutes; writes results/compiled_layers.json
python benchmarks/compiled_layers.py --rounds 3 # prints alone

By turns in one process, one thread, process time. A ratio says how many times as long the compiled call takes: the
median over the rounds of each round's own ratio. "default" leaves the layers between two graphs.
"""

import argparse
import statistics
import time
from typing import Any

import report
import torch
from torch import nn

import unrolled

ROUNDS = 60


def seconds(module: nn.Module, x: torch.Tensor, training: bool) -> float:
    """Of one call."""
    began = time.process_time()
    y = module(x)[0]
    if training:
        y.square().mean().backward()
    return time.process_time() - began


def measured(kind: str, one_graph: bool, training: bool, rounds: int) -> dict[str, Any]:
    """Medians in milliseconds and the ratio."""
    torch.compiler.reset()
    torch.manual_seed(0)
    layer, x = unrolled.accelerate(nn.Sequential(getattr(nn, kind)(128, 128, 2))), torch.randn(35, 16, 128)
    with torch._dynamo.config.patch(allow_rnn=one_graph), torch.set_grad_enabled(training):
        compiled = torch.compile(layer, fullgraph=one_graph)
        for module in (layer, compiled):
            seconds(module, x, training)
        pairs = [(seconds(layer, x, training), seconds(compiled, x, training)) for _ in range(rounds)]
    eager, through = (1e3 * statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    return {
        "layer": kind,
        "compile": "one graph" if one_graph else "default",
        "pass": "training" if training else "forward",
        "eager_ms": round(eager, 3),
        "compiled_ms": round(through, 3),
        "ratio": round(ratio, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    choices = [(kind, one, training) for kind in ("LSTM", "GRU") for one in (False, True) for training in (False, True)]
    rows = [measured(*choice, rounds) for choice in choices]
    if rounds == ROUNDS:
        report.write("compiled_layers", rows=rows)
    else:
        print(*rows, sep="\n")


if __name__ == "__main__":
    main()
