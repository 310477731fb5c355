"""Single steps at batch 1, cells and layers, beside torch's: alternating runs by the process's own time, medians.

The bound is what the machine allows: the time to read the weights once, at the speed of a plain sum over as many bytes,
or to make their multiply-adds at the speed of a square matrix product, whichever is longer; forward reads them once,
backward reads them once more and writes as much. A ratio says how many times as long torch takes.

python benchmarks/single_steps.py                                # everything, under 4 minutes; writes results
python benchmarks/single_steps.py --only RNNCell --hidden 256    # prints alone
"""

import argparse
import copy
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import report
import torch
from torch import Tensor, nn

import unrolled

KINDS: dict[str, type[nn.Module]] = {
    kind.__name__: kind for kind in (nn.RNNCell, nn.GRUCell, nn.LSTMCell, nn.RNN, nn.GRU, nn.LSTM)
}
HIDDEN = (128, 200, 256, 320, 384, 512, 520, 640, 768, 1024)
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
ROUNDS, SAMPLE = 11, 0.006
SQUARE = 512
Call = Callable[[], Any]


def seconds(calls: dict[str, Call], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Processor seconds of one call of each, in each round, by turns."""
    repeats = {}
    for name, call in calls.items():
        call()
        repeats[name] = max(1, round(SAMPLE / timed(call, 2)))
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            call()
            times[name].append(timed(call, repeats[name]))
    return times


def timed(call: Call, repeats: int) -> float:
    """Seconds a call."""
    began = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - began) / repeats


def step(module: nn.Module, hidden: int, batch: int, gradients: bool) -> Call:
    """One step from a state, and back: the gradients of the weights, the input and the state."""
    generator = torch.Generator().manual_seed(0)
    sizes = (batch, hidden) if isinstance(module, nn.RNNCellBase) else (1, batch, hidden)
    x, h, c, grad = (torch.randn(sizes, generator=generator) for _ in range(4))
    state = (h, c) if isinstance(module, nn.LSTM | nn.LSTMCell) else h
    leaves = [*module.parameters(), x, h]

    def run() -> Tensor:
        after: Tensor | tuple[Tensor, ...] = module(x, state)
        return after if isinstance(after, Tensor) else after[0]

    def forward() -> Tensor:
        with torch.no_grad():
            return run()

    def backward() -> tuple[Tensor, ...]:
        return torch.autograd.grad(run(), leaves, grad)

    for leaf in leaves if gradients else ():
        leaf.requires_grad_()
    return backward if gradients else forward


def machine(sizes: list[int]) -> tuple[dict[int, float], float]:
    """Bytes a second of a sum over so many bytes, and multiply-adds a second of a square matrix product."""
    speeds = {}
    for size in sizes:
        times = seconds({"sum": torch.ones(size // 4).sum}, 5)["sum"]
        speeds[size] = size / statistics.median(times)
    a, b, out = (torch.randn(SQUARE, SQUARE) for _ in range(3))
    product = seconds({"product": lambda: torch.mm(a, b, out=out)}, 5)["product"]
    return speeds, SQUARE**3 / statistics.median(product)


def weight_bytes(kind: str, hidden: int) -> int:
    return GATES[kind.removesuffix("Cell")] * 2 * hidden * hidden * 4


def rows(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """What was measured of each kind, size and pass."""
    speeds, products = machine(sorted({weight_bytes(kind, hidden) for kind in given.only for hidden in given.hidden}))
    for kind in given.only:
        for hidden in given.hidden:
            theirs = KINDS[kind](hidden, hidden)
            ours = unrolled.accelerate(copy.deepcopy(theirs))
            size = weight_bytes(kind, hidden)
            for gradients in (False, True):
                calls = {
                    name: step(module, hidden, given.batch, gradients)
                    for name, module in (("torch", theirs), ("unrolled", ours))
                }
                times = seconds(calls)
                read = max(size / speeds[size], given.batch * size / 4 / products) * (3 if gradients else 1)
                yield {
                    "kind": kind,
                    "hidden": hidden,
                    "batch": given.batch,
                    "pass": "with gradients" if gradients else "forward",
                    **{f"{name}_us": round(statistics.median(each) * 1e6, 1) for name, each in times.items()},
                    "bound_us": round(read * 1e6, 1),
                    "ratio": round(statistics.median(a / b for a, b in zip(*times.values(), strict=True)), 2),
                }


def main() -> None:
    """Measure what is asked for; write the results where that is everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--hidden", type=int, nargs="+", default=list(HIDDEN))
    parser.add_argument("--batch", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    measured = []
    for row in rows(given):
        measured.append(row)
        print(
            "{kind:9} H {hidden:5} {pass:15} torch {torch_us:9.1f} us, unrolled {unrolled_us:9.1f} us, "
            "bound {bound_us:9.1f} us, ratio {ratio:5.2f}".format(**row),
            flush=True,
        )
    lowest = {
        name: min(row["ratio"] for row in measured if row["pass"] == name) for name in ("forward", "with gradients")
    }
    print("lowest ratios:", lowest)
    if len(sys.argv) == 1:
        report.write(
            "single_steps",
            show=False,
            what="one step at batch 1, inputs as wide as the state, float32, one thread, processor time",
            lowest=lowest,
            rows=measured,
        )


if __name__ == "__main__":
    main()
