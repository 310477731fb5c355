"""Output layer and cross-entropy, forward and backward, beside torch's: one run, alternating, medians.

The three products alone, as torch's library makes them, say what is left to gain: a ratio above the last column's is a
tile faster than the library's.

python benchmarks/output_layer.py [--threads 1 2]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import report
import torch
from torch import Tensor
from torch.nn import functional

from unrolled.nn.output import cross_entropy

SHAPES = [(1_120, 200, 10_000), (700, 650, 10_000), (640, 256, 33_000), (4_096, 128, 64)]
WARM_UP, SECONDS = 1, 3.0


def torchs_own(x: Tensor, weights: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """The loss as a PyTorch user writes it."""
    return functional.cross_entropy(functional.linear(x, weights, bias), targets, reduction="sum")


def calls(rows: int, inputs: int, vocabulary: int) -> dict[str, Callable[[], object]]:
    """What is timed at one shape."""
    x, weights = torch.randn(rows, inputs), torch.randn(vocabulary, inputs) * 0.1
    scores, targets = torch.randn(rows, vocabulary), torch.randint(0, vocabulary, (rows,))
    outputs = [torch.empty_like(t) for t in (scores, x, weights)]
    leaves = [t.clone().requires_grad_() for t in (x, weights, torch.zeros(vocabulary))]

    def products() -> None:
        torch.mm(x, weights.t(), out=outputs[0])
        torch.mm(scores, weights, out=outputs[1])
        torch.mm(scores.t(), x, out=outputs[2])

    return {
        "torch": lambda: torch.autograd.grad(torchs_own(*leaves, targets), leaves),
        "unrolled": lambda: torch.autograd.grad(cross_entropy(*leaves, targets), leaves),
        "products": products,
    }


def measure(shape: tuple[int, int, int], threads: int) -> dict[str, object]:
    """Median milliseconds of each, measured by turns."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    functions = calls(*shape)
    times: dict[str, list[float]] = {name: [] for name in functions}
    began = time.perf_counter()
    while len(times["torch"]) < WARM_UP + 5 or (time.perf_counter() - began < SECONDS):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            times[name].append(time.perf_counter() - start)
    median = {name: statistics.median(values[WARM_UP:]) * 1e3 for name, values in times.items()}
    return {
        "shape": "{} x {} x {}".format(*shape),
        "threads": threads,
        **{f"{name}_ms": round(value, 2) for name, value in median.items()},
        "unrolled_gflops": round(6 * shape[0] * shape[1] * shape[2] / median["unrolled"] / 1e6, 1),
        "ratio": round(median["torch"] / median["unrolled"], 2),
        "ratio_of_bare_products": round(median["torch"] / median["products"], 2),
    }


def main() -> None:
    """Measure every shape with each number of threads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    threads = parser.parse_args().threads
    report.write(
        "output_layer",
        what="linear + cross-entropy, forward + backward, rows x inputs x vocabulary, float32",
        runs=[measure(shape, count) for count in threads for shape in SHAPES],
    )


if __name__ == "__main__":
    main()
